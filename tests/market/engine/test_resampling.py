"""Coarser bars, by hand and against pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.engine import Bars, downsample_ohlc, resample
from market.engine.resampling import _extremes

MINUTE = 60 * 10**9
START = 1_704_205_800 * 10**9  # 2024-01-02 14:30 UTC


def bars_of(n_bars, step=MINUTE, seed=1):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n_bars)))
    open_ = np.concatenate(([100.0], close[:-1]))
    spread = rng.uniform(0, 0.5, n_bars)
    high = np.maximum(open_, close) + spread
    low = np.minimum(open_, close) - spread
    ts_ns = START + step * np.arange(1, n_bars + 1)
    return Bars(ts_ns, open_, high, low, close, rng.uniform(1, 9, n_bars))


def frame_of(bars):
    index = pd.to_datetime(bars.ts_ns, utc=True)
    names = ("open", "high", "low", "close", "volume")
    return pd.DataFrame({name: getattr(bars, name) for name in names}, index=index)


HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


@pytest.mark.parametrize(("timeframe", "rule"), [("5m", "5min"), ("1h", "1h"), ("4h", "4h")])
def test_resample_intraday_equals_pandas(timeframe, rule):
    bars = bars_of(3000)
    expected = frame_of(bars).resample(rule, closed="right", label="right").agg(HOW).dropna()

    coarse = resample(bars, timeframe)

    pd.testing.assert_frame_equal(frame_of(coarse), expected, check_freq=False)


@pytest.mark.parametrize(("timeframe", "rule"), [("1d", "D"), ("1w", "W-SUN"), ("1mo", "ME")])
def test_resample_days_and_longer_equal_pandas(timeframe, rule):
    bars = bars_of(2000, step=37 * MINUTE)
    shifted = frame_of(bars)
    shifted.index -= pd.Timedelta(1, "ns")  # a close at midnight belongs to the day before
    expected = shifted.resample(rule).agg(HOW).dropna()

    coarse = resample(bars, timeframe)

    np.testing.assert_allclose(frame_of(coarse).to_numpy(), expected.to_numpy())


def test_resample_day_that_closes_at_midnight_keeps_its_date():
    midnight = 1_704_240_000 * 10**9  # 2024-01-03 00:00 UTC
    two = np.array([1.0, 1.0])
    bars = Bars(np.array([midnight - MINUTE, midnight]), two, two, two, two, two)

    day = resample(bars, "1d")

    assert list(day.ts_ns) == [midnight - 10**9]


def test_resample_twice_equals_once():
    bars = bars_of(5000)
    by_hour = resample(bars, "1h")

    again = resample(resample(bars, "5m"), "1h")

    assert (again.ts_ns == by_hour.ts_ns).all()
    assert (again.high == by_hour.high).all()
    np.testing.assert_allclose(again.volume, by_hour.volume)


def test_downsample_short_range_is_returned_as_it_is():
    bars = bars_of(50)

    assert list(downsample_ohlc(bars, 10, 20, 100).ts_ns) == list(bars.ts_ns[10:20])


@given(
    n_bars=st.integers(3, 900),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    max_points=st.integers(2, 60),
)
@settings(max_examples=60, deadline=None)
def test_downsample_keeps_extremes_ends_and_volume(n_bars, cut, max_points):
    bars = bars_of(n_bars)
    start, stop = sorted(int(share * n_bars) for share in cut)
    stop = max(stop, start + 1)
    if start >= n_bars:
        start, stop = n_bars - 1, n_bars
    part = bars.slice(start, min(stop, n_bars))

    points = downsample_ohlc(bars, start, stop, max_points)

    assert 1 <= len(points) <= max_points
    assert (points.open[0], points.close[-1]) == (part.open[0], part.close[-1])
    assert (points.high.max(), points.low.min()) == (part.high.max(), part.low.min())
    assert points.volume.sum() == pytest.approx(part.volume.sum())
    assert points.ts_ns[-1] == part.ts_ns[-1]
    assert (np.diff(points.ts_ns) > 0).all()


def test_downsample_groups_stay_while_one_scrolls():
    bars = bars_of(10_000)
    here = downsample_ohlc(bars, 1000, 5000, 401)

    moved = downsample_ohlc(bars, 1040, 5040, 401)

    assert set(here.ts_ns[5:]) - set(moved.ts_ns) == set()


@pytest.mark.parametrize(
    ("start", "stop", "max_points"),
    [(5, 5, 100), (9, 3, 100), (50, 60, 100), (0, 10, 1), (0, 10, 2001)],
)
def test_downsample_impossible_request_is_refused(start, stop, max_points):
    with pytest.raises(ValueError, match=r"max_points must be|no bars in"):
        downsample_ohlc(bars_of(50), start, stop, max_points)


def test_resample_unknown_timeframe_is_refused():
    with pytest.raises(ValueError, match="timeframe must be one of"):
        resample(bars_of(5), "7m")


def test_extremes_kernel_equals_plain_python():
    bars = bars_of(100)
    starts, ends = np.array([0, 7, 60]), np.array([7, 60, 100])
    arguments = (bars.high, bars.low, bars.volume, starts, ends)

    compiled, plain = _extremes(*arguments), _extremes.py_func(*arguments)

    for left, right in zip(compiled, plain, strict=True):
        assert (left == right).all()
