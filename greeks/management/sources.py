"""What the commands on chains share: which chain."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from greeks.selectors import source_of_upload
from greeks.selectors.sources import OptionSource, SimulatedSource
from market.models import ChainUpload


def add_source_arguments(parser: ArgumentParser) -> None:
    """Ask for the underlying, or the number of a stored chain."""
    parser.add_argument("symbol")
    parser.add_argument("--source", type=int, help="number of a stored chain; simulated without")


def source_of_options(options: dict[str, Any]) -> OptionSource:
    """Return the chain that was asked for; the operator sees those of every user."""
    symbol: str = options["symbol"].upper()
    number: int | None = options["source"]
    if number is None:
        return SimulatedSource(symbol)
    stored = ChainUpload.objects.filter(status=ChainUpload.Status.COMMITTED)
    upload = stored.filter(pk=number, symbol=symbol).first()
    if upload is None:
        raise CommandError(f"There is no stored chain {number} of {symbol}.")
    return source_of_upload(upload)
