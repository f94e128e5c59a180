"""Run one backtest on a file of bars and print the result; needs no database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backtests.documents.report import report_of_result
from backtests.documents.serving import write_file
from backtests.engine import InvalidParams, Result, Sizing, Strategy, get_strategy, read_bars, run
from backtests.engine.metrics import METRICS
from backtests.engine.registry import UnknownStrategy
from backtests.engine.rules import RuleStrategy
from backtests.engine.sizing import SIZINGS
from backtests.engine.terms import FILLS, PATHS
from backtests.management.options import add_period, in_period, tier
from backtests.selectors.summary import written
from pulse.common.numbers import finite_or_none

CHOICES = {"side": ("both", "long", "short"), "fill": FILLS, "intrabar": PATHS}
NUMBERS = {
    "commission": "fraction of value a side",
    "commission_fixed": "money an order",
    "commission_per_unit": "money a unit",
    "commission_min": "least money an order",
    "slippage": "fraction of price",
    "slippage_impact": "fraction of price times the squared share of volume",
    "volume_limit": "largest entry, a fraction of the bar's volume",
    "spread": "fraction of price, full width",
    "borrow_rate": "a year, when short",
    "financing_rate": "a year, on borrowed cash",
    "margin": "initial margin; leverage is 1 / margin",
    "maintenance": "equity below this fraction of the position liquidates it",
    "stop_loss": "leave this far against you, a fraction of the signal's close",
    "take_profit": "leave this far in your favour, a fraction of the signal's close",
    "trail": "distance of a trailing stop, a fraction of the signal's close",
}


class Command(BaseCommand):
    help = "Run a strategy on a CSV or Parquet file of bars."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bars", required=True, metavar="FILE", type=Path)
        parser.add_argument("--strategy", default="sma_cross")
        parser.add_argument(
            "--rules", type=Path, metavar="FILE", help="a rule document instead of a strategy"
        )
        parser.add_argument(
            "--param", action="append", default=[], metavar="NAME=VALUE", help="may be repeated"
        )
        add_period(parser)
        parser.add_argument("--cash", type=float, default=10_000.0)
        for name, choices in CHOICES.items():
            parser.add_argument(_flag(name), choices=choices, default=choices[0])
        for name, words in NUMBERS.items():
            parser.add_argument(_flag(name), type=float, metavar="X", help=words)
        for name in ("fractional", "close_at_end"):
            parser.add_argument(_flag(name), action="store_true")
        parser.add_argument("--delay", type=int, default=0, help="bars that decisions wait")
        parser.add_argument(
            "--commission-tier",
            action="append",
            default=[],
            metavar="VALUE=FRACTION",
            help="commission once so much was traded; may be repeated",
        )
        parser.add_argument(
            "--benchmark", type=Path, metavar="FILE", help="bars to measure against"
        )
        parser.add_argument("--detail", type=Path, metavar="FILE", help="bars inside the bars")
        parser.add_argument("--sizing", choices=SIZINGS, default="all")
        parser.add_argument("--size-value", type=float, default=1.0, metavar="X")
        parser.add_argument("--size-window", type=int, default=20, metavar="N")
        parser.add_argument("--size-cap", type=float, default=1.0, metavar="X")
        parser.add_argument("--trades", action="store_true", help="list the trades, too")
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="write a document, too: .html, .xlsx, .json, .csv or .parquet",
        )
        parser.add_argument(
            "--table", choices=("trades", "equity"), default="trades", help="of .csv and .parquet"
        )
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        result = _run(options)
        if options["out"]:
            _write(result, options)
        if options["json"]:
            self.stdout.write(json.dumps(_document(result, options), indent=1))
            return
        for name, value in result.metrics.items():
            text = written(METRICS[name], finite_or_none(value))
            self.stdout.write(f"{METRICS[name].label:<34}{text:>18}")
        self.stdout.write(f"{'Fingerprint':<34}{result.fingerprint[:18]:>18}")


def _write(result: Result, options: dict[str, Any]) -> None:
    path: Path = options["out"]
    try:
        if path.suffix.lower() == ".json":
            document = _document(result, {**options, "trades": True})
            path.write_text(json.dumps(document, indent=1))
            return
        with TemporaryDirectory() as folder:
            label = options["bars"].name
            report = report_of_result(result, data_label=label, folder=Path(folder) / "result")
            write_file(report, path, table=options["table"])
    except ValueError as error:
        raise CommandError(
            f"--out takes .html, .xlsx, .json, .csv or .parquet: {error}."
        ) from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error


def _run(options: dict[str, Any]) -> Result:
    try:
        strategy = _strategy(options)
        params = dict(_param(text) for text in options["param"])
        terms = _terms(options)
        if isinstance(strategy, RuleStrategy) and options["sizing"] == "all":
            terms["sizing"] = strategy.sizing(strategy.resolve(params)) or terms["sizing"]
        bars = in_period(read_bars(options["bars"]), options)
        detail = in_period(read_bars(options["detail"]), options) if options["detail"] else None
        benchmark = (
            in_period(read_bars(options["benchmark"]), options, cut_start=False)
            if options["benchmark"]
            else None
        )
        return run(
            strategy,
            bars,
            params,
            cash=options["cash"],
            detail=detail,
            benchmark=benchmark,
            **terms,
        )
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {error.filename}.") from error
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
    except UnknownStrategy as error:
        raise CommandError(f"There is no strategy called {options['strategy']}.") from error
    except InvalidParams as error:
        raise CommandError("; ".join(f"{k}: {v}" for k, v in error.errors.items())) from error
    except ValueError as error:
        raise CommandError(str(error)) from error


def _strategy(options: dict[str, Any]) -> Strategy:
    path = options["rules"]
    if path is None:
        return get_strategy(options["strategy"])
    try:
        return RuleStrategy(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"There is no file {path}.") from error


def _terms(options: dict[str, Any]) -> dict[str, Any]:
    names = (*CHOICES, *NUMBERS, "fractional", "close_at_end", "delay")
    given = {name: options[name] for name in names if options[name] is not None}
    window = options["size_window"]
    sizing = Sizing(
        kind=options["sizing"],
        value=options["size_value"],
        window=window,
        min_trades=window,
        cap=options["size_cap"],
    )
    tiers = tuple(tier(text) for text in options["commission_tier"])
    return {**given, "sizing": sizing, "commission_tiers": tiers}


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--param takes NAME=VALUE, not {text}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _document(result: Result, options: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "metrics": {name: finite_or_none(value) for name, value in result.metrics.items()},
        "fingerprint": result.fingerprint,
        "n_bars": int(result.equity.size),
        "n_trades": int(result.trades.size),
    }
    if options["trades"]:
        names = result.trades.dtype.names or ()
        document["trades"] = [
            {name: trade[name].item() for name in names} for trade in result.trades
        ]
    return document
