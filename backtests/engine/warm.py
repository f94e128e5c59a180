"""Compile the kernels, or load them from the disk cache, before somebody waits for them."""

import numpy as np

from backtests.engine.account import Account
from backtests.engine.analysis import analyse
from backtests.engine.events import run_events
from backtests.engine.lookahead import check_lookahead
from backtests.engine.pair_kernel import sides_of, spread_of
from backtests.engine.rules import TEMPLATES, RuleStrategy
from backtests.engine.signals import Signals
from backtests.engine.simulation import run
from backtests.engine.sweeping import sweep
from backtests.engine.terms import Terms
from market.engine import Bars
from market.engine.resampling import grouped_by_count

DAY_NS = 86_400_000_000_000
N_BARS = 300  # so that there is a year to roll over
CASH = 10_000.0
PARAMS = {"fast": 2, "slow": 5}


def warm() -> None:
    """Make every kernel ready.

    Notes
    -----
    Seconds with an empty cache, well under one with a full one.
    """
    warm_simulation()
    warm_tables()
    warm_variants()


def warm_simulation() -> None:
    """Make ready what simulates a run without levels and orders inside bars."""
    bars = _wave()
    never = np.zeros(len(bars), dtype=bool)
    Account(bars, Signals(never, never, never, never), Terms(cash=CASH)).advance()


def warm_tables() -> None:
    """Make ready the rest that a run of averages needs: its signals, its figures, its checks."""
    bars = _wave()
    result = run_events("sma_cross", bars, PARAMS, cash=CASH)  # this engine needs no kernel
    analyse(result)
    check_lookahead("sma_cross", bars, PARAMS, cuts=4)


def warm_variants() -> None:
    """Make ready the rest: charts, levels, sweeps, prices without ticks, rules, pairs."""
    bars = _wave()
    grouped_by_count(bars, 10)
    run("sma_cross", bars, PARAMS, cash=CASH, stop_loss=0.05)
    run("sma_cross", _wave(decimals=15), PARAMS, cash=CASH)
    run(RuleStrategy(next(iter(TEMPLATES.values()))), bars, cash=CASH)
    for fast in ([2], [2, 3]):  # one combination goes a way of its own
        sweep("sma_cross", bars, {"fast": fast, "slow": [5]}, cash=CASH)
    sides_of(spread_of(bars.close, bars.close[::-1].copy(), 10), 2.0, 0.5, 4.0)


def _wave(decimals: int = 2) -> Bars:
    """Return made-up daily bars; prices of two decimals have a way of their own."""
    close = np.round(100.0 + 10.0 * np.sin(np.arange(N_BARS) / 5.0), decimals)
    ts_ns = np.arange(1, N_BARS + 1) * DAY_NS
    return Bars(ts_ns, close, close + 1.0, close - 1.0, close, np.full(N_BARS, 1_000.0))
