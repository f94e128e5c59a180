"""Print an option chain; simulated quotes need no database."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from greeks.management.sources import add_source_arguments, source_of_options
from greeks.selectors import chain_document, chain_view, expirations_of, nearest_monthly
from greeks.selectors.chains import EUROPEAN, EXERCISES
from pulse.common.errors import DomainError

COLUMNS = ("contract", "bid", "ask", "vol_mid", "delta", "volume", "open_interest", "status")


class Command(BaseCommand):
    help = "Print the quotes of one expiry with their volatilities and deltas."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        parser.add_argument("--expiration", type=date.fromisoformat, help="as 2026-12-18")
        parser.add_argument("--exercise", choices=list(EXERCISES), default=EUROPEAN)
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        now, source = timezone.now(), source_of_options(options)
        try:
            days = expirations_of(source, now=now)
            day = options["expiration"] or nearest_monthly(days, source.today(now))
            view = chain_view(source, day, now=now, exercise=options["exercise"])
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from refusal
        document = chain_document(view)
        if options["json"]:
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, indent=1))
            return
        self.stdout.write(" ".join(f"{name:>16}" for name in COLUMNS))
        for values in zip(*(document["contracts"][name] for name in COLUMNS), strict=True):
            self.stdout.write(" ".join(f"{_text(value):>16}" for value in values))
        self.stdout.write(f"{document['model']}; {document['source']}, {document['as_of']}")


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return "-" if value is None else str(value)
