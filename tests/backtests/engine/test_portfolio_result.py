"""What a portfolio run tells: contributions, correlations, payments, progress, fingerprint."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtests.engine import Bars, Cancelled
from backtests.engine.corporate_actions import Dividend, Split, adjusted, total_return
from backtests.engine.portfolio import Series, correlation_of, run_portfolio, run_portfolio_strategy
from backtests.engine.portfolio_account import PortfolioAccount
from backtests.engine.portfolio_artifact import (
    read_portfolio_curve,
    read_portfolio_table,
    write_portfolio,
)
from backtests.engine.terms import Terms
from tests.backtests.engine.data import DAY_NS, bars_of, random_bars

NAN = np.nan
COLUMNS = ("ts_ns", "open", "high", "low", "close", "volume")
COSTS = {"commission": 0.001, "slippage": 0.0005, "borrow_rate": 0.02, "financing_rate": 0.05}


def walks(n=3, n_bars=300):
    return {name: Series(random_bars(seed, n_bars)) for seed, name in enumerate("ABCDEF"[:n])}


def test_contributions_sum_to_the_change_of_equity():
    actions = (Split(100 * DAY_NS, 1.5), Dividend(150 * DAY_NS, 0.7))
    series = walks() | {"S": Series(random_bars(9), actions=actions, adjustment="none")}
    rng = np.random.default_rng(3)
    targets = np.where(rng.random((300, 4)) < 0.1, rng.uniform(-0.4, 0.6, (300, 4)), NAN)

    result = run_portfolio(series, targets, cash=1e6, margin=0.5, **COSTS)

    assert len(result.payments) == 2
    assert result.contributions.sum() == pytest.approx(result.equity[-1] - 1e6, rel=1e-9)


def test_contribution_of_one_share_held_is_its_price_change_and_dividend():
    share = Series(bars_of([10.0, 10.0, 12.0]), [Dividend(2 * DAY_NS, 0.5)], adjustment="none")

    result = run_portfolio(
        {"A": share, "B": Series(bars_of([5.0] * 3))},
        [[0.5, 0.0], [NAN] * 2, [NAN] * 2],
        cash=100.0,
    )

    # 5 A at 10 and at 12, 0.5 of dividend each
    assert result.contributions.tolist() == [12.5, 0.0]
    assert [(p.bar, p.instrument, p.cash) for p in result.payments] == [(2, 0, 2.5)]


def test_correlation_is_that_of_pandas_over_common_days():
    # the second closes three hours later, the third begins late and rests at weekends
    prices = [random_bars(seed, 200) for seed in range(3)]
    later = replace(prices[1], ts_ns=prices[1].ts_ns - 3 * 3_600_000_000_000)
    kept = np.arange(100, 200)[np.arange(100, 200) % 7 < 5]
    fewer = Bars(*(getattr(prices[2], name)[kept] for name in COLUMNS))
    first = replace(prices[0], ts_ns=prices[0].ts_ns - 6 * 3_600_000_000_000)

    correlation = correlation_of([Series(first), Series(later), Series(fewer)])

    table = pd.DataFrame({0: prices[0].close, 1: prices[1].close})
    table[2] = pd.Series(fewer.close, index=kept)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        expected = table[[a, b]].dropna().pct_change().corr().loc[a, b]
        assert correlation[a, b] == pytest.approx(expected, abs=1e-12)


def test_correlation_does_not_see_a_split():
    bars = random_bars(1, 100)
    factor = np.where(bars.ts_ns > 50 * DAY_NS, 0.5, 1.0)
    halved = Bars(bars.ts_ns, *(getattr(bars, n) * factor for n in COLUMNS[1:5]), bars.volume)
    split = Series(halved, [Split(50 * DAY_NS, 2.0)], adjustment="none")

    assert correlation_of([Series(bars), split])[0, 1] == pytest.approx(1.0)


def test_correlation_with_what_does_not_move_is_not_defined():
    moves, rests = Series(bars_of([1.0, 2.0, 1.0, 3.0])), Series(bars_of([5.0] * 4))

    correlation = correlation_of([moves, rests])

    assert correlation[0, 0] == pytest.approx(1.0)
    assert np.isnan(correlation[0, 1])
    assert np.isnan(correlation[1, 1])


def test_benchmark_holds_equal_parts_with_dividends_put_back():
    a = Series(bars_of([10.0, 10.0, 9.0]), [Dividend(2 * DAY_NS, 1.0)], adjustment="none")
    b = Series(bars_of([10.0, 11.0, 12.0]))

    result = run_portfolio({"A": a, "B": b}, np.full((3, 2), NAN), cash=100.0)

    # A pays 1 as its price falls by 1: its part keeps its value; B rises by a tenth twice
    assert result.benchmark.tolist() == pytest.approx([100.0, 105.0, 110.0])
    assert result.equity.tolist() == [100.0] * 3


def test_total_return_is_in_proportion_to_the_adjusted_prices():
    bars = random_bars(4, 50)
    actions = [Split(10 * DAY_NS, 2.0), Dividend(20 * DAY_NS, 3.0), Dividend(30 * DAY_NS, 1.0)]

    forward, backward = total_return(bars, actions), adjusted(bars, actions)

    assert forward.close / backward.close == pytest.approx(
        np.full(50, forward.close[0] / backward.close[0])
    )
    assert forward.close[:10].tolist() == bars.close[:10].tolist()


def test_total_return_of_a_shorter_history_is_the_start_of_the_longer_ones():
    bars = random_bars(4, 50)
    actions = [Split(10 * DAY_NS, 3.0), Dividend(20 * DAY_NS, 3.0), Split(30 * DAY_NS, 0.1)]

    whole = total_return(bars, actions)

    for cut in (5, 11, 21, 40):
        part = total_return(bars.slice(0, cut), actions)
        assert part.close.tolist() == whole.close[:cut].tolist()
        assert part.volume.tolist() == whole.volume[:cut].tolist()


def test_run_portfolio_tells_progress_and_the_equity_so_far():
    told = []

    result = run_portfolio(
        walks(), np.full((300, 3), 0.2), cash=1e5, on_progress=lambda *step: told.append(step)
    )

    fractions = [fraction for fraction, _, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(told) == 50
    assert all(equity.size == n for _, n, equity in told)
    assert told[-1][2].tolist() == result.equity.tolist()


def test_run_portfolio_stops_when_asked():
    with pytest.raises(Cancelled):
        run_portfolio(
            walks(), np.full((300, 3), 0.2), cash=1e5, on_progress=lambda done, _n, _e: done < 0.5
        )


def test_run_portfolio_strategy_same_fingerprint_same_bits():
    def run(**more):
        return run_portfolio_strategy(
            "equal_weight", walks(), {"rebalance": "weekly"}, cash=1e5, **COSTS | more
        ).result

    first, again, other = run(), run(), run(commission=0.002)

    assert first.fingerprint == again.fingerprint
    assert first.equity.tobytes() == again.equity.tobytes()
    assert other.fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"max_weight": 0.2}, id="limit"),
        pytest.param({"actions": [Dividend(DAY_NS, 1.0)]}, id="dividend"),
        pytest.param({"adjustment": "splits"}, id="adjustment"),
    ],
)
def test_run_portfolio_other_member_gives_another_fingerprint(change):
    def fingerprint(**given):
        return run_portfolio(
            {"A": Series(random_bars(1), **given)}, np.full((300, 1), 1.0), cash=1e5
        ).fingerprint

    assert fingerprint(**change) != fingerprint()


def test_artifact_gives_back_what_was_written(tmp_path):
    result = run_portfolio_strategy("equal_weight", walks(), cash=1e5, **COSTS).result

    write_portfolio(tmp_path / "7", result)

    curve = read_portfolio_curve(tmp_path / "7", is_whole=True)
    assert curve.equity.tolist() == result.equity.tolist()
    assert curve.weights.tolist() == result.weights.tolist()
    part = read_portfolio_curve(tmp_path / "7", start_ns=11 * DAY_NS, stop_ns=21 * DAY_NS)
    assert part.ts_ns.tolist() == (np.arange(11, 21) * DAY_NS).tolist()
    fills = read_portfolio_table(tmp_path / "7", "fills")
    assert fills["price"].tolist() == [fill.price for fill in result.fills]
    assert len(read_portfolio_table(tmp_path / "7", "trades")["pnl"]) == len(result.trades)


def test_weights_of_an_account_that_is_used_up_are_not_defined():
    bars = bars_of([10.0, 10.0, 4.0])

    result = run_portfolio({"A": Series(bars)}, [[2.0], [NAN], [NAN]], cash=100.0, margin=0.5)

    # 20 A at 10; at 4 they have lost 120 of 100
    assert result.bankrupt_bar == 2
    assert np.isnan(result.weights[2, 0])


def test_universe_bars_may_be_of_other_times():
    days = Bars(np.array([1, 3]) * DAY_NS, *[np.array([10.0, 11.0])] * 4, np.ones(2))
    series = {"A": Series(days), "B": Series(bars_of([5.0, 5.0, 6.0]))}

    run = run_portfolio_strategy("equal_weight", series, cash=100.0)

    assert run.universe.closes.tolist() == [[10.0, 5.0], [10.0, 5.0], [11.0, 6.0]]


class Plodding(PortfolioAccount):
    """Takes every step, however little happens."""

    def skip(self, t, end):
        return t


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({}, id="next open"),
        pytest.param({"fill": "close"}, id="close"),
        pytest.param({"volume_limit": 0.01}, id="rests of orders"),
        pytest.param({"borrow_rate": 0.03, "financing_rate": 0.05}, id="charged while held"),
        pytest.param({"maintenance": 0.25}, id="margin calls"),
        pytest.param({"margin": 0.02}, id="used up"),
    ],
)
def test_skipping_quiet_times_changes_no_bit(terms):
    actions = (Split(100 * DAY_NS, 1.5), Dividend(150 * DAY_NS, 0.7))
    series = walks() | {"S": Series(random_bars(9), actions=actions, adjustment="none")}
    late = random_bars(10).slice(120, 260)
    series["L"] = Series(late)
    rng = np.random.default_rng(4)
    most = 10.0 if "margin" in terms else 0.4
    decides = rng.random((300, 1)) < 0.04
    targets = np.where(decides, rng.uniform(-most, most, (300, 5)), NAN)
    agreed = Terms(cash=1e5, **{"margin": 0.5, "commission": 0.001, **terms})
    accounts = [kind(series, targets, agreed, 0.0) for kind in (PortfolioAccount, Plodding)]

    for account in accounts:
        account.advance()

    quick, slow = accounts
    for name in ("equity", "cash", "units"):
        assert getattr(quick, name).tobytes() == getattr(slow, name).tobytes()
    assert quick.exchange.fills == slow.exchange.fills
    assert quick.exchange.closed_at == slow.exchange.closed_at
    assert (quick.exchange.closed_at is not None) == (terms == {"margin": 0.02})
