"""Check, store, list and write strategies that are rules."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from backtests.selectors.strategies import exported, latest_version_of, strategies_visible_to
from backtests.services import InvalidRules, check_rules, create_strategy
from pulse.common.errors import DomainError


class Command(BaseCommand):
    help = "Check a file of rules, or list, import and export strategies of a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        check = commands.add_parser("check", help="say what a file of rules does, or its faults")
        check.add_argument("file", type=Path)
        listing = commands.add_parser("list", help="the strategies of a user")
        bring = commands.add_parser("import", help="store a file of rules as a new strategy")
        bring.add_argument("file", type=Path)
        write = commands.add_parser("export", help="write the latest rules of a strategy as JSON")
        write.add_argument("number", type=int)
        for command in (listing, bring, write):
            command.add_argument("--user", required=True, metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        work = {
            "check": self._check,
            "list": self._list,
            "import": self._import,
            "export": self._export,
        }
        try:
            work[options["what"]](options)
        except InvalidRules as error:
            raise CommandError("\n".join(f"{fault}." for fault in error.faults)) from error
        except DomainError as error:
            raise CommandError(error.sentence) from error

    def _check(self, options: dict[str, Any]) -> None:
        for sentence in check_rules(_text(options["file"])).rules:
            self.stdout.write(sentence)

    def _list(self, options: dict[str, Any]) -> None:
        for strategy in strategies_visible_to(_user(options["user"])):
            version = latest_version_of(strategy)
            archived = " (archived)" if strategy.archived_at else ""
            self.stdout.write(f"{strategy.pk:>6}  v{version.number:<4} {strategy}{archived}")

    def _import(self, options: dict[str, Any]) -> None:
        strategy = create_strategy(
            owner=_user(options["user"]),
            document=_text(options["file"]),
            is_copy=True,
            now=timezone.now(),
        )
        self.stdout.write(f"{strategy.pk:>6}  {strategy}")

    def _export(self, options: dict[str, Any]) -> None:
        mine = strategies_visible_to(_user(options["user"]))
        strategy = mine.filter(pk=options["number"]).first()
        if strategy is None:
            raise CommandError(f"There is no strategy {options['number']}.")
        document = exported(latest_version_of(strategy))
        self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}.") from error


def _user(email: str) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"There is no user {email}.")
    return user
