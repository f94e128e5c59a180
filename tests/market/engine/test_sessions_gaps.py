"""Market hours and what is missing in them."""

from datetime import UTC, datetime

import numpy as np
import pytest

from market.engine import Bars, find_gaps, infer_calendar, infer_timeframe, sessions_between
from market.engine.gaps import expected_bars

MINUTE = 60 * 10**9
DAY = 1440 * MINUTE


def ns(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 10**9


def flat(ts_ns):
    one = np.ones(len(ts_ns))
    return Bars(np.asarray(ts_ns, np.int64), one, one, one, one, one)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        # New York Stock Exchange, hours and calendar; UTC
        pytest.param((2024, 1, 2), (14, 30), (21, 0), id="winter"),
        pytest.param((2024, 7, 2), (13, 30), (20, 0), id="summer"),
        pytest.param((2026, 11, 27), (14, 30), (18, 0), id="half day after Thanksgiving"),
    ],
)
def test_sessions_new_york_hours(day, opens, closes):
    starts, ends = sessions_between("XNYS", ns(*day), ns(*day, 23, 59))

    assert (list(starts), list(ends)) == ([ns(*day, *opens)], [ns(*day, *closes)])


def test_sessions_holiday_and_weekend_have_none():
    starts, _ = sessions_between("XNYS", ns(2024, 7, 4), ns(2024, 7, 4, 23, 59))
    weekend, _ = sessions_between("24/5", ns(2024, 7, 6), ns(2024, 7, 7, 23, 59))

    assert (starts.size, weekend.size) == (0, 0)


def test_sessions_unknown_calendar_is_refused():
    with pytest.raises(ValueError, match="calendar must be one of"):
        sessions_between("MOON", 0, 1)


def test_expected_bars_of_a_day_by_the_hour_end_with_half_an_hour():
    opens, closes = sessions_between("XNYS", ns(2024, 1, 2), ns(2024, 1, 2, 23))

    starts, ends = expected_bars(opens, closes, 60 * MINUTE)

    assert (starts.size, ends[-1] - starts[-1]) == (7, 30 * MINUTE)


def whole_day(stamp_open=False):
    opens, closes = sessions_between("XNYS", ns(2024, 1, 2), ns(2024, 1, 3, 23))
    starts, ends = expected_bars(opens, closes, MINUTE)
    return starts if stamp_open else ends


@pytest.mark.parametrize("stamp_open", [False, True])
def test_find_gaps_whole_sessions_have_none(stamp_open):
    assert find_gaps(flat(whole_day(stamp_open)), "1m", "XNYS") == []


def test_find_gaps_names_the_missing_minutes():
    stamps = np.delete(whole_day(), slice(60, 74))  # 14 bars after the first hour

    gaps = find_gaps(flat(stamps), "1m", "XNYS")

    assert [(gap.starts_ns, gap.ends_ns, gap.n_missing) for gap in gaps] == [
        (ns(2024, 1, 2, 15, 30), ns(2024, 1, 2, 15, 44), 14)
    ]


@pytest.mark.parametrize("hour", [(21, 0, 0), (23, 59, 59), (5, 0, 0)])
def test_find_gaps_daily_ignores_the_hour_of_the_stamp(hour):
    stamps = [ns(2024, 7, 2, *hour), ns(2024, 7, 3, *hour), ns(2024, 7, 8, *hour)]

    gaps = find_gaps(flat(stamps), "1d", "XNYS")

    assert [gap.n_missing for gap in gaps] == [1]  # Friday 5 July; the 4th is a holiday


def test_find_gaps_crypto_misses_a_weekend():
    stamps = [ns(2024, 7, day, 23, 59, 59) for day in (4, 5, 8)]

    gaps = find_gaps(flat(stamps), "1d", "24/7")

    assert [gap.n_missing for gap in gaps] == [2]


def test_find_gaps_weekly_counts_by_distance():
    gaps = find_gaps(flat([7 * DAY, 14 * DAY, 35 * DAY]), "1w", "XNYS")

    assert [gap.n_missing for gap in gaps] == [2]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        pytest.param([DAY * i for i in range(5, 40)], "24/7", id="weekend bars"),
        pytest.param([ns(2024, 1, day, 23, 59, 59) for day in (2, 3, 4, 5)], "XNYS", id="daily"),
        pytest.param([ns(2024, 1, 2) + 60 * MINUTE * i for i in range(1, 24)], "24/5", id="nights"),
    ],
)
def test_infer_calendar(stamps, expected):
    assert infer_calendar(np.array(stamps, np.int64)) == expected


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        pytest.param([0], "1d", id="a single bar"),
        pytest.param([0, 1, 2, 3, 50, 51, 52], "1m", id="minutes with a gap"),
        pytest.param([0, 5, 10, 15], "5m", id="five minutes"),
        pytest.param([0, 1440, 2880, 7200, 8640], "1d", id="days with a weekend"),
        pytest.param([0, 2880, 8640], "1d", id="three of five days"),
        pytest.param([0, 44_640, 86_400, 131_040], "1mo", id="January, February 2024, March"),
    ],
)
def test_infer_timeframe(stamps, expected):
    assert infer_timeframe(np.array(stamps) * MINUTE) == expected
