"""When a portfolio is brought back to its weights: on a calendar, or when they drift too far."""

import numpy as np
import numpy.typing as npt

from backtests.engine.portfolio_calendar import Calendar, Float2D
from backtests.engine.strategy import Param
from market.engine.bars import Float1D, Int1D

PERIODS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
NEVER, BAND = "never", "band"
USED_UP = 1e-12  # of the equity at the start: below it every weight has left its band


def rebalance_param(default: str = "monthly", *, has_band: bool = False) -> Param:
    """Return the parameter that chooses when to rebalance."""
    more = (BAND, NEVER) if has_band else ()
    return Param(
        "rebalance",
        "choice",
        default,
        choices=(*PERIODS, *more),
        help="At the first close of each period"
        + (", or when a weight leaves its band" * has_band),
    )


def period_rows(calendar: Calendar, rebalance: str, is_ready: npt.NDArray[np.bool_]) -> Int1D:
    """Return the rows that decide: the first that is ready, then the first of each period.

    Parameters
    ----------
    calendar : Calendar
    rebalance : {"weekly", "monthly", "quarterly", "yearly", "never"}
    is_ready : bool[n_times]
        Where a decision can be made; once true it should stay so.
    """
    if not is_ready.any():
        return np.empty(0, dtype=np.int64)
    decides = np.zeros(is_ready.size, dtype=np.bool_)
    if rebalance != NEVER:
        decides = calendar.period_starts(PERIODS[rebalance]) & is_ready
    decides[int(is_ready.argmax())] = True
    return np.flatnonzero(decides)


def band_rows(closes: Float2D, weights: Float2D, band: float) -> Int1D:
    """Return the rows that decide where a weight has drifted out of its band.

    Parameters
    ----------
    closes : float64[n_times, n_instruments]
        Latest close; NaN before an instrument's first bar.
    weights : float64[n_times, n_instruments], fraction of equity
        Wanted at each time; what they leave of 1 is cash.
    band : float, fraction of equity
        Largest distance of a weight from the wanted one.

    Notes
    -----
    The drift is that of an account that holds exactly the wanted weights from the close of the
    latest decision on. A change of the wanted weights, a new instrument above all, also decides.
    """
    rows: list[int] = []
    start, n_times = 0, closes.shape[0]
    while start < n_times:
        rows.append(start)
        drifted = _drifted(closes[start:], weights[start])
        gone = np.abs(drifted - weights[start:]).max(axis=1) > band
        gone |= (weights[start:] != weights[start]).any(axis=1)
        gone[0] = False
        if not gone.any():
            break
        start += int(gone.argmax())
    return np.array(rows, dtype=np.int64)


def _drifted(closes: Float2D, weights: Float1D) -> Float2D:
    held = np.where(weights != 0.0, weights, 0.0)
    growth = np.where(held != 0.0, closes / closes[0], 1.0)
    values = held * growth
    equity = np.maximum(1.0 + (values - held).sum(axis=1), USED_UP)
    drifted: Float2D = values / equity[:, None]
    return drifted


def weighted_targets(
    calendar: Calendar, closes: Float2D, weights: Float2D, rebalance: str, band: float
) -> Float2D:
    """Return the targets of a portfolio that is brought back to weights.

    Parameters
    ----------
    calendar : Calendar
    closes, weights : float64[n_times, n_instruments]
        As in `band_rows`.
    rebalance : str
        One of the choices of `rebalance_param`.
    band : float, fraction of equity

    Returns
    -------
    float64[n_times, n_instruments]
        NaN in rows that decide nothing.
    """
    if rebalance == BAND:
        rows = band_rows(closes, weights, band)
    else:
        rows = period_rows(calendar, rebalance, np.ones(len(closes), dtype=np.bool_))
    targets = np.full(closes.shape, np.nan)
    targets[rows] = weights[rows]
    return targets
