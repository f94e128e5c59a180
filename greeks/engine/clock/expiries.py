"""When options expire: the days of the listed cycles, and the instant within the day."""

from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from greeks.engine.clock.sessions import is_session, previous_session, session_hours

FRIDAY = 4
DAYS_BEFORE_NEXT_MONTHLY = 30

AM_SETTLED_ROOTS = frozenset({"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW", "MXEA", "MXEF"})
"""Index options that fix at the opening prices of their last day; every other root at its close."""


class Settlement(Enum):
    """When the price that settles an option is fixed on its last day."""

    AM = "AM"
    """At the open: trading stops at the close of the session before."""
    PM = "PM"
    """At the close."""


class Expiry(NamedTuple):
    """One expiry of a root: its day, instants in nanoseconds UTC, and cycle."""

    day: date
    settlement: Settlement
    expires_ns: int
    latest_trade_ns: int
    is_monthly: bool


def settlement_of(root: str) -> Settlement:
    """Return how options of an OCC root settle.

    Notes
    -----
    Source: Cboe, Index Options Benefits and contract specifications of each root.
    """
    return Settlement.AM if root.strip().upper() in AM_SETTLED_ROOTS else Settlement.PM


def expiry_of(day: date, *, settlement: Settlement = Settlement.PM) -> Expiry:
    """Return the instants of an expiry on `day`.

    Parameters
    ----------
    day : date
        The day in the option's symbol; if the market is closed (Saturdays until 2015, holidays)
        the session before it counts.
    settlement : Settlement
        PM expires at the close, 13:00 on a half day; AM at the open, 09:30 in New York.
    """
    last_day = day if is_session(day) else previous_session(day)
    opens_ns, closes_ns = session_hours(last_day)
    if settlement is Settlement.PM:
        expires_ns = latest_trade_ns = closes_ns
    else:
        expires_ns = opens_ns
        latest_trade_ns = session_hours(previous_session(last_day))[1]
    is_monthly = monthly_expiry(day.year, day.month) == last_day
    return Expiry(last_day, settlement, expires_ns, latest_trade_ns, is_monthly)


def third_friday(year: int, month: int) -> date:
    """Return the third Friday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def monthly_expiry(year: int, month: int) -> date:
    """Return the monthly expiry: the third Friday, or the session before it on a holiday."""
    return _session_on_or_before(third_friday(year, month))


def volatility_index_expiry(year: int, month: int) -> date:
    """Return the expiry of VIX options: 30 days before the next month's monthly expiry.

    Notes
    -----
    If that day or that Friday is a holiday, the session before. Source: Cboe, VIX options
    contract specifications, "Expiration date".
    """
    next_year, next_month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 -- December
    monthly = monthly_expiry(next_year, next_month)
    return _session_on_or_before(monthly - timedelta(days=DAYS_BEFORE_NEXT_MONTHLY))


def expiry_days(
    first: date, last: date, *, weekdays: frozenset[int] = frozenset({FRIDAY})
) -> list[date]:
    """Return the expiry days in [first, last]: weeklies on `weekdays`, which include monthlies.

    Parameters
    ----------
    weekdays : set of int
        0 Monday to 4 Friday; all five for an index with daily expiries, none for monthlies only.

    Notes
    -----
    A weekly that falls on a holiday expires on the session before.
    """
    n_days = (last - first).days + 8
    days = [first + timedelta(days=n) for n in range(n_days)]
    listed = {_session_on_or_before(day) for day in days if day.weekday() in weekdays}
    months = {(day.year, day.month) for day in days}
    listed |= {monthly_expiry(year, month) for year, month in months}
    return sorted(day for day in listed if first <= day <= last)


def listed_expiry_days(
    on: date, *, n_weeks: int = 8, n_months: int = 12, is_daily: bool = False
) -> list[date]:
    """Return the expiry days an exchange would list on a day.

    Parameters
    ----------
    on : date
        The first day that may be an expiry.
    n_weeks, n_months : int
        How far weeklies and monthlies reach.
    is_daily : bool
        Whether every session of the weeks is an expiry (the large indices), not only Fridays.
    """
    weekdays = frozenset(range(5)) if is_daily else frozenset({FRIDAY})
    weekly = expiry_days(on, on + timedelta(weeks=n_weeks), weekdays=weekdays)
    month_numbers = on.year * 12 + on.month - 1 + np.arange(n_months + 1)
    monthly = [monthly_expiry(int(n // 12), int(n % 12) + 1) for n in month_numbers]
    return sorted(set(weekly) | {day for day in monthly if day >= on})


@lru_cache(maxsize=4096)
def _session_on_or_before(day: date) -> date:
    return day if is_session(day) else previous_session(day)
