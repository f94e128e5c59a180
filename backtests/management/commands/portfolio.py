"""Run a portfolio strategy on files of bars and print the result; needs no database."""

import json
import math
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backtests.engine import InvalidParams, read_bars
from backtests.engine.action_lines import BadActions, actions_of, read_actions
from backtests.engine.corporate_actions import ADJUSTMENTS
from backtests.engine.metrics import METRICS
from backtests.engine.portfolio import Series, StrategyRun, run_portfolio_strategy
from backtests.engine.registry import UnknownStrategy
from backtests.management.options import add_period, in_period, tier
from backtests.selectors.summary import written
from pulse.common.numbers import finite_or_none

FRACTIONS = (
    ("commission", "of value, a side"),
    ("slippage", "of price, against you"),
    ("slippage-impact", "of price times the squared share of volume"),
    ("volume-limit", "of the bar's volume, the largest fill; 0 for no limit"),
    ("spread", "of price, full width"),
    ("borrow-rate", "a year, when short"),
    ("financing-rate", "a year, on borrowed cash"),
    ("maintenance", "of what is held, below which equity liquidates it"),
    ("min-trade", "of equity; smaller changes are not traded"),
)
AMOUNTS = (
    ("commission-fixed", "money an order"),
    ("commission-per-unit", "money a unit"),
    ("commission-min", "least money an order"),
)
TERMS = (
    *(name.replace("-", "_") for name, _ in (*FRACTIONS, *AMOUNTS)),
    *("margin", "fill", "cash"),
)


class Command(BaseCommand):
    help = "Run a portfolio strategy on CSV or Parquet files of bars."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        each: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument(
            "--bars", required=True, metavar="NAME=FILE", action="append",
            help="once for each instrument, in order",
        )  # fmt: skip
        parser.add_argument("--strategy", default="equal_weight")
        parser.add_argument("--param", **each, metavar="NAME=VALUE", help="may be repeated")
        parser.add_argument("--weight", **each, metavar="NAME=FRACTION", help="for fixed_weights")
        parser.add_argument(
            "--actions", **each, metavar="NAME=FILE", help="splits and dividends: date,kind,value"
        )
        parser.add_argument(
            "--adjustment", **each, metavar="NAME=KIND",
            help=f"what prices are adjusted for: {', '.join(ADJUSTMENTS)}",
        )  # fmt: skip
        parser.add_argument("--max-weight", **each, metavar="NAME=FRACTION")
        parser.add_argument("--max-units", **each, metavar="NAME=UNITS")
        add_period(parser)
        parser.add_argument("--cash", type=float, default=100_000.0)
        for name, words in AMOUNTS:
            parser.add_argument(f"--{name}", type=float, default=0.0, help=words)
        parser.add_argument(
            "--commission-tier", **each, metavar="VALUE=FRACTION",
            help="commission once so much was traded; may be repeated",
        )  # fmt: skip
        for name, words in FRACTIONS:
            parser.add_argument(f"--{name}", type=float, default=0.0, help=f"fraction {words}")
        parser.add_argument("--margin", type=float, default=1.0, help="leverage is 1 / margin")
        parser.add_argument("--fill", choices=["next_open", "close"], default="next_open")
        parser.add_argument("--whole-units", action="store_true")
        parser.add_argument("--trades", action="store_true", help="list the trades, too")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        run = _run(options)
        if options["json"]:
            self.stdout.write(json.dumps(_document(run, options), indent=1))
            return
        for name, value in run.result.metrics.items():
            text = written(METRICS[name], finite_or_none(value))
            self.stdout.write(f"{METRICS[name].label:<34}{text:>18}")
        for name, profit in zip(run.result.names, run.result.contributions, strict=True):
            self.stdout.write(f"{'Contribution of ' + name:<34}{profit:>18,.2f}")
        self.stdout.write(f"{'Fingerprint':<34}{run.result.fingerprint[:18]:>18}")


def _run(options: dict[str, Any]) -> StrategyRun:
    try:
        series = _series(options)
        weights = _by_name(options, "weight", series, _number)
        terms = {name: options[name] for name in TERMS}
        return run_portfolio_strategy(
            options["strategy"],
            series,
            dict(_param(text) for text in options["param"]),
            weights=[weights.get(name, 0.0) for name in series] if weights else None,
            fractional=not options["whole_units"],
            commission_tiers=[tier(text) for text in options["commission_tier"]],
            **terms,
        )
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {error.filename}.") from error
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
    except UnknownStrategy as error:
        raise CommandError(f"There is no portfolio strategy {options['strategy']}.") from error
    except InvalidParams as error:
        raise CommandError("; ".join(f"{k}: {v}" for k, v in error.errors.items())) from error
    except ValueError as error:
        raise CommandError(str(error)) from error


def _series(options: dict[str, Any]) -> dict[str, Series]:
    files = [_pair(text, "bars") for text in options["bars"]]
    bars = {name: in_period(read_bars(Path(file)), options) for name, file in files}
    if len(bars) < len(files):
        raise CommandError("--bars names an instrument twice.")
    actions = _by_name(options, "actions", bars, _read_actions)
    adjustments = _by_name(options, "adjustment", bars, str)
    limits = _by_name(options, "max_weight", bars, _number)
    most = _by_name(options, "max_units", bars, _number)
    return {
        name: Series(
            own,
            actions.get(name, ()),
            adjustments.get(name, "none" if name in actions else "all"),
            limits.get(name, math.inf),
            most.get(name, math.inf),
        )
        for name, own in bars.items()
    }


def _by_name(options: dict[str, Any], option: str, known: Any, read: Any) -> dict[str, Any]:
    """Return an option that is given by instrument."""
    given = dict(_pair(text, option) for text in options[option])
    for name in given:
        if name not in known:
            raise CommandError(f"--{option.replace('_', '-')} names {name}, which has no --bars.")
    return {name: read(text) for name, text in given.items()}


def _read_actions(file: str) -> Any:
    try:
        return actions_of(read_actions(Path(file).read_text()))
    except BadActions as error:
        raise CommandError(f"{file}: {error}") from error


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CommandError(f"A number is needed, not {text}.")
    return number


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name and value):
        raise CommandError(f"--{option.replace('_', '-')} takes NAME=VALUE, not {text}.")
    return name, value


def _param(text: str) -> tuple[str, Any]:
    name, value = _pair(text, "param")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _document(run: StrategyRun, options: dict[str, Any]) -> dict[str, Any]:
    result = run.result
    document: dict[str, Any] = {
        "strategy": run.strategy.name,
        "params": dict(run.params),
        "metrics": {name: finite_or_none(value) for name, value in result.metrics.items()},
        "contributions": dict(zip(result.names, result.contributions.tolist(), strict=True)),
        "final_weights": dict(
            zip(result.names, map(finite_or_none, result.weights[-1]), strict=True)
        ),
        "dividends": result.dividends,
        "fingerprint": result.fingerprint,
        "n_bars": int(result.equity.size),
        "n_trades": int(result.trades.size),
        "n_fills": len(result.fills),
    }
    if options["trades"]:
        names = [n for n in result.trades.dtype.names or () if n not in {"mae", "mfe"}]
        document["trades"] = [
            {name: trade[name].item() for name in names}
            | {"instrument": result.names[int(trade["instrument"])]}
            for trade in result.trades
        ]
    return document
