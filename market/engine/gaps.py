"""Bars that a calendar expects and a series does not have."""

from dataclasses import dataclass

import numpy as np

from market.engine.bars import Bars, Int1D
from market.engine.sessions import ALWAYS, sessions_between
from market.engine.timeframes import DAY_NS, timeframe_ns


@dataclass(frozen=True)
class Gap:
    """Neighbouring bars that are missing while the market was open.

    Parameters
    ----------
    starts_ns, ends_ns : int, nanoseconds UTC
        Open of the first missing bar and close of the last.
    n_missing : int
        Bars missing.
    """

    starts_ns: int
    ends_ns: int
    n_missing: int


def find_gaps(bars: Bars, timeframe: str, calendar: str) -> list[Gap]:
    """Return the gaps of a series in order of time.

    Parameters
    ----------
    bars : Bars[n_bars]
        Stamped by their close (a series stamped by its open is understood, too).
    timeframe : str
        Length of the bars.
    calendar : str
        When the market is open.

    Raises
    ------
    ValueError
        If timeframe or calendar is unknown.

    Notes
    -----
    Expected are all bars of the sessions between the first and the last bar; weeks and months are
    judged by days of their length. A thinly traded instrument has gaps without any fault.
    """
    return gaps_between(bars.ts_ns, timeframe, calendar)


def gaps_between(ts_ns: Int1D, timeframe: str, calendar: str) -> list[Gap]:
    """Return the gaps of a series of which only the times are known; see `find_gaps`.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
        Closes, strictly increasing, at least one.
    timeframe, calendar : str
        Length of the bars; when the market is open.
    """
    length = timeframe_ns(timeframe)
    if length > DAY_NS:
        return _by_distance(ts_ns, length)
    if calendar == ALWAYS and (np.diff(ts_ns) == length).all():
        return []  # no need to write down millions of expected bars
    opens, closes = sessions_between(calendar, int(ts_ns[0]), int(ts_ns[-1]))
    if length == DAY_NS:
        return _missing_days(ts_ns, opens, closes)
    starts, ends = expected_bars(opens, closes, length)
    by_close = _is_missing(ts_ns, starts + 1, ends + 1)
    by_open = _is_missing(ts_ns, starts, ends)
    missing = by_close if by_close.sum() <= by_open.sum() else by_open
    inside = (ends >= ts_ns[0]) & (starts < ts_ns[-1])
    return _runs(missing & inside, starts, ends)


def expected_bars(opens: Int1D, closes: Int1D, length_ns: int) -> tuple[Int1D, Int1D]:
    """Return open and close of each bar of the sessions; the last of a session may be shorter.

    Parameters
    ----------
    opens, closes : int64[n_sessions], nanoseconds UTC
        Sessions.
    length_ns : int, nanoseconds
        Length of a bar.
    """
    counts = -(-(closes - opens) // length_ns)
    session = np.repeat(np.arange(opens.size), counts)
    first = np.cumsum(counts) - counts
    starts = opens[session] + (np.arange(session.size) - first[session]) * length_ns
    return starts, np.minimum(starts + length_ns, closes[session])


def _missing_days(ts_ns: Int1D, opens: Int1D, closes: Int1D) -> list[Gap]:
    """Daily bars carry the date of their session, at whatever hour they are stamped."""
    dates = (closes - 1) // DAY_NS
    present = np.unique((ts_ns - 1) // DAY_NS)
    missing = ~np.isin(dates, present) & (dates >= present[0]) & (dates <= present[-1])
    return _runs(missing, opens, closes)


def _is_missing(
    ts_ns: Int1D, starts: Int1D, ends: Int1D
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether no stamp lies in each half-open interval."""
    return np.searchsorted(ts_ns, starts) == np.searchsorted(ts_ns, ends)


def _runs(
    missing: np.ndarray[tuple[int], np.dtype[np.bool_]], starts: Int1D, ends: Int1D
) -> list[Gap]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
    return [
        Gap(int(starts[first]), int(ends[stop - 1]), int(stop - first))
        for first, stop in edges.reshape(-1, 2)
    ]


def _by_distance(ts_ns: Int1D, length: int) -> list[Gap]:
    steps = np.diff(ts_ns)
    return [
        Gap(int(ts_ns[i]), int(ts_ns[i + 1]), round(int(steps[i]) / length) - 1)
        for i in np.flatnonzero(steps > 1.5 * length)
    ]
