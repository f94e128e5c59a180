"""Time: aware datetimes in the database, int64 nanoseconds UTC in the engines."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_ns(moment: datetime) -> int:
    """Return an aware datetime as nanoseconds since 1970 UTC.

    Raises
    ------
    ValueError
        If `moment` has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not a moment")
    return ((moment - EPOCH) // MICROSECOND) * 1000


def from_ns(ts_ns: int) -> datetime:
    """Return nanoseconds since 1970 UTC as an aware datetime; below a microsecond is cut off."""
    return EPOCH + timedelta(microseconds=int(ts_ns) // 1000)


def start_of_day(day: date, zone: tzinfo, *, later: int = 0) -> datetime:
    """Return midnight of `day` (or `later` days after it) in `zone`, as UTC.

    Raises
    ------
    OverflowError
        If that lies before the year 1 or after 9999.
    """
    return datetime.combine(day + timedelta(days=later), time(), tzinfo=zone).astimezone(UTC)
