"""A run as a whole: slices, cancelling, plain Python, faults."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backtests.engine import Cancelled, Signals, Sizing, Strategy, run
from backtests.engine.analysis import analyse
from backtests.engine.curves import held_curve
from backtests.engine.strategy import StrategyFault
from tests.backtests.engine.data import Scripted, bars_of, goog, random_bars

CHECKED_CACHE = Path("build/numba_checked").resolve()  # kept: compiling anew takes long
BUSY = {
    "cash": 10_000.0,
    "commission": 0.001,
    "slippage": 0.0005,
    "margin": 0.5,
    "maintenance": 0.2,
    "financing_rate": 0.05,
    "stop_loss": 0.03,
    "take_profit": 0.05,
    "trail": 0.04,
    "sizing": Sizing.equity(1.5),
}


def test_run_in_slices_is_bit_identical_to_a_run_at_once():
    bars = random_bars(3, n_bars=5_500)
    fractions = []

    at_once = run("sma_cross", bars, {"fast": 3, "slow": 8}, **BUSY)
    sliced = run(
        "sma_cross",
        bars,
        {"fast": 3, "slow": 8},
        **BUSY,
        on_progress=lambda fraction, bar, equity: fractions.append((fraction, bar, len(equity))),
    )

    assert fractions[-1] == (1.0, 5_500, 5_500)
    assert len(fractions) == 6
    assert np.array_equal(at_once.equity, sliced.equity)
    assert np.array_equal(at_once.trades, sliced.trades)
    assert at_once.metrics == pytest.approx(sliced.metrics, rel=0, abs=0, nan_ok=True)


def test_progress_that_returns_false_cancels_the_run():
    seen = []

    def stop_at_half(fraction, bar, equity):
        seen.append(bar)
        return fraction < 0.5

    with pytest.raises(Cancelled):
        run("sma_cross", random_bars(3, n_bars=4_000), cash=1_000.0, on_progress=stop_at_half)
    assert seen == [1_000, 2_000]


PLAIN = """
import numpy as np
from backtests.engine import Sizing, run, sweep
from tests.backtests.engine.data import random_bars
from tests.backtests.engine.test_run import BUSY
bars = random_bars(5)
grid = {"fast": [3, 5], "slow": [8]}
result = run("sma_cross", bars, {"fast": 3, "slow": 8}, **BUSY)
trials = sweep("sma_cross", bars, grid, cash=1e4, commission=0.001)
trades = result.trades
figures = [result.equity.sum(), trades["pnl"].sum(), len(trades), trials.metrics.sum()]
print(" ".join(float(figure).hex() for figure in figures))
"""


@pytest.mark.parametrize("variable", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_kernels_give_the_same_figures_uncompiled_and_with_checked_bounds(variable):
    checked = {variable: "1", "NUMBA_CACHE_DIR": str(CHECKED_CACHE)}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PLAIN],
            env=os.environ | changes,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for changes in ({}, checked)
    ]

    assert outputs[0] == outputs[1]


def test_account_adds_up():
    """Cash plus the closed trades plus the open one is the final equity."""
    result = run("sma_cross", goog(), cash=10_000.0, commission=0.002, slippage=0.001)

    pnl = result.trades["pnl"].sum() + result.open_trade.pnl
    assert result.equity[-1] == pytest.approx(10_000.0 + pnl)


def test_money_scales_with_prices():
    """Prices a thousand times as high and cash a thousand times as large: the same returns."""
    bars = random_bars(11)
    prices = (p * 1_000.0 for p in (bars.open, bars.high, bars.low, bars.close))
    dear = type(bars)(bars.ts_ns, *prices, bars.volume)
    terms = {"commission": 0.001, "fractional": True, "stop_loss": 0.02}

    result = run("sma_cross", bars, cash=1e3, **terms)
    scaled = run("sma_cross", dear, cash=1e6, **terms)

    np.testing.assert_allclose(scaled.equity, result.equity * 1e3, rtol=1e-9)


def test_entry_both_ways_on_one_bar_does_nothing():
    result = run(Scripted(4, entry_long=[0], entry_short=[0]), bars_of([1, 1, 1, 1]), cash=10.0)

    assert (result.open_trade, len(result.trades)) == (None, 0)


def test_entry_in_the_direction_held_is_ignored():
    result = run(Scripted(4, entry_long=[0, 1, 2]), bars_of([1, 1, 1, 1]), cash=10.0)

    assert (result.open_trade.entry_bar, len(result.trades)) == (1, 0)


@pytest.mark.parametrize(("side", "n_trades"), [("both", 2), ("long", 1), ("short", 1)])
def test_opposite_entry_reverses_or_only_ends_the_position(side, n_trades):
    """Long from bar 1, short from bar 2, out at bar 3."""
    strategy = Scripted(4, entry_long=[0], entry_short=[1], exit_short=[2], exit_long=[2])

    result = run(strategy, bars_of([1, 1, 1, 1]), cash=10.0, side=side)

    assert (len(result.trades), result.open_trade) == (n_trades, None)


def test_delay_moves_every_fill():
    result = run(Scripted(5, entry_long=[0]), bars_of([1, 1, 1, 1, 1]), cash=10.0, delay=2)

    assert result.open_trade.entry_bar == 3


@pytest.mark.parametrize("fill", ["next_open", "close"])
@pytest.mark.parametrize("close_at_end", [False, True])
def test_one_bar_is_enough(fill, close_at_end):
    result = run("sma_cross", bars_of([5.0]), cash=10.0, fill=fill, close_at_end=close_at_end)

    assert result.equity.tolist() == [10.0]


def test_fewer_bars_than_the_warm_up_trade_nothing():
    result = run("sma_cross", random_bars(1, n_bars=30), {"fast": 20, "slow": 50}, cash=10.0)

    assert (len(result.trades), result.first_bar) == (0, 29)


def test_same_recipe_has_the_same_fingerprint_and_another_has_not():
    bars = random_bars(1)
    recipes = [{}, {}, {"commission": 0.1}, {"side": "long"}, {"sizing": Sizing.units(1)}]

    prints = [run("sma_cross", bars, cash=10.0, **terms).fingerprint for terms in recipes]

    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_assumptions_tell_how_size_and_stops_were_read():
    sized = {"sizing": Sizing.units(2), "margin": 0.5, "stop_loss": 0.1, "intrabar": "ohlc"}

    told = run("sma_cross", random_bars(1), cash=1e4, **sized).assumptions

    assert told[2] == "Size: units 2, at most 2 times equity, in whole units."
    assert told[3] == "Where a bar touches stop and target, the ohlc reading counts."


class Short(Strategy):
    name, label = "short", "Too few signals"

    def signals(self, bars, params):
        return Signals(*(np.zeros(3, dtype=bool),) * 4)


class Wrong(Strategy):
    name, label = "wrong", "No signals at all"

    def signals(self, bars, params):
        return None


@pytest.mark.parametrize("strategy", [Short, Wrong])
def test_strategy_with_a_wrong_answer_is_named(strategy):
    with pytest.raises(StrategyFault, match=strategy.label):
        run(strategy, bars_of([1, 1]), cash=10.0)


def test_return_counts_from_the_starting_cash_where_an_order_fills_at_the_first_close():
    # 990 units at 10 of 10,000 cost 99 at the first close; 12 later: 10,000 - 99 + 990 * 2
    bars = bars_of([10.0, 11.0, 12.0])

    result = run("buy_and_hold", bars, cash=10_000.0, fill="close", commission=0.01)

    assert result.equity.tolist() == [9_901.0, 10_891.0, 11_881.0]
    assert result.metrics["return_total"] == pytest.approx(0.1881)
    assert result.metrics["commission_drag"] == pytest.approx(0.0099)
    assert result.metrics["best_month"] == pytest.approx(0.1881)
    assert analyse(result)["months"]["totals"] == pytest.approx([0.1881])


def test_buy_and_hold_starts_where_the_strategy_can_decide():
    closes = [10.0, 11.0, 12.0, 13.0, 15.0]

    result = run("sma_cross", bars_of(closes), {"fast": 1, "slow": 3}, cash=1_000.0)

    assert result.metrics["buy_hold_return"] == pytest.approx(15.0 / 12.0 - 1.0)
    held = held_curve(result.bars.close, result.first_bar, 1_000.0)
    assert held == pytest.approx([1_000.0, 1_000.0, 1_000.0, 13_000.0 / 12.0, 1_250.0])
