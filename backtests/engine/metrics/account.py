"""Figures of the account's path: peaks, drawdowns, time in the market."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from backtests.engine.metrics.periods import DAY_NS, read_only

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]
NAN = float("nan")


class PathStats(NamedTuple):
    """Sums over one pass of the bars; money in account currency, lengths in nanoseconds."""

    peak: float
    total: float
    max_depth: float
    sum_depth: float
    n_drawdowns: int
    longest_ns: np.int64
    sum_ns: np.int64
    n_under_water: int
    n_exposed: int


@njit(cache=True)
def _walk(ts_ns: Int1D, equity: Float1D, position: Float1D) -> PathStats:
    n = equity.shape[0]
    peak, peak_at, trough = equity[0], 0, equity[0]
    total, max_depth, sum_depth = 0.0, 0.0, 0.0
    n_drawdowns, n_under_water, n_exposed = 0, 0, 0
    longest_ns, sum_ns = np.int64(0), np.int64(0)
    held_before = False
    for i in range(n):
        value = equity[i]
        total += value
        held = position[i] != 0.0
        n_exposed += held or held_before
        held_before = held
        if value < peak:
            n_under_water += 1
            trough = min(trough, value)
            if i < n - 1:
                continue
        if trough < peak:
            depth, length = 1.0 - trough / peak, ts_ns[i] - ts_ns[peak_at]
            max_depth, longest_ns = max(max_depth, depth), max(longest_ns, length)
            sum_depth, sum_ns = sum_depth + depth, sum_ns + length
            n_drawdowns += 1
        if value >= peak:
            peak, peak_at, trough = value, i, value
    return PathStats(
        peak, total, max_depth, sum_depth, n_drawdowns, longest_ns, sum_ns, n_under_water, n_exposed
    )


def walk_account(ts_ns: Int1D, equity: Float1D, position: Float1D) -> PathStats:
    """Pass once over the account and return its sums.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    equity : float64[n_bars], account currency
        Account value at each close; finite, the first above 0.
    position : float64[n_bars], units
        Signed units held at each close.

    Raises
    ------
    ValueError
        If lengths differ, equity is not finite, or the first equity is not above 0.

    Notes
    -----
    A drawdown lasts from the last bar at the peak to the first bar at or above it again, or
    to the last bar. A bar is exposed if a position is held at its close or was at the close
    before; a round trip inside one bar is added by the caller, who knows the trades.
    """
    if not equity.size == ts_ns.size == position.size or not equity.size:
        raise ValueError("equity, position and bars must have the same length, at least 1")
    if not equity[0] > 0.0:
        raise ValueError("equity must start above 0")
    stats = _walk(read_only(ts_ns), read_only(equity), read_only(position))
    if not np.isfinite(stats.total):
        raise ValueError("equity must be finite at every bar")
    return stats


def path_metrics(stats: PathStats, n_bars: int, n_same_bar: int) -> dict[str, float]:
    """Return the drawdown and exposure figures: fractions in [0, 1] and lengths in days.

    Parameters
    ----------
    stats : PathStats
    n_bars : int
    n_same_bar : int
        Bars otherwise flat in which a trade was both opened and closed.
    """
    mean = 1.0 / stats.n_drawdowns if stats.n_drawdowns else NAN
    return {
        "equity_peak": stats.peak,
        "max_drawdown": stats.max_depth,
        "avg_drawdown": stats.sum_depth * mean,
        "max_drawdown_days": stats.longest_ns / DAY_NS if stats.n_drawdowns else NAN,
        "avg_drawdown_days": stats.sum_ns * mean / DAY_NS,
        "time_under_water": stats.n_under_water / n_bars,
        "exposure": (stats.n_exposed + n_same_bar) / n_bars,
    }


def ulcer_index(values: Float1D) -> float:
    """Return the root mean square of the drawdowns at each day's end, as a fraction.

    Notes
    -----
    Source: Martin & McCann (1989), "The investor's guide to Fidelity funds".
    """
    falls = 1.0 - values / np.maximum.accumulate(values)
    return float(np.sqrt(np.mean(falls**2)))
