import numpy as np
import pytest

from backtests.engine.portfolio_calendar import Calendar
from tests.backtests.engine.data import DAY_NS, bars_of

MONDAY = 4  # days from 1970-01-01, a Thursday, to the first Monday


def calendar_of(days):
    bars = bars_of([10.0] * len(days))
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    # a bar of day d closes at noon of it
    ts_ns = np.array(days) * DAY_NS + DAY_NS // 2
    return Calendar.of([type(bars)(ts_ns, *columns)])


@pytest.mark.parametrize(
    ("every", "days", "starts"),
    [
        pytest.param("week", range(8), [MONDAY], id="week begins on Monday 1970-01-05"),
        pytest.param("week", [3, 12, 13], [12], id="missing days do not hide a week"),
        pytest.param("month", [29, 30, 31, 32], [31], id="February 1 is day 31"),
        pytest.param("quarter", [58, 89, 90, 91], [90], id="April 1 is day 90"),
        pytest.param("year", [363, 364, 365, 366], [365], id="1971-01-01 is day 365"),
        pytest.param("day", [1, 2], [2], id="the first time starts nothing"),
    ],
)
def test_period_starts_are_the_first_times_known_to_be_in_it(every, days, starts):
    days = np.array(days)

    found = days[calendar_of(days).period_starts(every)]

    assert found.tolist() == starts


def test_period_ends_lie_right_before_the_starts():
    calendar = calendar_of(range(400))

    for every in ("day", "week", "month", "quarter", "year"):
        starts, ends = calendar.period_starts(every), calendar.period_ends(every)
        assert np.array_equal(starts[1:], ends[:-1])
        assert not starts[0]
        assert not ends[-1]


def test_period_starts_of_unknown_period_raises():
    with pytest.raises(ValueError, match="every must be one of day, week"):
        calendar_of([1, 2]).period_starts("decade")
