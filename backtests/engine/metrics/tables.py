"""Tables of a result page: what an account did month by month and year by year."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.periods import day_ends

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]


class SpanReturns(NamedTuple):
    """Returns of successive calendar spans, oldest first, each named by its first day."""

    starts: npt.NDArray[np.datetime64]
    returns: Float1D


def month_returns(ts_ns: Int1D, values: Float1D) -> SpanReturns:
    """Return the return of each calendar month (UTC) that has a bar, as a fraction.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    values : float64[n_bars]
        Equity or prices at each close.

    Returns
    -------
    SpanReturns
        `starts` is datetime64[M]. The first month counts from the first bar, so the returns
        multiply up to the return of the whole series.

    Notes
    -----
    NaN where a month starts from a value that is not above 0. A bar that closes at midnight
    belongs to the month that ends there.
    """
    return span_returns(ts_ns, values, day_ends(ts_ns), "datetime64[M]")


def year_returns(ts_ns: Int1D, values: Float1D) -> SpanReturns:
    """Return the return of each calendar year (UTC); as `month_returns`, with datetime64[Y]."""
    return span_returns(ts_ns, values, day_ends(ts_ns), "datetime64[Y]")


def span_returns(ts_ns: Int1D, values: Float1D, days: Int1D, unit: str) -> SpanReturns:
    """Return the returns of spans of `unit`, given the index of each day's last bar."""
    labels = (ts_ns[days] - 1).view("datetime64[ns]").astype(unit)
    changes = np.flatnonzero(labels[1:] != labels[:-1])
    ends = np.append(changes, labels.size - 1)
    marks = np.concatenate((values[:1], values[days[ends]]))
    returns = np.full(ends.size, np.nan)
    np.divide(marks[1:], marks[:-1], out=returns, where=marks[:-1] > 0.0)
    return SpanReturns(labels[ends], returns - 1.0)
