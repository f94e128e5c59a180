"""Sessions of the New York options market, in nanoseconds UTC."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CALENDAR = "XNYS"
FIRST_NS = np.datetime64("1990-01-01", "ns").astype(np.int64)
LAST_NS = np.datetime64("2040-12-31", "ns").astype(np.int64)
NS_PER_DAY = 86_400 * 10**9
UNIX_DAY_ZERO = date(1970, 1, 1).toordinal()

Int1D = npt.NDArray[np.int64]


class Sessions(NamedTuple):
    """Every session, ascending: its day (days since 1970), open and close (nanoseconds UTC)."""

    day: Int1D
    open: Int1D
    close: Int1D


@lru_cache(maxsize=1)
def sessions() -> Sessions:
    """Return the sessions of 1990 to 2040, early closes included."""
    from market.engine.sessions import sessions_between  # noqa: PLC0415 -- slow import (pandas)

    opens, closes = sessions_between(CALENDAR, int(FIRST_NS), int(LAST_NS))
    return Sessions(opens // NS_PER_DAY, opens, closes)


def is_session(day: date) -> bool:
    """Return whether the market opens on `day`."""
    place = _place(day)
    return bool(place < sessions().day.size and sessions().day[place] == _day_number(day))


def previous_session(day: date) -> date:
    """Return the latest session day before `day`.

    Raises
    ------
    ValueError
        If `day` lies outside 1990 to 2040.
    """
    place = _place(day)
    if not 0 < place < sessions().day.size:
        raise ValueError(f"no sessions known around {day}")
    return date.fromordinal(int(sessions().day[place - 1]) + UNIX_DAY_ZERO)


def session_hours(day: date) -> tuple[int, int]:
    """Return open and close of a session, nanoseconds UTC.

    Raises
    ------
    ValueError
        If the market is closed on `day`.
    """
    if not is_session(day):
        raise ValueError(f"the market is closed on {day}")
    place = _place(day)
    return int(sessions().open[place]), int(sessions().close[place])


def days_until_close(now_ns: int) -> float:
    """Return calendar days from now to the next close of the market, above 0.

    Raises
    ------
    ValueError
        If `now_ns` (nanoseconds UTC) lies after 2040.
    """
    place = int(np.searchsorted(sessions().close, now_ns, side="right"))
    if place == sessions().close.size:
        raise ValueError("no sessions known after 2040")
    return float((sessions().close[place] - now_ns) / NS_PER_DAY)


def session_seconds_until(instants_ns: Int1D) -> npt.NDArray[np.float64]:
    """Return seconds of open market from the first known session to each instant."""
    opens, closes = sessions().open, sessions().close
    before = np.concatenate([[0], np.cumsum(closes - opens)])
    latest = np.searchsorted(opens, instants_ns, side="right") - 1
    at = np.maximum(latest, 0)
    inside = np.clip(instants_ns - opens[at], 0, closes[at] - opens[at])
    return (before[at] + inside) / 1e9


def _place(day: date) -> int:
    return int(np.searchsorted(sessions().day, _day_number(day)))


def _day_number(day: date) -> int:
    return day.toordinal() - UNIX_DAY_ZERO
