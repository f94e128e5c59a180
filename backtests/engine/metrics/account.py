"""Figures of the account's path: peaks, drawdowns, time in the market."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import kernel
from backtests.engine.metrics.periods import DAY_NS, read_only
from backtests.engine.spans import span_range

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]
NAN = float("nan")
BLOCK = 64  # bars looked at together where none can be a new peak


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


@kernel
def _walk(ts_ns: Int1D, equity: Float1D, total: float) -> PathStats:
    n = equity.shape[0]
    peak, peak_at, trough = equity[0], 0, equity[0]
    max_depth, sum_depth = 0.0, 0.0
    n_drawdowns, n_under_water = 0, 0
    longest_ns, sum_ns = np.int64(0), np.int64(0)
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        low, high = span_range(equity, equity, start, end)
        if high < peak and end < n:
            n_under_water += end - start
            trough = min(trough, low)
            continue
        for i in range(start, end):
            value = equity[i]
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
        peak, total, max_depth, sum_depth, n_drawdowns, longest_ns, sum_ns, n_under_water
    )


def walk_account(ts_ns: Int1D, equity: Float1D) -> PathStats:
    """Pass once over the account and return its sums.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    equity : float64[n_bars], account currency
        Account value at each close; finite, the first above 0.

    Raises
    ------
    ValueError
        If lengths differ, equity is not finite, or the first equity is not above 0.

    Notes
    -----
    A drawdown lasts from the last bar at the peak to the first bar at or above it again, or
    to the last bar.
    """
    if equity.size != ts_ns.size or not equity.size:
        raise ValueError("equity and bars must have the same length, at least 1")
    if not equity[0] > 0.0:
        raise ValueError("equity must start above 0")
    total = float(equity.sum())
    if not np.isfinite(total):
        raise ValueError("equity must be finite at every bar")
    return _walk(read_only(ts_ns), read_only(equity), total)


def exposed_bars(position: Float1D, trades: npt.NDArray[np.void]) -> int:
    """Return the number of bars in which something was held, if only for a part of the bar.

    Parameters
    ----------
    position : float64[n_bars], units
        Held at each close.
    trades : structured[n_trades]
        With entry_bar and exit_bar: some open and close between two closes.
    """
    held = position != 0.0
    held[1:] |= held[:-1].copy()
    held[trades["exit_bar"][trades["entry_bar"] == trades["exit_bar"]]] = True
    return int(np.count_nonzero(held))


def path_metrics(stats: PathStats, n_bars: int, n_exposed: int) -> dict[str, float]:
    """Return the drawdown and exposure figures: fractions in [0, 1] and lengths in days."""
    mean = 1.0 / stats.n_drawdowns if stats.n_drawdowns else NAN
    return {
        "equity_peak": stats.peak,
        "max_drawdown": stats.max_depth,
        "avg_drawdown": stats.sum_depth * mean,
        "max_drawdown_days": stats.longest_ns / DAY_NS if stats.n_drawdowns else NAN,
        "avg_drawdown_days": stats.sum_ns * mean / DAY_NS,
        "time_under_water": stats.n_under_water / n_bars,
        "exposure": n_exposed / n_bars,
    }


def ulcer_index(values: Float1D) -> float:
    """Return the root mean square of the drawdowns at each day's end, as a fraction.

    Notes
    -----
    Source: Martin & McCann (1989), "The investor's guide to Fidelity funds".
    """
    falls = 1.0 - values / np.maximum.accumulate(values)
    return float(np.sqrt(np.mean(falls**2)))
