"""Coarser bars: by time for engines, by number of points for charts."""

import numpy as np
from numba import njit

from market.engine.bars import Bars, Float1D, Int1D
from market.engine.timeframes import DAY_NS, SECOND_NS, timeframe_ns

MAX_POINTS = 2000
WEEK_SHIFT_NS = 3 * DAY_NS  # 1970-01-01 was a Thursday; weeks start on Monday


def resample(bars: Bars, timeframe: str) -> Bars:
    """Return coarser bars; volume is summed, the other columns are first, max, min and last.

    Parameters
    ----------
    bars : Bars[n_bars]
        Stamped by their close.
    timeframe : str
        A code of `TIMEFRAMES`, not finer than `bars`.

    Returns
    -------
    Bars[n_groups]
        Below a day stamped by the end of the interval; from a day on by the last bar within it,
        or by 23:59:59 where that closes at midnight.

    Raises
    ------
    ValueError
        If the code is unknown.

    Notes
    -----
    A bar that closes exactly at the end of an interval belongs to it: intervals are open at the
    start and closed at the end, in UTC, weeks from Monday. The last interval may be unfinished.
    """
    length = timeframe_ns(timeframe)
    keys = _interval_keys(bars.ts_ns, timeframe, length)
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    ends = np.append(starts[1:], len(bars))
    if length < DAY_NS:
        return _grouped(bars, starts, ends, (keys[starts] + 1) * length)
    stamps = bars.ts_ns[ends - 1]
    is_midnight = stamps % DAY_NS == 0  # a day's bar keeps the date of its day
    stamps = np.where(is_midnight, stamps - SECOND_NS, stamps)
    return _grouped(bars, starts, ends, stamps)


def downsample_ohlc(bars: Bars, start: int, stop: int, max_points: int = MAX_POINTS) -> Bars:
    """Return bars `start:stop` as at most `max_points` bars for a chart.

    Parameters
    ----------
    bars : Bars[n_bars]
        The full series.
    start, stop : int
        Half-open range of bars, clipped to the series.
    max_points : int, points
        From 2 to 2,000.

    Returns
    -------
    Bars[n_points]
        Each bar stamped by the last that it sums up; n_points <= max_points.

    Raises
    ------
    ValueError
        If the range is empty or `max_points` is out of range.

    Notes
    -----
    Groups start at multiples of their size in the *full* series, so that bars keep their shape
    while a person scrolls.
    """
    if not 2 <= max_points <= MAX_POINTS:  # noqa: PLR2004 -- alignment may add one group
        raise ValueError(f"max_points must be from 2 to {MAX_POINTS}, not {max_points}")
    start, stop = max(0, start), min(stop, len(bars))
    if start >= stop:
        raise ValueError(f"no bars in {start}:{stop}")
    if stop - start <= max_points:
        return bars.slice(start, stop)
    size = -(-(stop - start) // (max_points - 1))
    inner = np.arange((start // size + 1) * size, stop, size)
    starts = np.concatenate(([start], inner))
    ends = np.append(inner, stop)
    return _grouped(bars, starts, ends, bars.ts_ns[ends - 1])


def grouped_by_count(bars: Bars, size: int) -> Bars:
    """Return one bar for each `size` bars, the last group possibly smaller.

    Parameters
    ----------
    bars : Bars[n_bars]
        Any series.
    size : int, bars
        At least 1.
    """
    starts = np.arange(0, len(bars), size)
    ends = np.append(starts[1:], len(bars))
    return _grouped(bars, starts, ends, bars.ts_ns[ends - 1])


def _interval_keys(ts_ns: Int1D, timeframe: str, length: int) -> Int1D:
    """Return the number of the interval (start, end] that each bar closes in."""
    if timeframe == "1mo":
        months = (ts_ns - 1).astype("datetime64[ns]").astype("datetime64[M]")
        return np.asarray(months.astype(np.int64))
    shift = WEEK_SHIFT_NS if timeframe == "1w" else 0
    return (ts_ns - 1 + shift) // length


def _grouped(bars: Bars, starts: Int1D, ends: Int1D, stamps: Int1D) -> Bars:
    high, low, volume = _extremes(bars.high, bars.low, bars.volume, starts, ends)
    return Bars(stamps, bars.open[starts], high, low, bars.close[ends - 1], volume, _checked=True)


@njit(cache=True, nogil=True)
def _extremes(
    high: Float1D, low: Float1D, volume: Float1D, starts: Int1D, ends: Int1D
) -> tuple[Float1D, Float1D, Float1D]:
    n_groups = starts.shape[0]
    highest = np.empty(n_groups)
    lowest = np.empty(n_groups)
    total = np.empty(n_groups)
    for group in range(n_groups):
        first = starts[group]
        top, bottom, traded = high[first], low[first], volume[first]
        for i in range(first + 1, ends[group]):
            top = max(top, high[i])
            bottom = min(bottom, low[i])
            traded += volume[i]
        highest[group], lowest[group], total[group] = top, bottom, traded
    return highest, lowest, total
