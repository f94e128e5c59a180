"""What TA-Lib lacks: formulas written in pandas, and tables worked by hand."""

import numpy as np
import pandas as pd
import pytest

from market.engine.indicators import (
    bandwidth,
    bollinger,
    ichimoku,
    percent_b,
    rsi,
    stddev,
    ut_bot,
    vwap,
    zscore,
)
from market.engine.indicators.core import session_days
from tests.market.engine.indicators.test_core import random_bars

NAN = np.nan
DAY = 86_400_000_000_000


def test_zscore_matches_pandas():
    close = random_bars().close
    window = pd.Series(close).rolling(20)

    expected = (close - window.mean()) / window.std(ddof=0)
    assert zscore(close, 20) == pytest.approx(expected.to_numpy(), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("window", [2, 20, 300])
@pytest.mark.parametrize("case", ["walk", "spikes", "calm after a storm", "far from 0", "halts"])
def test_stddev_keeps_its_digits(case, window):
    """Two passes over each window, in numpy, are the reference."""
    rng = np.random.default_rng(17)
    series = {
        "walk": 100.0 + np.cumsum(rng.normal(0.0, 1.0, 2000)),
        "spikes": 100.0 + rng.normal(0.0, 1.0, 2000) + 1e6 * (np.arange(2000) % 97 == 0),
        "calm after a storm": 100.0 + rng.normal(0.0, 1.0, 2000) * np.repeat([1e4, 1e-4], 1000),
        "halts": np.repeat(rng.integers(1, 9, 40).astype(float), 50),
        "far from 0": 1e9 + rng.normal(0.0, 1.0, 2000),
    }[case]
    windows = np.lib.stride_tricks.sliding_window_view(series, window)
    shifted = windows - windows.mean(axis=1, keepdims=True)

    assert stddev(series, window)[window - 1 :] == pytest.approx(
        shifted.std(axis=1), rel=1e-9, abs=1e-15
    )


def test_stddev_and_zscore_of_a_flat_window_are_exactly_zero():
    series = np.array([1e6 / 3, *[0.1] * 5, 7.0, *[1 / 3] * 5])

    assert stddev(series, 4)[[4, 5, 10, 11]].tolist() == [0.0] * 4
    assert zscore(series, 4)[[4, 5, 10, 11]].tolist() == [0.0] * 4


def test_percent_b_and_bandwidth_follow_from_the_bands():
    close = random_bars().close
    upper, middle, lower = bollinger(close, 20, 2.0)

    place, width = (close - lower) / (upper - lower), (upper - lower) / middle

    assert percent_b(close, 20, 2.0) == pytest.approx(place, rel=1e-9, abs=1e-12, nan_ok=True)
    assert bandwidth(close, 20, 2.0) == pytest.approx(width, rel=1e-9, nan_ok=True)


def test_ichimoku_matches_pandas():
    bars = random_bars()
    high, low = pd.Series(bars.high), pd.Series(bars.low)

    def middle(window):
        return (high.rolling(window).max() + low.rolling(window).min()) / 2.0

    cloud = (middle(9) + middle(26)).shift(26) / 2.0
    expected = [middle(9), middle(26), cloud, middle(52).shift(26)]
    assert ichimoku.on(bars) == pytest.approx(np.array(expected), rel=1e-12, nan_ok=True)


def test_vwap_starts_again_with_each_session():
    high, low, close = [12.0, 14.0, 30.0], [9.0, 10.0, 30.0], [9.0, 12.0, 30.0]
    volume, session = [100.0, 300.0, 50.0], [1.0, 1.0, 2.0]

    # typical 10, 12, 30: 10; (1000 + 3600) / 400; a new session
    assert vwap(high, low, close, volume, session).tolist() == [10.0, 11.5, 30.0]


def test_vwap_before_anything_traded_is_the_typical_price():
    assert vwap([12.0], [9.0], [9.0], [0.0], [1.0]).tolist() == [10.0]


def test_session_of_a_bar_that_closes_at_midnight_is_the_day_before():
    assert session_days(np.array([DAY - 1, DAY, DAY + 1])).tolist() == [0.0, 0.0, 1.0]


def test_ut_bot_follows_a_table_worked_by_hand():
    """With window 1 the ATR is the bar's true range; the stop keeps 1.5 of them away."""
    table = np.array(
        [  # high  low  close  stop  side    range x 1.5
            (10.0, 8.0, 10.0, NAN, NAN),  # no previous close
            (11.0, 9.0, 11.0, 8.0, 1),  # 3: begins at 11 - 3
            (12.0, 10.0, 12.0, 9.0, 1),  # 3: follows up to 12 - 3
            (12.0, 10.0, 11.5, 9.0, 1),  # 3: 11.5 - 3 is lower, so it stays
            (11.0, 7.0, 7.0, 13.75, -1),  # 6.75 (from the close of 11.5): crossed, 7 + 6.75
            (7.0, 5.0, 6.0, 9.0, -1),  # 3: follows down to 6 + 3
            (8.5, 6.5, 8.5, 9.0, -1),  # 3.75 (from the close of 6): 12.25 is higher, so it stays
            (9.5, 7.5, 9.5, 6.5, 1),  # 3: crossed, 9.5 - 3
        ]
    )
    high, low, close, stop, side = table.T

    ours = ut_bot(close, high, low, close, key_value=1.5, window=1)

    assert np.array_equal(ours, [stop, side], equal_nan=True)


def test_ut_bot_on_heikin_ashi_follows_the_mean_of_the_bar():
    bars = random_bars()
    mean = (bars.open + bars.high + bars.low + bars.close) / 4.0

    stop, side = ut_bot.on(bars, key_value=2.0, use_heikin_ashi=1)

    assert np.array_equal(side[10:] > 0, mean[10:] > stop[10:])


def test_rsi_of_a_flat_market_is_neutral():
    assert rsi([5.0] * 20, 14).tolist()[14:] == [50.0] * 6


@pytest.mark.parametrize(("closes", "expected"), [([1, 2, 3, 4], 100.0), ([4, 3, 2, 1], 0.0)])
def test_rsi_of_a_one_way_market_is_at_its_bound(closes, expected):
    assert rsi(closes, 3)[3] == expected
