import numpy as np
import pandas as pd
import pytest
from pandas_market_calendars import get_calendar

from backtests.engine.metrics import day_ends, periods_per_year
from backtests.engine.metrics.periods import DAY_NS, _day_ends


def stamps(index) -> np.ndarray:
    return pd.DatetimeIndex(index).tz_localize(None).as_unit("ns").asi8


def test_periods_per_year_of_nyse_days_is_sessions_per_year():
    sessions = stamps(get_calendar("NYSE").valid_days("2015-01-01", "2024-12-31"))

    # 2,516 sessions in ten years: 251.6 a year by arithmetic
    assert periods_per_year(sessions) == pytest.approx(sessions.size / 10.0, rel=1e-3)
    assert periods_per_year(sessions) == pytest.approx(251.6, abs=0.3)


@pytest.mark.parametrize(
    ("index", "expected", "rel"),
    [
        pytest.param(pd.date_range("2020", "2024", freq="D"), 365.25, 1e-12, id="every day"),
        pytest.param(pd.date_range("2020", "2024", freq="h"), 365.25 * 24, 1e-12, id="every hour"),
        pytest.param(pd.date_range("2010", "2024", freq="ME"), 12.0, 2e-3, id="months"),
        pytest.param(pd.date_range("2020", "2024", freq="W"), 365.25 / 7, 1e-12, id="weeks"),
    ],
)
def test_periods_per_year_is_observed(index, expected, rel):
    assert periods_per_year(stamps(index)) == pytest.approx(expected, rel=rel)


def test_periods_per_year_of_minute_sessions_is_sessions_times_minutes():
    days = pd.bdate_range("2023-01-02", "2023-12-29")
    minutes = np.arange(1, 391) * 60 * 10**9 + 14 * 3600 * 10**9 + 1800 * 10**9
    ts_ns = (stamps(days)[:, None] + minutes).ravel()

    # 260 weekdays of 390 minutes in 361.3 days
    assert periods_per_year(ts_ns) == pytest.approx(260 * 390 / 361.27 * 365.25, rel=1e-3)


@pytest.mark.parametrize("n_days", [1, 2, 7])
def test_periods_per_year_of_less_than_a_week_is_undefined(n_days):
    assert np.isnan(periods_per_year(DAY_NS * np.arange(n_days, dtype=np.int64)))


def test_day_ends_of_midnight_close_belongs_to_the_day_before():
    hours = np.array([12, 24, 25, 47, 48, 96]) * 3600 * 10**9

    assert day_ends(hours).tolist() == [1, 4, 5]


def test_day_ends_of_daily_bars_are_all_bars():
    ts_ns = DAY_NS * np.arange(-3, 5, dtype=np.int64) - 1

    assert day_ends(ts_ns).tolist() == list(range(8))


def test_day_ends_of_random_minutes_equal_pandas():
    rng = np.random.default_rng(3)
    ts_ns = np.cumsum(rng.integers(1, 8 * 3600, 4000)) * 10**9
    last = pd.Series(np.arange(ts_ns.size)).groupby((ts_ns - 1) // DAY_NS).last()

    assert day_ends(ts_ns).tolist() == last.tolist()


def test_day_ends_kernel_as_plain_python_equals_compiled():
    ts_ns = np.arange(1, 60, dtype=np.int64) * 5 * 3600 * 10**9
    out = np.empty(ts_ns.size, dtype=np.int64)

    count = _day_ends.py_func(ts_ns, out)

    assert out[:count].tolist() == day_ends(ts_ns).tolist()


def test_day_ends_of_nothing_is_refused():
    with pytest.raises(ValueError, match="empty"):
        day_ends(np.empty(0, dtype=np.int64))
