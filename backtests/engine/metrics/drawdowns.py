"""The worst falls of an account, one by one."""

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.periods import DAY_NS

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]

DRAWDOWN = np.dtype(
    [
        ("peak_bar", "i8"),
        ("trough_bar", "i8"),
        ("end_bar", "i8"),
        ("depth", "f8"),
        ("days", "f8"),
        ("is_over", "?"),
    ]
)


def worst_drawdowns(ts_ns: Int1D, equity: Float1D, n_worst: int = 10) -> npt.NDArray[np.void]:
    """Return the deepest drawdowns, deepest first.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    equity : float64[n_bars], account currency
        Finite, the first above 0.
    n_worst : int
        How many at most.

    Returns
    -------
    structured[<= n_worst]
        `peak_bar` is the last bar at the peak, `end_bar` the first at or above it again, or
        the last bar where `is_over` is False; `depth` is a fraction of the peak, `days` the
        time from peak to end. `metrics` counts drawdowns the same way.
    """
    peaks = np.flatnonzero(equity >= np.maximum.accumulate(equity))
    ends = np.append(peaks[1:], equity.size)
    depths = 1.0 - np.minimum.reduceat(equity, peaks) / equity[peaks]
    worst = np.argsort(-depths, kind="stable")[:n_worst]
    worst = worst[depths[worst] > 0.0]
    rows = np.zeros(worst.size, dtype=DRAWDOWN)
    rows["peak_bar"], rows["depth"] = peaks[worst], depths[worst]
    rows["is_over"] = ends[worst] < equity.size
    rows["end_bar"] = np.minimum(ends[worst], equity.size - 1)
    rows["trough_bar"] = [
        start + equity[start:stop].argmin()
        for start, stop in zip(peaks[worst], ends[worst], strict=True)
    ]
    rows["days"] = (ts_ns[rows["end_bar"]] - ts_ns[rows["peak_bar"]]) / DAY_NS
    return rows
