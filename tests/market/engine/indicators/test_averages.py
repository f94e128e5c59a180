from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from market.engine.indicators import ema, sma


def random_prices(n_bars=500, decimals=4):
    steps = np.random.default_rng(7).normal(0.0, 0.01, n_bars)
    return np.round(100.0 * np.exp(np.cumsum(steps)), decimals)


@pytest.mark.parametrize("window", [1, 2, 10, 200])
def test_sma_matches_talib(window):
    prices = random_prices()

    expected = talib.SMA(prices, window) if window > 1 else prices
    assert sma(prices, window) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("window", [2, 10, 200])
def test_ema_matches_talib(window):
    prices = random_prices()

    assert ema(prices, window) == pytest.approx(talib.EMA(prices, window), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("decimals", [0, 2, 4, 8])
def test_sma_of_tick_prices_is_the_exact_mean_rounded_once(decimals):
    prices = random_prices(decimals=decimals)
    ticks = [round(Fraction(price) * 10**decimals) for price in prices]

    exact = [float(Fraction(sum(ticks[i - 29 : i + 1]), 30 * 10**decimals)) for i in range(29, 500)]
    assert sma(prices, 30)[29:].tolist() == exact


def test_sma_of_equal_windows_ties_exactly():
    prices = np.tile([10.1, 10.2, 10.4], 100)

    fast, slow = sma(prices, 3), sma(prices, 30)

    assert np.array_equal(fast[29:], slow[29:])


def test_sma_after_a_spike_returns_to_the_exact_mean():
    prices = np.array([1e12 / 3, *[0.1] * 9])

    assert sma(prices, 3)[3:].tolist() == pytest.approx([0.1] * 7, rel=1e-15)


def test_sma_off_the_grid_is_the_exact_mean():
    prices = random_prices() / 3.0

    exact = [float(sum(map(Fraction, prices[i - 29 : i + 1])) / 30) for i in range(29, 500)]
    assert sma(prices, 30)[29:] == pytest.approx(exact, rel=3e-16)


on_grid = st.decimals(-10_000, 10_000, places=2).map(float)
fine = st.decimals(-100, 100, places=7).map(float)
off_grid = st.floats(-1e9, 1e9, allow_subnormal=False)


@settings(deadline=None, max_examples=200)
@given(
    values=st.lists(st.one_of(on_grid, fine, off_grid), min_size=1, max_size=120)
    | st.lists(st.one_of(on_grid, fine), min_size=80, max_size=120),
    window=st.integers(1, 9),
)
def test_sma_of_any_mixture_is_the_exact_mean(values, window):
    values = np.array(values)
    exact = [
        sum(map(Fraction, values[max(0, i - window + 1) : i + 1])) / window
        for i in range(values.size)
    ]

    computed = sma(values, window)

    largest = max(np.abs(values).max(), 1e-300)
    assert np.isnan(computed[: window - 1]).all()
    errors = [abs(Fraction(computed[i]) - exact[i]) for i in range(window - 1, values.size)]
    assert all(error <= Fraction(largest) * Fraction(1, 2**51) for error in errors)


@settings(deadline=None, max_examples=100)
@given(values=st.lists(st.one_of(on_grid, fine, off_grid), min_size=66, max_size=120))
def test_sma_stream_of_any_mixture_gives_the_batch_bit_for_bit(values):
    stream = sma.stream(5)

    streamed = [stream.update(value) for value in values]

    assert np.array_equal(streamed, sma(values, 5), equal_nan=True)


@pytest.mark.parametrize("indicator", [sma, ema])
def test_average_with_fewer_bars_than_the_window_is_nan(indicator):
    assert np.isnan(indicator([1.0, 2.0, 3.0], 4)).tolist() == [True, True, True]
