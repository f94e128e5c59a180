"""The event engine against the kernel: two programs, one set of rules."""

import inspect
import re
from collections import Counter
from functools import cache

import numpy as np
import pytest

from backtests.engine import Terms, fills, kernel, levels, marking, run, spans
from backtests.engine.account import Account
from backtests.engine.events import EventRun, result_of, run_events, trades_of
from backtests.engine.exchange import Exchange, OrderType
from tests.backtests.engine.data import Scripted, bars_of
from tests.backtests.engine.random_cases import Given, random_case

N_CASES, BLOCK = 1_000, 50
TOLERANCE = 1e-9
COUNTS = ("n_refused", "n_expired", "n_ambiguous", "bankrupt_bar")


def event_run_of(case, engine=EventRun):
    """Return a finished event run of a case."""
    event_run = engine(case.bars, case.signals, Terms(**case.terms), case.detail)
    event_run.advance()
    return event_run


def fills_of(result):
    """Return bar, signed units and price of every fill a result tells of, in order."""
    rows = []
    for trade in result.trades:
        rows.append((trade["entry_bar"], trade["size"], trade["entry_price"]))
        rows.append((trade["exit_bar"], -trade["size"], trade["exit_price"]))
    if result.open_trade:
        held = result.open_trade
        rows.append((held.entry_bar, held.size, held.entry_price))
    return rows


def same(left, right):
    """Return whether two arrays have one length and the same numbers."""
    left, right = np.ravel(left).astype(float), np.ravel(right).astype(float)
    return left.size == right.size and np.allclose(left, right, rtol=TOLERANCE, atol=TOLERANCE)


def differences(by_kernel, by_events, event_run):
    """Return the names of all in which two results, or a result and its account, differ."""
    fills = [(f.at, f.quantity, f.price) for f in event_run.exchange.fills]
    pairs = {
        "fills": (fills_of(by_kernel), fills),
        "equity": (by_kernel.equity, by_events.equity),
        "position": (by_kernel.position, event_run.position),
        "exposure": (by_kernel.metrics["exposure"], by_events.metrics["exposure"]),
    }
    for name in by_kernel.trades.dtype.names:
        pairs[name] = by_kernel.trades[name], by_events.trades[name]
    for name in ("commissions", "slippage_and_spread", "financing", "traded_value"):
        pairs[name] = getattr(by_kernel.costs, name), getattr(by_events.costs, name)
    found = [name for name, (left, right) in pairs.items() if not same(left, right)]
    return found + [n for n in COUNTS if getattr(by_kernel, n) != getattr(by_events, n)]


def kinds_of(exchange):
    """Return the order types that filled, and "bracket" where one of two exits ended the other."""
    filled = [exchange.book.orders[fill.order_id] for fill in exchange.fills if fill.order_id]
    legs = Counter(order.oco_group for order in exchange.book.orders.values() if order.oco_group)
    kinds = {order.order_type for order in filled}
    return kinds | {"bracket" for order in filled if legs[order.oco_group] > 1}


@cache
def outcome(seed):
    """Return differences, number of trades and the kinds of orders that filled in a case."""
    case = random_case(seed)
    by_kernel, event_run = case.run_by(run), event_run_of(case)
    rule = Given(case.signals)
    by_events = result_of(event_run, rule, {}, case.bars, case.signals, case.detail)
    found = differences(by_kernel, by_events, event_run)
    return found, len(by_kernel.trades), kinds_of(event_run.exchange)


@pytest.mark.parametrize("first", range(0, N_CASES, BLOCK))
def test_run_events_random_cases_equals_the_kernel(first):
    found = {seed: outcome(seed)[0] for seed in range(first, first + BLOCK)}

    assert {seed: names for seed, names in found.items() if names} == {}


def test_random_cases_trade_enough_and_use_every_order_type():
    results = [outcome(seed) for seed in range(N_CASES)]

    n_busy = sum(n_trades >= 5 for _, n_trades, _ in results)
    n_by_kind = Counter(kind for _, _, kinds in results for kind in kinds)

    assert n_busy >= N_CASES / 2
    assert set(n_by_kind) == {*OrderType, "bracket"}
    assert min(n_by_kind.values()) >= 100


class DecidesLate(EventRun):
    """Reads the signal of the bar before."""

    def decide(self, i):
        """Decide one bar late."""
        if i > 0:
            super().decide(i - 1)


class BlindOnEntry(Exchange):
    """Does not look at exits in the bar of the entry."""

    def _check_exits(self, instrument, exits, bar, begin, start, at):
        held = self.account.positions.get(instrument)
        if held is not None and held.entered_at != at:
            super()._check_exits(instrument, exits, bar, begin, start, at)


class BlindOnEntryRun(EventRun):
    """Runs on that exchange."""

    exchange_class = BlindOnEntry


class TargetFirst(EventRun):
    """Lets the target win where the stop should."""

    def __init__(self, bars, signals, terms, detail=None):
        super().__init__(bars, signals, terms, detail)
        if terms.intrabar == "pessimistic":
            self.exchange.terms = Terms(
                **(terms.as_dict() | {"intrabar": "optimistic", "sizing": terms.sizing})
            )


@pytest.mark.parametrize("engine", [DecidesLate, BlindOnEntryRun, TargetFirst])
def test_comparison_fault_planted_in_the_event_engine_is_found(engine):
    cases = map(random_case, range(N_CASES))

    is_found = any(is_other(case, event_run_of(case, engine)) for case in cases)

    assert is_found


def is_other(case, event_run):
    """Return whether an event run differs from the kernel."""
    by_kernel, trades = case.run_by(run), trades_of(event_run.exchange)
    return not (
        same(by_kernel.equity, event_run.equity) and same(by_kernel.trades["pnl"], trades["pnl"])
    )


PLANTS = {
    "price of the decision before": ("plan.prices[d]", "plan.prices[max(d - 1, 0)]"),
    "code of the decision before": ("plan.codes[d]", "plan.codes[max(d - 1, 0)]"),
    "decisions a bar late": ("plan.decisions[d] + lag", "plan.decisions[d] + lag + 1"),
    "entry bar not checked": (
        "inside, trades, i, market)\n        if lag == 0",
        "inside if was_held else None, trades, i, market)\n        if lag == 0",
    ),
    "exits checked a bar late": (
        "not stays(s, r, market.high[i], market.low[i])",
        "not stays(s, r, market.high[i - 1], market.low[i - 1])",
    ),
}


def planted_kernel(right, wrong):
    """Return the kernel's loop with a fault in it, as plain Python."""
    plain, namespace = {}, {}
    for module in (spans, fills, levels, marking, kernel):
        source = re.sub(r"(?m)^@.*$", "", inspect.getsource(module))  # not compiled
        if module is kernel:
            assert source.count(right) == 1, f"the kernel does not say {right!r} any more"
            source = source.replace(right, wrong)
        namespace = {"__name__": module.__name__}
        exec(compile(source, module.__file__, "exec"), namespace)  # noqa: S102 -- our own source
        namespace.update(plain)
        own = inspect.getmembers(module, lambda member: hasattr(member, "py_func"))
        plain |= {name: namespace[name] for name, _ in own}
    return namespace["simulate"]


def simulated_by(simulate, case, **plan):
    """Return the account a loop leaves behind; `plan` replaces columns of its plan."""
    a = Account(case.bars, case.signals, Terms(**case.terms), case.detail)
    a.plan = a.plan._replace(**plan)
    arrays = (a.market, a.plan, a.inside, a.rules, a.state, a._room, a.equity)
    with np.errstate(all="ignore"):  # as compiled: a division by nothing is no error
        simulate(0, len(case.bars), *arrays)
    return a


@pytest.mark.parametrize("plant", PLANTS)
def test_comparison_fault_planted_in_the_kernel_is_found(plant):
    simulate, cases = planted_kernel(*PLANTS[plant]), map(random_case, range(N_CASES))

    is_found = any(
        not same(simulated_by(simulate, case).equity, event_run_of(case).equity) for case in cases
    )

    assert is_found


def test_comparison_market_orders_at_the_open_of_their_own_bar_are_found():
    simulate, is_found = planted_kernel("lag == 1", "lag == 1"), False
    for case in map(random_case, range(N_CASES)):
        decisions = Account(case.bars, case.signals, Terms(**case.terms)).plan.decisions
        account = simulated_by(simulate, case, prices=case.bars.open[decisions])
        is_found = is_found or not same(account.equity, event_run_of(case).equity)
        if is_found:
            break

    assert is_found


def test_planted_kernel_without_a_fault_equals_the_event_engine():
    simulate = planted_kernel("s.equity = value\n", "s.equity = value\n")

    found = [
        seed
        for seed in range(20)
        if not same(
            simulated_by(simulate, random_case(seed)).equity,
            event_run_of(random_case(seed)).equity,
        )
    ]

    assert found == []


def test_run_events_ambiguous_bar_gives_the_kernel_range():
    bars = bars_of([100.0, (100.0, 112.0, 88.0, 100.0), 100.0])
    strategy = Scripted(3, entry_long=[0])
    terms = {"cash": 1_000.0, "stop_loss": 0.1, "take_profit": 0.1}

    result = run_events(strategy, bars, **terms)

    assert result.n_ambiguous == 1
    assert result.equity_range == pytest.approx((900.0, 1_100.0))  # 10 units, 10 down or up


def test_run_events_position_held_at_the_end_is_marked_at_the_close():
    bars = bars_of([100.0, (101.0, 104.0, 100.0, 103.0)])

    result = run_events(Scripted(2, entry_long=[0]), bars, cash=1_000.0)

    assert result.open_trade.size == 9.0  # floor(1000 / 101)
    assert result.open_trade.pnl == 18.0
    assert result.equity.tolist() == [1_000.0, 1_018.0]
