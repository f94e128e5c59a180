"""Options that the commands of one instrument and of several share."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from market.engine import Bars
from pulse.common.time import to_ns

NEVER_NS = int(np.iinfo(np.int64).max)


def add_period(parser: ArgumentParser) -> None:
    """Add the options of a period."""
    parser.add_argument(
        "--starts-at", metavar="TIME", help="first bar, ISO; UTC unless it has a zone"
    )
    parser.add_argument("--ends-at", metavar="TIME", help="bars that close before this, ISO")


def in_period(bars: Bars, options: dict[str, Any], *, cut_start: bool = True) -> Bars:
    """Return the bars that close in the period of the options.

    Raises
    ------
    CommandError
        If a time cannot be read, or no bar lies between them.
    """
    start, end = (_moment_ns(options, name) for name in ("starts_at", "ends_at"))
    first = 0 if start is None or not cut_start else int(np.searchsorted(bars.ts_ns, start))
    stop = len(bars) if end is None else int(np.searchsorted(bars.ts_ns, end))
    if first >= stop:
        raise CommandError("No bar lies between --starts-at and --ends-at.")
    return bars.slice(first, stop)


def tier(text: str) -> tuple[float, float]:
    """Return a step of the commission, written VALUE=FRACTION."""
    value, _, rate = text.partition("=")
    try:
        return float(value), float(rate)
    except ValueError as error:
        raise CommandError(f"--commission-tier takes VALUE=FRACTION, not {text}.") from error


def _moment_ns(options: dict[str, Any], name: str) -> int | None:
    text = options[name]
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment_ns = to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        return min(max(moment_ns, -NEVER_NS), NEVER_NS)
    except ValueError as error:
        flag = name.replace("_", "-")
        raise CommandError(f"--{flag} takes a time like 2024-06-10, not {text}.") from error
