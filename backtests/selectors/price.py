"""Reads of a run's price chart: candles, fills, and the lines the strategy decides by."""

from datetime import datetime
from typing import Any

import numpy as np

from backtests.engine.overlays import price_lines
from backtests.engine.registry import UnknownStrategy
from backtests.engine.strategy import InvalidParams, StrategyFault
from backtests.models import BacktestRun
from backtests.selectors.runs import strategy_of
from backtests.selectors.trades import trade_markers
from market.engine.timeframes import SECOND_NS
from market.selectors import chart_of, load_bars
from pulse.common.time import to_ns


def run_candles(
    run: BacktestRun, *, start_ns: int | None = None, stop_ns: int | None = None
) -> dict[str, Any]:
    """Return the candles of the run's period or a part of it, with fills and indicators in view."""
    if run.series is None:
        return {"empty": "The prices of this run were deleted.", "time": []}
    first = start_ns if start_ns is not None else _ns_or_none(run.starts_at)
    stop = stop_ns if stop_ns is not None else _ns_or_none(run.ends_at)
    chart = chart_of(
        run.series,
        first_seconds=None if first is None else first // SECOND_NS,
        last_seconds=None if stop is None else stop // SECOND_NS,
    )
    if chart["time"]:
        first_s, last_s = chart["window"]
        chart["markers"] = trade_markers(
            run, start_ns=first_s * SECOND_NS, stop_ns=(last_s + 1) * SECOND_NS
        )
        chart["overlays"] = price_overlays(run, chart["time"])
    return chart


def _ns_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_ns(moment)


def price_overlays(run: BacktestRun, seconds: list[int]) -> list[dict[str, Any]]:
    """Return the indicators that share the scale of the price, at the points of a chart.

    Parameters
    ----------
    run : BacktestRun
    seconds : list of int, seconds UTC
        Closes of the points.

    Returns
    -------
    list of dict
        ``name`` and ``values``, None where there is none. Empty if the strategy shows no lines,
        or is not of the version that was run any more.
    """
    if run.series is None:
        return []
    bars = load_bars(run.series, start=run.starts_at, end=run.ends_at)
    try:
        strategy = strategy_of(run)
        if bars is None or strategy.version != run.strategy_version:
            return []
        lines = price_lines(strategy, bars, strategy.resolve(run.params))
    except (UnknownStrategy, InvalidParams, StrategyFault):
        return []
    points = np.array(seconds, dtype=np.int64)
    closes = bars.ts_ns // SECOND_NS
    rows = np.minimum(np.searchsorted(closes, points), closes.size - 1)
    is_bar = closes[rows] == points
    return [
        {
            "name": name,
            "values": [
                round(value, 8) if ok and np.isfinite(value) else None
                for value, ok in zip(values[rows].tolist(), is_bar.tolist(), strict=True)
            ],
        }
        for name, values in lines.items()
    ]
