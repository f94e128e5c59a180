"""Print what a position of any legs can come to."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from greeks.management.sources import add_source_arguments, source_of_options
from greeks.selectors import position_of
from greeks.selectors.chains import EUROPEAN, EXERCISES
from greeks.selectors.legs import BASES, LegTerms
from greeks.selectors.position_documents import position_document
from greeks.selectors.positions import Scenario
from pulse.common.errors import DomainError

LEG_SHAPE = "QUANTITY,KIND[,STRIKE,EXPIRATION[,PREMIUM[,VOL]]], as -1,call,430,2026-12-18"
LEG_HELP = f"{LEG_SHAPE}; repeat it for every leg"
SHOWN = ("cost", "max_profit", "max_loss", "scenario_profit")


class Command(BaseCommand):
    help = "Print cost, outcome, odds and Greeks of a position on the chain of a symbol."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        parser.add_argument("--leg", action="append", required=True, metavar="LEG", help=LEG_HELP)
        parser.add_argument("--spot", type=float, help="supposed price of the underlying")
        parser.add_argument("--days", type=float, default=0.0, help="days from now")
        parser.add_argument("--vol-points", type=float, default=0.0, help="change of volatility")
        parser.add_argument("--basis", choices=list(BASES), default="mid")
        parser.add_argument("--exercise", choices=list(EXERCISES), default=EUROPEAN)
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        source = source_of_options(options)
        scenario = Scenario(options["spot"], options["days"], options["vol_points"])
        try:
            terms = [_leg(text) for text in options["leg"]]
            view = position_of(
                source,
                terms,
                now=timezone.now(),
                scenario=scenario,
                basis=options["basis"],
                exercise=options["exercise"],
            )
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from refusal
        document = position_document(view)
        if options["json"]:
            self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, indent=1))
            return
        for name in SHOWN:
            value = document[name]
            text = "unbounded" if value is None else f"{value:,.2f}"
            self.stdout.write(f"{name:<22}{text:>18}  dollars")
        for name, value in document["greeks"].items():
            text = "-" if value is None else f"{value:,.2f}"
            self.stdout.write(f"{name:<22}{text:>18}  {document['units'][name]}")
        roots = ", ".join(f"{x:,.2f}" for x in document["break_evens"]) or "none"
        self.stdout.write(f"break-evens {roots}; {document['model']}; {document['as_of']}")


def _leg(text: str) -> LegTerms:
    parts = [part.strip() for part in text.split(",")]
    try:
        quantity, kind, *rest = parts
        strike, day, premium, vol = [*rest, *[""] * (4 - len(rest))]
        return LegTerms(
            kind,
            int(quantity),
            float(strike) if strike else None,
            date.fromisoformat(day) if day else None,
            float(premium) if premium else None,
            float(vol) if vol else None,
        )
    except ValueError as error:
        raise CommandError(f"A leg is {LEG_SHAPE}; {text} is not.") from error
