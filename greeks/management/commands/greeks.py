"""Print price and Greeks of one option; needs no database."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from greeks.selectors import implied_vol_batch, price_batch
from greeks.selectors.batches import STYLES
from pulse.common.errors import DomainError


class Command(BaseCommand):
    help = "Print price and Greeks of an option, or with --price its implied volatility."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=["call", "put"])
        for name in ("spot", "strike", "years"):
            parser.add_argument(f"--{name}", type=float, required=True)
        parser.add_argument("--rate", type=float, required=True, help="per year: 0.04")
        parser.add_argument("--dividend-yield", type=float, required=True, help="per year: 0.01")
        level = parser.add_mutually_exclusive_group(required=True)
        level.add_argument("--vol", type=float, help="per year: 0.2")
        level.add_argument("--price", type=float, help="find the volatility of this price")
        parser.add_argument("--style", choices=STYLES, default="european")
        parser.add_argument(
            "--dividend",
            action="append",
            default=[],
            metavar="YEARS,CASH",
            help="cash per share, of an American option; repeat it for each",
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("kind", "style", "spot", "strike", "years", "rate", "dividend_yield")
        given = {name: options[name] for name in names}
        compute, level = (
            (price_batch, "vol") if options["price"] is None else (implied_vol_batch, "price")
        )
        try:
            given["dividends"] = [_numbers(text) for text in options["dividend"]]
            batch = compute({**given, level: options[level]}, now=timezone.now())
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(batch, cls=DjangoJSONEncoder, indent=1))
            return
        for name, (value,) in batch["values"].items():
            text = "-" if value is None else f"{value:.10g}"
            self.stdout.write(f"{name:<18}{text:>18}  {batch['units'][name]}")
        self.stdout.write(f"status {batch['status'][0]}; {batch['model']}")


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise CommandError(f"A dividend is YEARS,CASH, as 0.1,0.5; {text} is not.") from error
