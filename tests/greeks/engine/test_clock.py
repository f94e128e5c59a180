from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from greeks.engine.clock import (
    CalendarClock,
    SessionClock,
    Settlement,
    days_until_close,
    expiry_days,
    expiry_of,
    listed_expiry_days,
    monthly_expiry,
    settlement_of,
    volatility_index_expiry,
)
from greeks.engine.status import Status

NEW_YORK = ZoneInfo("America/New_York")


def ns(year, month, day, hour=0, minute=0):
    """Nanoseconds UTC of a wall clock in New York."""
    moment = datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)
    return int(moment.astimezone(UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("day", "settlement", "expected"),
    [
        pytest.param(date(2024, 1, 19), "PM", ns(2024, 1, 19, 16), id="winter close"),
        pytest.param(date(2024, 7, 19), "PM", ns(2024, 7, 19, 16), id="summer close"),
        pytest.param(date(2024, 7, 3), "PM", ns(2024, 7, 3, 13), id="half day"),
        pytest.param(date(2024, 11, 29), "PM", ns(2024, 11, 29, 13), id="day after Thanksgiving"),
        pytest.param(date(2024, 1, 19), "AM", ns(2024, 1, 19, 9, 30), id="opening prices"),
        pytest.param(date(2014, 1, 18), "PM", ns(2014, 1, 17, 16), id="Saturday of old"),
        pytest.param(date(2022, 4, 15), "PM", ns(2022, 4, 14, 16), id="Good Friday"),
    ],
)
def test_expiry_of_known_days_gives_the_instant(day, settlement, expected):
    assert expiry_of(day, settlement=Settlement(settlement)).expires_ns == expected


def test_expiry_of_am_settled_trades_until_the_day_before():
    expiry = expiry_of(date(2024, 1, 19), settlement=Settlement.AM)

    assert expiry.latest_trade_ns == ns(2024, 1, 18, 16)
    assert expiry.is_monthly


@pytest.mark.parametrize(
    ("root", "expected"), [("SPX", "AM"), ("SPXW", "PM"), ("VIX", "AM"), ("AAPL", "PM")]
)
def test_settlement_of_root(root, expected):
    assert settlement_of(root) == Settlement(expected)


@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [
        pytest.param(2024, 1, date(2024, 1, 19), id="third Friday"),
        pytest.param(2019, 4, date(2019, 4, 18), id="Good Friday 2019"),
        pytest.param(2022, 4, date(2022, 4, 14), id="Good Friday 2022"),
        pytest.param(2026, 6, date(2026, 6, 18), id="Juneteenth on the third Friday"),
    ],
)
def test_monthly_expiry_holiday_moves_it_forward(year, month, expected):
    assert monthly_expiry(year, month) == expected


@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [
        pytest.param(2024, 1, date(2024, 1, 17), id="30 days before 2024-02-16"),
        pytest.param(2024, 12, date(2024, 12, 18), id="30 days before 2025-01-17"),
        pytest.param(2019, 3, date(2019, 3, 19), id="Tuesday, for Good Friday in April"),
    ],
)
def test_volatility_index_expiry(year, month, expected):
    assert volatility_index_expiry(year, month) == expected


def test_expiry_days_weeklies_of_a_month_with_a_holiday():
    days = expiry_days(date(2024, 3, 1), date(2024, 3, 31))

    expected = [date(2024, 3, day) for day in (1, 8, 15, 22, 28)]
    assert days == expected


def test_expiry_days_without_weekdays_are_monthlies():
    days = expiry_days(date(2024, 1, 1), date(2024, 3, 31), weekdays=frozenset())

    assert days == [date(2024, 1, 19), date(2024, 2, 16), date(2024, 3, 15)]


def test_listed_expiry_days_daily_index_lists_each_session_then_monthlies():
    days = listed_expiry_days(date(2024, 7, 1), n_weeks=1, n_months=2, is_daily=True)

    week = [date(2024, 7, day) for day in (1, 2, 3, 5, 8)]
    assert days == [*week, date(2024, 7, 19), date(2024, 8, 16), date(2024, 9, 20)]


def test_clocks_zero_days_at_the_open_differ_as_they_should():
    """At 09:30 on the last day: 6.5 of 8,760 hours, or one of 252 days."""
    now, close = ns(2024, 1, 19, 9, 30), expiry_of(date(2024, 1, 19)).expires_ns

    calendar, trading = (clock.years(now, close) for clock in (CalendarClock(), SessionClock()))

    assert calendar.years == pytest.approx(6.5 / 8760.0)
    assert trading.years == pytest.approx(1.0 / 252.0)
    assert not calendar.is_floored


def test_session_clock_over_a_weekend_counts_sessions_only():
    """Friday 15:00 to Monday 16:00: one hour and a day; a half day has 210 minutes."""
    expiries = [expiry_of(day).expires_ns for day in (date(2024, 1, 22), date(2024, 7, 3))]

    weekend = SessionClock().years(ns(2024, 1, 19, 15), expiries[0]).years
    half_day = SessionClock().years(ns(2024, 7, 2, 16), expiries[1]).years

    assert weekend == pytest.approx((60.0 + 390.0) / (252.0 * 390.0))
    assert half_day == pytest.approx(210.0 / (252.0 * 390.0))


def test_session_clock_share_splits_a_day_between_open_and_closed_hours():
    now, close = ns(2024, 1, 17, 16), ns(2024, 1, 18, 16)

    years = SessionClock(session_share=0.7).years(now, close).years

    session_hours, other_hours = 252.0 * 6.5, 8760.0 - 252.0 * 6.5
    assert years == pytest.approx(0.7 * 6.5 / session_hours + 0.3 * 17.5 / other_hours)


@pytest.mark.parametrize("clock", [CalendarClock(), SessionClock()])
def test_clock_around_the_instant_floors_then_expires(clock):
    close = expiry_of(date(2024, 1, 19)).expires_ns

    left = clock.years(close - 10**9, [close, close - 2 * 10**9])
    at = clock.years(close, close)

    assert left.is_floored.tolist() == [True, False]
    assert left.years[0] == clock.min_years
    assert left.years[1] < 0.0
    assert left.status.tolist() == [Status.OK, Status.EXPIRED]
    assert (at.years, at.status) == (0.0, Status.EXPIRED)


def test_session_clock_before_the_open_is_floored_not_expired():
    """An AM-settled option at night, after the latest session before its open."""
    expiry = expiry_of(date(2024, 1, 19), settlement=Settlement.AM)

    left = SessionClock().years(ns(2024, 1, 19, 3), expiry.expires_ns)

    assert left.is_floored
    assert left.status == Status.OK


def test_clock_across_daylight_saving_counts_true_hours():
    """From Saturday 16:00 to Sunday 16:00 in March are 23 hours."""
    years = CalendarClock().years(ns(2024, 3, 9, 16), ns(2024, 3, 10, 16)).years

    assert years == pytest.approx(23.0 / 8760.0)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        pytest.param(ns(2024, 1, 19, 9, 30), 6.5, id="at the open"),
        pytest.param(ns(2024, 7, 3, 9, 30), 3.5, id="half day"),
        pytest.param(ns(2024, 1, 19, 16), 72.0, id="at Friday's close: Monday's"),
        pytest.param(ns(2024, 1, 20, 16), 48.0, id="Saturday"),
    ],
)
def test_days_until_close_by_hand(now, hours):
    assert days_until_close(now) == pytest.approx(hours / 24.0)


def test_clock_labels_differ():
    labels = {c.label for c in (CalendarClock(), SessionClock(), SessionClock(session_share=0.7))}

    assert len(labels) == 3


@pytest.mark.parametrize("share", [0.0, 1.5, np.nan])
def test_session_clock_impossible_share_raises(share):
    with pytest.raises(ValueError, match="session_share"):
        SessionClock(session_share=share)
