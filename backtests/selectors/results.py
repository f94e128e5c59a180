"""Reads of a run's curve on disk."""

from typing import Any

import numpy as np

from backtests.engine.artifact import Curve, read_curve, read_full_curve
from backtests.engine.curves import drawdown, held_curve, thin
from backtests.models import BacktestRun
from backtests.selectors.account import artifact_folder
from market.engine.timeframes import SECOND_NS

CHART_POINTS = 2000


def full_curve(run: BacktestRun) -> Curve:
    """Return every bar of a run's curve."""
    return read_full_curve(artifact_folder(run))


def curve_points(
    run: BacktestRun, *, start_ns: int | None = None, stop_ns: int | None = None
) -> dict[str, list[Any]]:
    """Return the curve for a chart, at most 2,000 points, columns of equal length.

    Returns
    -------
    dict
        ``time`` in seconds UTC; ``equity``, ``buy_and_hold`` (see `held_curve`) and, where the run
        has one, ``benchmark`` (bought at the first bar) in account currency; ``drawdown`` as a
        fraction, 0 or below.
    """
    curve = read_curve(artifact_folder(run), start_ns=start_ns, stop_ns=stop_ns)
    if not len(curve):
        return {"time": [], "equity": [], "buy_and_hold": [], "drawdown": []}
    rows = thin(curve.equity, CHART_POINTS)
    known = run.assumptions or {}
    held = held_curve(
        curve.close,
        int(np.searchsorted(curve.ts_ns, known.get("held_from_ns", 0))),
        float(run.initial_cash),
        known.get("first_close"),
    )
    points = {
        "time": (curve.ts_ns[rows] // SECOND_NS).tolist(),
        "equity": np.round(curve.equity[rows], 2).tolist(),
        "buy_and_hold": np.round(held[rows], 2).tolist(),
        "drawdown": np.round(drawdown(curve.equity)[rows], 6).tolist(),
    }
    if curve.benchmark is not None:
        first = known.get("first_benchmark", curve.benchmark[0])
        worth = float(run.initial_cash) * curve.benchmark / first
        points["benchmark"] = np.round(worth[rows], 2).tolist()
    return points


def equity_chart(run: BacktestRun, **between: int | None) -> dict[str, Any]:
    """Return the equity chart: the strategy against holding the instrument and a benchmark."""
    points = curve_points(run, **between)
    series = [
        {"name": "Strategy", "values": points["equity"], "color": "s1", "style": "area"},
        {"name": "Held", "values": points["buy_and_hold"], "color": "s2", "style": "dashed"},
    ]
    if "benchmark" in points:
        name = (run.assumptions or {}).get("benchmark") or "Benchmark"
        series.append({"name": name, "values": points["benchmark"], "color": "s3"})
    return {"time": points["time"], "format": "money", "series": series}


def drawdown_chart(run: BacktestRun, **between: int | None) -> dict[str, Any]:
    """Return the chart of the fall from the running peak."""
    points = curve_points(run, **between)
    return {
        "time": points["time"],
        "format": "percent",
        "series": [
            {"name": "Drawdown", "values": points["drawdown"], "color": "down", "style": "area"}
        ],
    }
