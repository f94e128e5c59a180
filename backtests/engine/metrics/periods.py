"""The calendar of a series: where its days end, and how many periods make a year."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numba import njit

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]
T = TypeVar("T", bound=np.generic)

DAY_NS = 86_400_000_000_000
WEEK_NS = 7 * DAY_NS
DAYS_PER_YEAR = 365.25
YEAR_NS = DAYS_PER_YEAR * DAY_NS


@njit(cache=True)
def _day_ends(ts_ns: Int1D, out: Int1D) -> int:
    # a day is (midnight, midnight]: a bar stamped 00:00 by its close belongs to the day before
    midnight = ((ts_ns[0] - 1) // DAY_NS + 1) * DAY_NS
    count = 0
    for i in range(1, ts_ns.shape[0]):
        if ts_ns[i] > midnight:
            out[count] = i - 1
            count += 1
            midnight = ((ts_ns[i] - 1) // DAY_NS + 1) * DAY_NS
    out[count] = ts_ns.shape[0] - 1
    return count + 1


def read_only(values: npt.NDArray[T]) -> npt.NDArray[T]:
    """Return `values` as a C-contiguous read-only view, so that a kernel compiles once."""
    array: npt.NDArray[T] = np.ascontiguousarray(values).view()
    array.flags.writeable = False
    return array


def day_ends(ts_ns: Int1D) -> Int1D:
    """Return the index of the last bar of each UTC day.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
        Closing times, increasing, at least one.

    Returns
    -------
    int64[n_days]
        Increasing; the last is ``n_bars - 1``. For daily or coarser bars it is every bar.

    Raises
    ------
    ValueError
        If `ts_ns` is empty.

    Notes
    -----
    A bar that closes at midnight belongs to the day that ends there. A session that crosses
    midnight UTC counts as two days; annualised figures stay right, since
    `periods_per_year` then counts both.
    """
    stamps = read_only(ts_ns)
    if not stamps.size:
        raise ValueError("ts_ns is empty")
    n_days = int(stamps[-1] - stamps[0]) // DAY_NS + 2
    out = np.empty(min(stamps.size, n_days), dtype=np.int64)
    return out[: _day_ends(stamps, out)]


def years_between(start_ns: int, end_ns: int) -> float:
    """Return the time from `start_ns` to `end_ns` in years of 365.25 days."""
    return (int(end_ns) - int(start_ns)) / YEAR_NS


def periods_per_year(ts_ns: Int1D) -> float:
    """Return how many periods a year the series itself shows, per year of 365.25 days.

    Parameters
    ----------
    ts_ns : int64[n_periods], nanoseconds UTC
        Closing time of each period, increasing.

    Returns
    -------
    float
        ``(n_periods - 1) / years from first to last``: about 252 for daily bars of a stock
        exchange, 365.25 for daily bars of a market that never closes, 12 for months, and
        sessions times minutes for minute bars. NaN for a series shorter than a week, which
        cannot show its weekends.
    """
    if len(ts_ns) < 2 or int(ts_ns[-1]) - int(ts_ns[0]) < WEEK_NS:  # noqa: PLR2004 -- two ends make a span
        return float("nan")
    return (len(ts_ns) - 1) / years_between(ts_ns[0], ts_ns[-1])
