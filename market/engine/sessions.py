"""When a market is open: sessions of exchange calendars in nanoseconds UTC."""

from functools import lru_cache

import numpy as np
import pandas as pd

from market.engine.bars import Int1D
from market.engine.timeframes import DAY_NS

ALWAYS = "24/7"
WEEKDAYS = "24/5"
CALENDARS = (ALWAYS, WEEKDAYS, "XNYS", "XNAS", "CME_Equity", "XLON", "XETR", "XPAR", "XTKS", "XHKG")
MONDAY_SHIFT = 3  # 1970-01-01 was a Thursday
SATURDAY = 5


def sessions_between(calendar: str, first_ns: int, last_ns: int) -> tuple[Int1D, Int1D]:
    """Return opens and closes of the sessions that overlap ``[first_ns, last_ns]``.

    Parameters
    ----------
    calendar : str
        One of `CALENDARS`.
    first_ns, last_ns : int, nanoseconds UTC
        From 1980 to 2040 for exchange calendars.

    Returns
    -------
    opens, closes : int64[n_sessions], nanoseconds UTC

    Raises
    ------
    ValueError
        If the calendar is unknown.

    Notes
    -----
    Holidays, half days and daylight saving are those of **Source** pandas-market-calendars.
    """
    if calendar not in CALENDARS:
        raise ValueError(f"calendar must be one of {', '.join(CALENDARS)}, not {calendar!r}")
    if calendar in (ALWAYS, WEEKDAYS):
        days = np.arange(first_ns // DAY_NS, last_ns // DAY_NS + 1)
        if calendar == WEEKDAYS:
            days = days[(days + MONDAY_SHIFT) % 7 < SATURDAY]
        return days * DAY_NS, (days + 1) * DAY_NS
    opens, closes = _schedule(calendar)
    chosen = slice(np.searchsorted(closes, first_ns), np.searchsorted(opens, last_ns, "right"))
    return opens[chosen], closes[chosen]


def infer_calendar(ts_ns: Int1D) -> str:
    """Return the calendar that timestamps suggest: weekend bars mean 24/7, else New York.

    Notes
    -----
    A guess to start a form with. Weekday bars outside 09:00 to 22:00 UTC mean 24/5.
    """
    days = (ts_ns - 1) // DAY_NS
    if ((days + MONDAY_SHIFT) % 7 >= SATURDAY).mean() > 0.05:  # noqa: PLR2004 -- a stray Saturday is no market
        return ALWAYS
    hours = ((ts_ns - 1) % DAY_NS) // (DAY_NS // 24)
    is_intraday = np.unique(ts_ns % DAY_NS).size > 2  # noqa: PLR2004 -- daily stamps move with daylight saving
    if is_intraday and ((hours < 8) | (hours >= 22)).mean() > 0.1:  # noqa: PLR2004 -- a tenth at night
        return WEEKDAYS
    return "XNYS"


@lru_cache(maxsize=len(CALENDARS))
def _schedule(calendar: str) -> tuple[Int1D, Int1D]:
    import pandas_market_calendars as calendars  # noqa: PLC0415 -- slow import (0.8 s)

    schedule = calendars.get_calendar(calendar).schedule("1980-01-01", "2040-12-31")
    return _ns(schedule["market_open"]), _ns(schedule["market_close"])


def _ns(moments: "pd.Series[pd.Timestamp]") -> Int1D:
    return pd.DatetimeIndex(moments).as_unit("ns").asi8
