"""Days and times as option files write them."""

import math
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from market.engine.sessions import sessions_between
from market.engine.timeframes import DAY_NS, SECOND_NS

NEW_YORK = ZoneInfo("America/New_York")
CALENDAR = "XNYS"
DAY_FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%Y/%m/%d",
    "%a %b %d %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d.%m.%Y",
)
CLOCK_FORMATS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
ZONE_WORDS = re.compile(r"\s+(EDT|EST|ET)$", re.IGNORECASE)
EPOCH = re.compile(r"\d{10}(\d{3})?(\.0+)?")
MILLISECOND_DIGITS = 13
CLOSING_HOUR = 16


class Moment(NamedTuple):
    """A moment, and whether the text named only its day; then it is the close of that day."""

    at_ns: int
    is_day: bool


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """Return the day that a text names, in any common format; None if it names none."""
    bare = re.sub(r"\s+", " ", text.strip())
    if re.match(r"\d{4}-\d\d-\d\d[T ]", bare):
        bare = bare[:10]
    bare = bare.removesuffix(".0")
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(bare, form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


@lru_cache(maxsize=4096)
def moment_of(text: str) -> Moment | None:
    """Return the moment that a text names; times without a zone are New York's.

    Notes
    -----
    Ten digits are seconds since 1970, thirteen milliseconds. A day alone is its close.
    """
    bare = ZONE_WORDS.sub("", re.sub(r"\s+", " ", text.strip()))
    if EPOCH.fullmatch(bare):
        digits = bare.split(".")[0]
        scale = 10**6 if len(digits) == MILLISECOND_DIGITS else SECOND_NS
        return Moment(int(digits) * scale, is_day=False)
    day = None if re.match(r"\d{4}-\d\d-\d\d[T ]", bare) else day_of(bare)
    if day is not None:
        return Moment(close_of(day), is_day=True)
    moment = _time_of(bare)
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)
    return Moment(math.floor(aware.timestamp() * 10**6) * 1000, is_day=False)


def close_of(day: date) -> int:
    """Return when the options market closes on a day, nanoseconds UTC; 16:00 where it is shut."""
    utc = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start_ns = int(utc.timestamp()) * SECOND_NS
    opens, closes = sessions_between(CALENDAR, start_ns, start_ns + DAY_NS - 1)
    if opens.size:
        return int(closes[0])
    at = datetime(day.year, day.month, day.day, CLOSING_HOUR, tzinfo=NEW_YORK)
    return int(at.timestamp()) * SECOND_NS


def day_in_new_york(at_ns: int) -> date:
    """Return the day of a moment in New York."""
    return datetime.fromtimestamp(at_ns / SECOND_NS, tz=NEW_YORK).date()


def previous_session_day(at_ns: int) -> date:
    """Return the day of the latest session before the day of a moment: that of open interest.

    Raises
    ------
    ValueError
        If the moment lies outside the known calendar.
    """
    day = day_in_new_york(at_ns)
    start_ns = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND_NS
    opens, _ = sessions_between(CALENDAR, start_ns - 14 * DAY_NS, start_ns - 1)
    if not opens.size:
        raise ValueError(f"no sessions known around {day}")
    days = np.array([day_in_new_york(int(one)) for one in opens])
    return max(one for one in days if one < day)


def _time_of(bare: str) -> datetime | None:
    try:
        return datetime.fromisoformat(bare)
    except ValueError:
        pass
    for separator in (" at ", " @ ", " "):
        head, found, tail = bare.partition(separator) if separator != " " else _split(bare)
        day = day_of(head) if found else None
        if day is None:
            continue
        for form in CLOCK_FORMATS:
            try:
                clock = datetime.strptime(tail.strip(), form).time()  # noqa: DTZ007 -- put on a day below
            except ValueError:
                continue
            return datetime.combine(day, clock)
    return None


def _split(bare: str) -> tuple[str, str, str]:
    """Part a text before its clock: the first word with a colon."""
    found = re.search(r"\s\d{1,2}:", bare)
    return (bare, "", "") if found is None else (bare[: found.start()], " ", bare[found.start() :])
