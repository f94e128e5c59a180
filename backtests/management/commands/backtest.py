"""Run one backtest on a file of bars and print the result; needs no database."""

import json
import math
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backtests.engine import InvalidParams, Result, get_strategy, read_bars, run
from backtests.engine.metrics import METRICS
from backtests.engine.registry import UnknownStrategy
from backtests.selectors.summary import written


class Command(BaseCommand):
    help = "Run a strategy on a CSV or Parquet file of bars."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bars", required=True, metavar="FILE", type=Path)
        parser.add_argument("--strategy", default="sma_cross")
        parser.add_argument(
            "--param", action="append", default=[], metavar="NAME=VALUE", help="may be repeated"
        )
        parser.add_argument("--cash", type=float, default=10_000.0)
        parser.add_argument("--side", choices=["long", "short", "both"], default="both")
        parser.add_argument("--commission", type=float, default=0.0, help="fraction a side")
        parser.add_argument("--commission-fixed", type=float, default=0.0, help="money an order")
        parser.add_argument("--slippage", type=float, default=0.0, help="fraction of price")
        parser.add_argument("--spread", type=float, default=0.0, help="fraction of price")
        parser.add_argument("--margin", type=float, default=1.0, help="leverage is 1 / margin")
        parser.add_argument("--fill", choices=["next_open", "close"], default="next_open")
        for name, words in (
            ("stop-loss", "leave this far below the signal's close, as a fraction"),
            ("take-profit", "leave this far above the signal's close, as a fraction"),
            ("trail", "distance of a trailing stop, as a fraction of the signal's close"),
        ):
            parser.add_argument(f"--{name}", type=float, help=words)
        parser.add_argument("--fractional", action="store_true")
        parser.add_argument("--close-at-end", action="store_true")
        parser.add_argument("--trades", action="store_true", help="list the trades, too")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        result = _run(options)
        if options["json"]:
            self.stdout.write(json.dumps(_document(result, options), indent=1))
            return
        for name, value in result.metrics.items():
            text = written(METRICS[name], value if math.isfinite(value) else None)
            self.stdout.write(f"{METRICS[name].label:<34}{text:>18}")
        self.stdout.write(f"{'Fingerprint':<34}{result.fingerprint[:18]:>18}")


def _run(options: dict[str, Any]) -> Result:
    try:
        strategy = get_strategy(options["strategy"])
        bars = read_bars(options["bars"])
        return run(
            strategy,
            bars,
            dict(_param(text) for text in options["param"]),
            **{
                name: options[name]
                for name in (
                    "cash",
                    "side",
                    "commission",
                    "commission_fixed",
                    "slippage",
                    "spread",
                    "margin",
                    "fill",
                    "fractional",
                    "close_at_end",
                    "stop_loss",
                    "take_profit",
                    "trail",
                )
            },
        )
    except FileNotFoundError as error:
        raise CommandError(f"There is no file {options['bars']}.") from error
    except UnknownStrategy as error:
        raise CommandError(f"There is no strategy called {options['strategy']}.") from error
    except InvalidParams as error:
        raise CommandError("; ".join(f"{k}: {v}" for k, v in error.errors.items())) from error
    except ValueError as error:
        raise CommandError(str(error)) from error


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
        "metrics": {
            name: value if math.isfinite(value) else None for name, value in result.metrics.items()
        },
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
