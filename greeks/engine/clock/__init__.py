"""Expiry clocks: the instants at which options expire, and the years until then."""

from greeks.engine.clock.expiries import (
    AM_SETTLED_ROOTS,
    Expiry,
    Settlement,
    expiry_days,
    expiry_of,
    listed_expiry_days,
    monthly_expiry,
    settlement_of,
    third_friday,
    volatility_index_expiry,
)
from greeks.engine.clock.sessions import days_until_close
from greeks.engine.clock.years import CalendarClock, Clock, SessionClock, TimeToExpiry

__all__ = [
    "AM_SETTLED_ROOTS",
    "CalendarClock",
    "Clock",
    "Expiry",
    "SessionClock",
    "Settlement",
    "TimeToExpiry",
    "days_until_close",
    "expiry_days",
    "expiry_of",
    "listed_expiry_days",
    "monthly_expiry",
    "settlement_of",
    "third_friday",
    "volatility_index_expiry",
]
