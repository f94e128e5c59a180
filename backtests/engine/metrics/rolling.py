"""Figures of a moving window of daily returns."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from backtests.engine.metrics.periods import day_ends, periods_per_year, read_only
from backtests.engine.metrics.returns import ROUNDING, period_returns

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]


class Rolling(NamedTuple):
    """Figures of each window, by the last bar of the window's last day."""

    bars: Int1D
    volatility: Float1D
    sharpe: Float1D
    beta: Float1D


@njit(cache=True)
def _windows(own: Float1D, other: Float1D, size: int, out: Float1D) -> None:
    # two passes over each window: running sums would lose digits by cancellation
    for k in range(own.shape[0] - size + 1):
        mean, other_mean = 0.0, 0.0
        for i in range(k, k + size):
            mean += own[i] / size
            other_mean += other[i] / size
        square, other_square, cross = 0.0, 0.0, 0.0
        for i in range(k, k + size):
            a, b = own[i] - mean, other[i] - other_mean
            square += a * a
            other_square += b * b
            cross += a * b
        out[3 * k], out[3 * k + 1] = mean, math.sqrt(square / (size - 1))
        out[3 * k + 2] = cross / other_square if other_square > 0.0 else np.nan


def rolling_figures(
    ts_ns: Int1D,
    equity: Float1D,
    benchmark: Float1D,
    *,
    window: int,
    per_year: float | None = None,
) -> Rolling:
    """Return volatility, Sharpe ratio (both annualised) and beta of each window of days.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    equity : float64[n_bars], account currency
    benchmark : float64[n_bars], price
        Above 0.
    window : int
        Daily returns in a window, at least 2.
    per_year : float, optional
        Daily returns a year; observed from `ts_ns` when left out.

    Returns
    -------
    Rolling
        Empty arrays if there are fewer than `window` returns or equity fell to zero. A value
        is NaN where nothing varies in its window.

    Notes
    -----
    Same definitions as `volatility`, `sharpe` and `beta` in `METRICS`.
    """
    if window < 2:  # noqa: PLR2004 -- a spread needs two
        raise ValueError("window must be at least 2")
    ends = day_ends(ts_ns)
    if per_year is None:
        per_year = periods_per_year(ts_ns[ends])
    own, other = period_returns(equity[ends]), period_returns(benchmark[ends])
    n_windows = max(min(own.size, other.size) - window + 1, 0)
    out = np.empty((n_windows, 3))
    if n_windows:
        _windows(read_only(own), read_only(other), window, out.reshape(-1))
    mean, spread, beta = out.T
    sharpe = np.full(n_windows, np.nan)
    np.divide(mean, spread, out=sharpe, where=spread > ROUNDING * np.abs(mean))
    root = math.sqrt(per_year)
    return Rolling(ends[ends.size - n_windows :], spread * root, sharpe * root, beta.copy())
