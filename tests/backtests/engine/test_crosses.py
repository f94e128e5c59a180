"""The list of crosses against `cross_above` and `cross_below`, which look at every bar."""

import numpy as np
import pytest

from backtests.engine import Bars, get_strategy
from backtests.engine.crosses import TILE, cross_bars, mean_cross_bars
from market.engine.indicators import cross_above, cross_below, sma
from market.engine.indicators.simple_average import close_mean, tick_sums
from tests.backtests.engine.data import DAY_NS

NAN = np.nan


def listed(first, second):
    """Return what the flags say, in the form of a list."""
    up, down = cross_above(first, second), cross_below(first, second)
    bars = np.flatnonzero(up | down)
    return np.where(up[bars], bars, ~bars)


def bars_at(close):
    """Return daily bars with these closes."""
    return Bars(np.arange(1, close.size + 1) * DAY_NS, *[close] * 4, np.ones(close.size))


def ticks(seed, n_bars, *, largest=12):
    """Return prices of few whole ticks, so that means are often equal."""
    return np.random.default_rng(seed).integers(1, largest, n_bars).astype(np.float64)


@pytest.mark.parametrize(
    ("first", "crosses"),
    [
        ([1.0, 3.0, 1.0], [1, ~2]),
        ([1.0, 2.0, 3.0], [2]),  # through a tie
        ([1.0, 2.0, 1.0, 3.0], [3]),  # touches and turns back
        ([1.0, NAN, 3.0, 1.0], [~3]),  # no side before the hole
        ([1.0, 2.0, NAN, 3.0], []),  # nor before a hole after a tie
        ([2.0, 3.0, 2.0, 1.0], [~3]),
    ],
)
def test_cross_bars_line_against_two_gives(first, crosses):
    assert cross_bars(np.array(first), np.full(len(first), 2.0)).tolist() == crosses


@pytest.mark.parametrize("seed", range(8))
def test_cross_bars_random_lines_with_ties_and_holes_equal_the_flags(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 4, (2, TILE + 100)).astype(np.float64)
    first[rng.random(first.size) < 0.05] = NAN

    assert np.array_equal(cross_bars(first, second), listed(first, second))


@pytest.mark.parametrize("n_bars", [1, 5, 7, 8, 9, 64, TILE - 1, TILE, TILE + 1, 2 * TILE + 5])
@pytest.mark.parametrize("windows", [(1, 2), (3, 8), (8, 3), (5, 5), (2, 9_000)])
def test_mean_cross_bars_of_few_ticks_equal_the_flags_of_the_averages(n_bars, windows):
    close = ticks(n_bars, n_bars)
    sums = np.concatenate([[0.0], np.cumsum(close)])
    first, second = (np.full(n_bars, NAN) for _ in range(2))
    for line, window in zip((first, second), windows, strict=True):
        line[window - 1 :] = (sums[window:] - sums[:-window]) / window if window <= n_bars else 0.0

    assert np.array_equal(mean_cross_bars(sums, *windows), listed(first, second))


@pytest.mark.parametrize("decimals", [0, 2, 8, 14])
@pytest.mark.parametrize("window", [1, 3, 50, 400])
def test_close_mean_is_the_indicator_bit_for_bit(decimals, window):
    walk = 100.0 * np.exp(np.cumsum(np.random.default_rng(decimals).normal(0.0, 0.02, 300)))
    bars = bars_at(np.maximum(np.round(walk, decimals), 1.0))

    assert np.array_equal(close_mean(bars, window), sma.on(bars, window=window), equal_nan=True)
    assert (tick_sums(bars).scale > 0.0) == (decimals <= 8)


def test_close_mean_of_sums_that_are_not_exact_is_the_indicator():
    close = np.full(200, 2.0**52) + 2.0 * ticks(1, 200)
    bars = bars_at(close)

    assert tick_sums(bars).scale == 0.0
    assert np.array_equal(close_mean(bars, 7), sma.on(bars, window=7), equal_nan=True)


@pytest.mark.parametrize("decimals", [0, 4, 8, 14])
def test_sma_cross_lists_the_crosses_of_its_lines(decimals):
    walk = 100.0 * np.exp(np.cumsum(np.random.default_rng(7).normal(0.0, 0.001, 20_000)))
    bars, rule = bars_at(np.round(walk, decimals)), get_strategy("sma_cross")
    params = rule.resolve({"fast": 4, "slow": 9})

    lines = rule.first_line(bars, params), rule.second_line(bars, params)

    assert np.array_equal(rule.crosses(bars, params), listed(*lines))
