"""A run's metrics as the page shows them: written out, with unit, formula and source."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backtests.engine.metrics import GROUPS, METRICS, Metric
from backtests.models import BacktestRun, PortfolioRun
from pulse.common.templatetags.figures import (
    MISSING,
    count,
    figure,
    loss_percent,
    percent,
    signed,
    signed_percent,
    span,
)

STRIP = (
    "return_total",
    "cagr",
    "sharpe",
    "sortino",
    "max_drawdown",
    "profit_factor",
    "win_rate",
    "n_trades",
)
GROUP_LABELS = {
    "returns": "Returns",
    "risk": "Risk",
    "trades": "Trades",
    "costs": "Costs",
    "benchmark": "Against buy and hold",
    "confidence": "Confidence",
}
SIGNED = {"return_total", "buy_hold_return", "cagr", "annual_return", "best_trade", "worst_trade"}
FALLS = {"max_drawdown", "avg_drawdown"}
COLOURED = {"return_total", "max_drawdown"}

Summarised = BacktestRun | PortfolioRun


@dataclass(frozen=True)
class Stat:
    """One figure, ready to be shown."""

    metric: Metric
    text: str
    tone: str
    note: str


def stat_strip(run: Summarised) -> list[Stat]:
    """Return the eight figures of the head of the page."""
    return [_stat(run, METRICS[name]) for name in STRIP]


def metric_groups(run: Summarised) -> list[tuple[str, list[Stat]]]:
    """Return every metric of the run by group."""
    known = run.metrics or {}
    labels = dict(GROUP_LABELS)
    if name := (run.assumptions or {}).get("benchmark"):
        labels["benchmark"] = f"Against {name}"
    return [
        (
            labels[group],
            [
                _stat(run, metric)
                for metric in METRICS.values()
                if metric.group == group and metric.name in known
            ],
        )
        for group in GROUPS
        if any(metric.group == group and metric.name in known for metric in METRICS.values())
    ]


def why_no_trades(run: BacktestRun, tables: dict[str, Any] | None = None) -> str:
    """Say why the run closed no trade, and what to change."""
    known = run.assumptions or {}
    if known.get("open_trade"):
        return (
            "One position was opened and never closed: it is marked at the last close. "
            "Close it at the end to see it here."
        )
    if known.get("n_refused"):
        return (
            f"{known['n_refused']:,} signals came, but the cash did not pay for one whole unit. "
            "Raise the starting cash or allow fractional units."
        )
    trust = (tables or {}).get("trust", {})
    warm_up, n_bars = trust.get("warm_up", 0), run.n_bars or 0
    if warm_up >= n_bars - 1:
        return (
            f"The indicators need more bars than the {n_bars:,} there are. "
            "Try shorter windows or a longer period."
        )
    signals = trust.get("signals", {})
    excluded = {"long": "entry_short", "short": "entry_long"}.get(run.side)
    if excluded and signals.get(excluded):
        return (
            f"All {signals[excluded]:,} entries were on the other side: this run is "
            f"{run.get_side_display().lower()}. Try both directions."
        )
    n_entries = signals.get("entry_long", 0) + signals.get("entry_short", 0)
    if n_entries:
        return (
            f"{n_entries:,} entries were signalled, but none was filled before the bars ended or "
            "the size came to nothing. Look at the size and the limits on volume."
        )
    return (
        f"The rule gave no signal on these {n_bars:,} bars. "
        "Try shorter windows, a longer period, or another direction."
    )


def written(metric: Metric, value: float | None) -> str:
    """Return a metric's value as text with its unit; undefined is an en dash."""
    if value is None:
        return MISSING
    if metric.name in FALLS:
        return loss_percent(value)
    if metric.unit == "fraction":
        return signed_percent(value) if metric.name in SIGNED else percent(value)
    if metric.unit == "count":
        return count(value)
    if metric.unit == "days":
        return span(value)
    if metric.unit == "money" and metric.name in SIGNED:
        return signed(value)
    return figure(value)


def stats_of(metrics: Mapping[str, float | None], names: Sequence[str]) -> list[Stat]:
    """Return some metrics written out, without notes on an account."""
    return [
        Stat(
            METRICS[name],
            written(METRICS[name], metrics.get(name)),
            _tone(name, metrics.get(name)),
            METRICS[name].undefined_when if not _is_known(metrics.get(name)) else "",
        )
        for name in names
    ]


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _stat(run: Summarised, metric: Metric) -> Stat:
    metrics = run.metrics or {}
    value = metrics.get(metric.name)
    note = metric.undefined_when if value is None else _note(run, metric.name)
    return Stat(metric, written(metric, value), _tone(metric.name, value), note)


def _tone(name: str, value: float | None) -> str:
    if name not in COLOURED or not value:
        return ""
    if name == "max_drawdown":
        return "down"
    return "up" if value > 0 else "down"


def _note(run: Summarised, name: str) -> str:
    metrics = run.metrics or {}
    get = metrics.get
    if name == "return_total" and get("equity_final") is not None:
        gain = metrics["equity_final"] - float(run.initial_cash)
        return f"{signed(gain, 0)} on {figure(run.initial_cash, 0)}"
    if name == "cagr":
        return f"held: {signed_percent(get('buy_hold_return'))} in all"
    if name == "sharpe":
        return "0 % rate, a year"
    if name == "max_drawdown" and get("max_drawdown_days") is not None:
        return f"{span(get('max_drawdown_days'))} under water"
    if name == "profit_factor" and get("commissions") is not None:
        return f"after {figure(get('commissions'), 0)} of commission"
    if name == "win_rate" and get("n_trades"):
        return (
            f"{round(metrics['win_rate'] * metrics['n_trades']):,} of {int(metrics['n_trades']):,}"
        )
    if name == "n_trades" and get("exposure") is not None:
        return f"in the market {percent(get('exposure'), 0)} of bars"
    return ""
