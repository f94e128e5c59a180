"""Make, list and revoke personal API keys."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.selectors import api_keys_of
from accounts.services import create_api_key, revoke_api_key


class Command(BaseCommand):
    help = "Make a personal API key (the last word of the last line), list keys, or revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--scopes", default=ApiKey.Scope.READ, help="read, or read,trade")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, help="days until the key expires; default: never")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--list", action="store_true", help="list the keys in use instead")
        instead.add_argument("--revoke", type=int, metavar="NUMBER", help="revoke a listed key")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['user']}.")
        if options["list"]:
            self._list(owner)
        elif options["revoke"] is not None:
            self._revoke(owner, options["revoke"])
        else:
            self._make(owner, options)

    def _list(self, owner: User) -> None:
        for key in api_keys_of(owner):
            used = f"{key.latest_use_at:%Y-%m-%d %H:%M}" if key.latest_use_at else "never"
            scopes = ",".join(key.scopes)
            self.stdout.write(f"{key.pk}  {key.hint}  {scopes}  used {used} UTC  {key.name}")

    def _revoke(self, owner: User, number: int) -> None:
        key = api_keys_of(owner).filter(pk=number).first()
        if key is None:
            raise CommandError(f"{owner.email} has no key {number}. Keys in use: --list.")
        revoke_api_key(key=key, now=timezone.now())
        self.stdout.write(f"Key {key.hint} of {owner.email} is revoked.")

    def _make(self, owner: User, options: dict[str, Any]) -> None:
        now = timezone.now()
        days = options["days"]
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _, secret = create_api_key(
                owner=owner,
                name=options["name"],
                scopes=scopes,
                now=now,
                expires_at=None if days is None else now + timedelta(days=days),
            )
        except (ValidationError, OverflowError) as error:
            words = getattr(error, "messages", ["Choose fewer days."])
            raise CommandError(" ".join(words)) from error
        self.stdout.write(f"Key of {owner.email}, shown once: {secret}")
