"""What an examination finds: a peek at the future, ambiguous bars, and worse terms."""

import math
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from backtests.engine import Signals, Strategy, get_strategy, run
from backtests.engine.lookahead import check_lookahead
from backtests.engine.strategy import StrategyFault
from backtests.engine.trust import examine, stressed, trust_document
from tests.backtests.engine.data import goog

CROSS = {"fast": 10, "slow": 20}
TERMS = {"commission": 0.002, "slippage": 0.0005, "commission_fixed": 1.0}


class Peeks(Strategy):
    """Buys before a rise: knows the next close."""

    name: ClassVar[str] = "peeks"
    label: ClassVar[str] = "Peeks"

    def signals(self, bars, params):
        rises = np.append(bars.close[1:] > bars.close[:-1], False)
        never = np.zeros(len(bars), dtype=bool)
        return Signals(rises, ~rises, never, never)


class NeedsMany(Strategy):
    """Raises on fewer than a thousand bars."""

    name: ClassVar[str] = "needs_many"
    label: ClassVar[str] = "Needs many"

    def signals(self, bars, params):
        if len(bars) < 1000:
            raise IndexError("too short")
        never = np.zeros(len(bars), dtype=bool)
        return Signals(never, never, never, never)


def test_peek_at_the_future_is_found_and_told_with_its_bar():
    result = run(Peeks(), goog(), cash=10_000.0)

    told = trust_document(examine(result, Peeks()), result)

    assert not told["lookahead"]["is_clean"]
    assert told["lookahead"]["sentence"].startswith("Look-ahead: e")
    assert told["lookahead"]["time"] in result.bars.ts_ns // 1_000_000_000


def test_stress_lines_are_runs_of_their_own():
    strategy = get_strategy("sma_cross")
    result = run(strategy, goog(), CROSS, cash=10_000.0, **TERMS)

    lines = {line.name: line.metrics for line in examine(result, strategy).stress}

    # backtesting.py's figure for commission 0.002 alone lies above both
    doubled = run(
        strategy, goog(), CROSS, cash=10_000.0,
        commission=0.004, slippage=0.001, commission_fixed=2.0,
    )  # fmt: skip
    late = run(strategy, goog(), CROSS, cash=10_000.0, delay=1, **TERMS)
    assert lines["As run"]["equity_final"] == result.equity[-1]
    assert lines["Twice the costs"]["equity_final"] == doubled.equity[-1] < result.equity[-1]
    assert lines["One bar later"]["equity_final"] == late.equity[-1]


def test_without_costs_nothing_is_doubled():
    result = run("sma_cross", goog(), CROSS, cash=10_000.0)

    assert set(stressed(result.terms)) == {"One bar later"}


def test_doubled_fraction_stays_below_the_price():
    result = run("sma_cross", goog(), CROSS, cash=10_000.0, spread=0.6)

    assert stressed(replace(result.terms))["Twice the costs"].spread == 0.99


def test_doubled_fee_stays_a_number():
    result = run("sma_cross", goog(), CROSS, cash=10_000.0, commission_fixed=1e308)

    assert math.isfinite(stressed(result.terms)["Twice the costs"].commission_fixed)


def test_ambiguous_bars_give_a_range_that_holds_the_result():
    strategy = get_strategy("sma_cross")
    result = run(strategy, goog(), CROSS, cash=10_000.0, stop_loss=0.01, take_profit=0.01)

    trust = examine(result, strategy)

    assert trust.n_ambiguous == result.n_ambiguous > 0
    low, high = trust.equity_range
    assert low <= result.equity[-1] <= high
    optimistic = run(
        strategy, goog(), CROSS, cash=10_000.0,
        stop_loss=0.01, take_profit=0.01, intrabar="optimistic",
    )  # fmt: skip
    assert high == pytest.approx(max(optimistic.equity[-1], high))


def test_signals_are_counted_by_kind():
    strategy = get_strategy("sma_cross")
    result = run(strategy, goog(), CROSS, cash=10_000.0)

    signals = examine(result, strategy).signals

    # each cross up is an entry long, each cross down an entry short; they alternate
    assert abs(signals["entry_long"] - signals["entry_short"]) <= 1
    assert signals["entry_long"] + signals["entry_short"] == result.trades.size + 1


def test_strategy_that_breaks_on_a_part_of_the_bars_is_named():
    result = run(NeedsMany(), goog(), cash=10_000.0)

    with pytest.raises(StrategyFault, match="Needs many raised IndexError: too short"):
        examine(result, NeedsMany())


def test_steps_are_told_cut_by_cut():
    strategy = get_strategy("sma_cross")
    result = run(strategy, goog(), CROSS, cash=10_000.0, commission=0.001)
    steps: list[str] = []

    examine(result, strategy, on_step=steps.append)

    cuts = [f"Checking for look-ahead, cut {number} of 100" for number in range(1, 101)]
    assert list(dict.fromkeys(steps)) == [
        "Checking for look-ahead",
        *cuts,
        "Stress: one bar later",
        "Stress: twice the costs",
        "Reading ambiguous bars",
    ]


@pytest.mark.parametrize("word", ["cut 3 of", "one bar later", "twice the costs"])
def test_examination_ends_where_its_job_was_cancelled(word):
    def told(words: str) -> None:
        if word in words:
            raise KeyboardInterrupt

    result = run("sma_cross", goog(), CROSS, cash=10_000.0, commission=0.001)

    with pytest.raises(KeyboardInterrupt):
        examine(result, get_strategy("sma_cross"), on_step=told)


def test_check_without_time_makes_one_cut():
    report = check_lookahead("sma_cross", goog(), CROSS, cuts=40, seconds=0.0)

    assert report.n_cuts == 1
