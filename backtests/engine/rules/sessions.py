"""Local time of day, for rules that trade only during some hours."""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from backtests.engine.rules.tree import Session
from market.engine.bars import Int1D

SECOND_NS = 1_000_000_000
DAY = 86_400  # seconds
FIRST_WEEKDAY = 3  # 1 January 1970 was a Thursday

Bool1D = npt.NDArray[np.bool_]


def session_masks(ts_ns: Int1D, session: Session) -> tuple[Bool1D, Bool1D]:
    """Return where entries are allowed and where positions must end, bool[n_bars] each.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
        Close of each bar.
    session : Session

    Notes
    -----
    A bar is placed by its close: it belongs to the session if start < close <= end in local
    time. Positions end on the bar before the one that is expected to close at or after the end
    (bars are expected to go on at the pace of the latest two), so that the order is filled
    inside the session, and on every bar outside it.
    """
    seconds = ts_ns // SECOND_NS
    local = seconds + utc_offsets(seconds, session.zone)
    # A bar that closes at midnight belongs to the day before, at its minute 1440.
    day, second = (local - 1) // DAY, (local - 1) % DAY + 1
    is_day = np.isin((day + FIRST_WEEKDAY) % 7, session.days)
    is_inside = is_day & (second > session.start * 60) & (second <= session.end * 60)
    is_last = ~is_inside | (second + _pace(seconds, day) >= session.end * 60)
    may_enter = is_inside & ~is_last if session.is_flat_at_end else is_inside
    return may_enter, is_last & session.is_flat_at_end


def _pace(seconds: Int1D, day: Int1D) -> Int1D:
    """Return the latest distance of two bars of one day known at each bar, else a whole day."""
    is_same_day = np.diff(day, prepend=day[0] - 1) == 0
    latest = np.maximum.accumulate(np.where(is_same_day, np.arange(day.size), 0))
    step = np.diff(seconds, prepend=seconds[0] - DAY)
    return np.where(latest > 0, step[latest], DAY)


def utc_offsets(seconds: Int1D, zone: str) -> Int1D:
    """Return the offset of a zone from UTC at each time, int64[n] seconds."""
    starts, offsets = _transitions(int(seconds[0]) // DAY, int(seconds[-1]) // DAY + 1, zone)
    return offsets[np.searchsorted(starts, seconds, side="right") - 1]


@lru_cache(maxsize=64)
def _transitions(first_day: int, last_day: int, zone: str) -> tuple[Int1D, Int1D]:
    """Find by bisection the seconds at which a zone changes its offset within some days."""
    info = ZoneInfo(zone)

    def offset(second: int) -> int:
        passed = datetime.fromtimestamp(second, UTC).astimezone(info).utcoffset()
        return int(passed.total_seconds()) if passed else 0

    days = [day * DAY for day in range(first_day, last_day + 1)]
    starts, offsets = [days[0]], [offset(days[0])]
    for before, day in pairwise(days):
        low, high, after = before, day, offset(day)
        if after == offsets[-1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if offset(middle) == after else (middle, high)
        starts.append(high)
        offsets.append(after)
    return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64)
