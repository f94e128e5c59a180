"""Time to expiry as a policy: what counts as time, and how much of it is a year."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, StatusArray
from greeks.engine.clock.sessions import session_seconds_until
from greeks.engine.status import Status
from greeks.engine.units import DAYS_PER_YEAR

SECONDS_PER_YEAR = DAYS_PER_YEAR * 86_400.0
SESSION_SECONDS_PER_YEAR = 252.0 * 390.0 * 60.0
ONE_MINUTE_YEARS = 60.0 / SECONDS_PER_YEAR


class TimeToExpiry(NamedTuple):
    """Years left, float64[...]; where `is_floored`, raised to the clock's shortest time.

    `status` is int8[...], `OK` or `EXPIRED`. Expired contracts have the years 0 at the instant
    itself and below 0 after it; they are never raised.
    """

    years: FloatArray
    is_floored: npt.NDArray[np.bool_]
    status: StatusArray


class Clock(Protocol):
    """How the time to an expiry is counted; `label` goes wherever its volatilities are shown."""

    @property
    def label(self) -> str:
        """The policy in a few words."""

    def years(self, now_ns: int, expires_ns: npt.ArrayLike) -> TimeToExpiry:
        """Return the time from now to each expiry instant, both nanoseconds UTC."""


@dataclass(frozen=True, slots=True)
class CalendarClock:
    """Every second counts alike; a year has 365 days (ACT/365, to the second).

    `min_years` is the shortest time an unexpired contract is given, one minute by default.
    """

    min_years: float = ONE_MINUTE_YEARS

    @property
    def label(self) -> str:
        """The policy in a few words."""
        return "calendar time, ACT/365 to the second"

    def years(self, now_ns: int, expires_ns: npt.ArrayLike) -> TimeToExpiry:
        """Return the calendar time from now to each expiry instant, both nanoseconds UTC."""
        return _with_status(_calendar_years(now_ns, expires_ns), None, self.min_years)


@dataclass(frozen=True, slots=True)
class SessionClock:
    """Open hours carry `session_share` of a year's variance, all other hours the rest.

    With 1 (the default) only open hours count: 252 days of 390 minutes are a year. Early closes
    and holidays are those of the New York calendar. `min_years` is the shortest time an unexpired
    contract is given: one minute of a session, of 252 x 390 a year.
    """

    session_share: float = 1.0
    min_years: float = 1.0 / (252.0 * 390.0)

    def __post_init__(self) -> None:
        """Refuse a share that is none.

        Raises
        ------
        ValueError
            If `session_share` lies outside (0, 1].
        """
        if not 0.0 < self.session_share <= 1.0:
            raise ValueError("session_share must be above 0 and at most 1")

    @property
    def label(self) -> str:
        """The policy in a few words."""
        if self.session_share == 1.0:
            return "trading time, 252 days of 390 minutes"
        return f"weighted time, {self.session_share:.0%} of variance in sessions"

    def years(self, now_ns: int, expires_ns: npt.ArrayLike) -> TimeToExpiry:
        """Return the weighted time from now to each expiry instant, both nanoseconds UTC."""
        expires = np.asarray(expires_ns, dtype=np.int64)
        calendar = _calendar_years(now_ns, expires)
        (start,) = session_seconds_until(np.array([now_ns], dtype=np.int64))
        in_session = session_seconds_until(expires.reshape(-1)).reshape(expires.shape) - start
        between = calendar * SECONDS_PER_YEAR - in_session
        off_session_year = SECONDS_PER_YEAR - SESSION_SECONDS_PER_YEAR
        weighted = self.session_share * in_session / SESSION_SECONDS_PER_YEAR
        weighted = weighted + (1.0 - self.session_share) * between / off_session_year
        return _with_status(calendar, weighted, self.min_years)


def _calendar_years(now_ns: int, expires_ns: npt.ArrayLike) -> FloatArray:
    left = np.asarray(expires_ns, dtype=np.int64) - np.int64(now_ns)
    return np.asarray(left / 1e9 / SECONDS_PER_YEAR, dtype=np.float64)


def _with_status(
    calendar: FloatArray, weighted: FloatArray | None, min_years: float
) -> TimeToExpiry:
    """Raise short times to the floor; whether an instant has passed is the calendar's to say."""
    is_expired = calendar <= 0.0
    counted = calendar if weighted is None else np.where(is_expired, calendar, weighted)
    is_floored = ~is_expired & (counted < min_years)
    years = np.where(is_floored, min_years, counted)
    status = np.where(is_expired, Status.EXPIRED, Status.OK).astype(np.int8)
    return TimeToExpiry(years, is_floored, status)
