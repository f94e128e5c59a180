import numpy as np
import pandas as pd
import pytest

from backtests.engine.metrics.account import BLOCK, exposed_bars, walk_account
from backtests.engine.metrics.periods import DAY_NS
from tests.backtests.engine.metrics.tables_of_bars import trades_table


@pytest.mark.parametrize("drift", [-0.001, 0.0, 0.001])
def test_drawdowns_of_a_random_walk_equal_pandas(drift):
    rng = np.random.default_rng(11)
    ts_ns = DAY_NS * np.arange(1_000, dtype=np.int64)
    equity = pd.Series(100.0 * np.cumprod(1.0 + rng.normal(drift, 0.01, 1_000)))
    peak = equity.cummax()
    depths = (1.0 - equity / peak).groupby(peak).max()
    depths = depths[depths > 0.0]

    stats = walk_account(ts_ns, equity.to_numpy())

    assert stats.peak == equity.max()
    assert stats.n_under_water == (equity < peak).sum()
    assert stats.n_drawdowns == depths.size
    assert stats.max_depth == pytest.approx(depths.max())
    assert stats.sum_depth == pytest.approx(depths.sum())


@pytest.mark.parametrize("scale", [1e-6, 3.0, 1e9])
def test_drawdowns_do_not_depend_on_the_currency(scale):
    ts_ns = DAY_NS * np.arange(6, dtype=np.int64)
    equity = np.array([4.0, 5.0, 3.0, 6.0, 2.0, 4.0])

    plain, scaled = (walk_account(ts_ns, values) for values in (equity, equity * scale))

    assert scaled.max_depth == pytest.approx(plain.max_depth) == pytest.approx(4 / 6)
    assert scaled.n_drawdowns == plain.n_drawdowns == 2
    assert scaled.longest_ns == plain.longest_ns == 2 * DAY_NS


def test_long_time_under_water_is_counted_across_blocks():
    n = 5 * BLOCK
    ts_ns = DAY_NS * np.arange(n, dtype=np.int64)
    equity = np.full(n, 80.0)
    equity[[0, BLOCK - 1, 3 * BLOCK + 7, -1]] = 100.0, 120.0, 60.0, 120.0

    stats = walk_account(ts_ns, equity)

    assert (stats.peak, stats.total) == (120.0, equity.sum())
    assert stats.n_under_water == n - 3  # all but the start, the peak and the return to it
    assert stats.n_drawdowns == 2
    assert stats.max_depth == pytest.approx(1 - 60 / 120)
    assert stats.sum_depth == pytest.approx((1 - 80 / 100) + (1 - 60 / 120))
    assert stats.longest_ns == (n - BLOCK) * DAY_NS


def test_bars_held_at_either_close_or_in_between_are_exposed():
    position = np.array([0, 10, 10, 0, 0, 0, 0, -5, 0.0])
    trades = trades_table((1, 3, 10, 10, 12), (5, 5, 4, 10, 11), (7, 8, -5, 10, 11))

    # bought in bar 1 and sold in bar 3, in and out in bar 5, sold in bar 7 and bought in bar 8
    assert exposed_bars(position, trades) == 3 + 1 + 2


def test_bar_of_two_trades_is_exposed_once():
    trades = trades_table((2, 2, 1, 10, 9), (2, 2, 1, 9, 10))

    assert exposed_bars(np.zeros(4), trades) == 1
