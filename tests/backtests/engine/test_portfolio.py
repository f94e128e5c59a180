"""Portfolios by hand."""

import numpy as np
import pytest

from backtests.engine import Bars
from backtests.engine.corporate_actions import Dividend, Split, adjusted
from backtests.engine.portfolio import Series, run_portfolio, run_portfolio_strategy
from backtests.engine.portfolio_calendar import Calendar, fixed_targets
from tests.backtests.engine.data import DAY_NS, bars_of

NAN = np.nan


def series_on(days, prices, **given):
    """Return a series of flat bars on the days given."""
    bars = bars_of(prices)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Series(Bars(np.array(days) * DAY_NS, *columns), **given)


def pair(first, second):
    """Return two instruments of flat bars on the same days."""
    return {
        "A": series_on(range(1, len(first) + 1), first),
        "B": series_on(range(1, len(second) + 1), second),
    }


def test_run_portfolio_half_and_half_rebalances_at_the_next_open():
    two = pair([10.0, 10.0, 20.0, 20.0], [10.0, 10.0, 10.0, 10.0])
    targets = [[0.5, 0.5], [NAN, NAN], [0.5, 0.5], [NAN, NAN]]

    result = run_portfolio(two, targets, cash=1_000.0)

    # day 2: 50 of each; day 3: 50 * 20 + 50 * 10 = 1,500; day 4: 750 each: 37 A, 75 B
    assert result.units.tolist() == [[0, 0], [50, 50], [50, 50], [37, 75]]
    assert result.equity.tolist() == [1_000.0, 1_000.0, 1_500.0, 1_500.0]
    assert result.cash.tolist() == [1_000.0, 0.0, 0.0, 10.0]
    assert result.weights[3].tolist() == [740.0 / 1_500.0, 0.5]
    assert result.trades["pnl"].tolist() == [130.0]  # 13 A sold at 20


def test_run_portfolio_at_the_close_fills_on_the_day_of_the_decision():
    two = pair([10.0, 20.0], [10.0, 10.0])

    result = run_portfolio(two, [[0.5, 0.5], [NAN, NAN]], cash=1_000.0, fill="close")

    assert result.units.tolist() == [[50, 50], [50, 50]]
    assert result.equity.tolist() == [1_000.0, 1_500.0]


def test_run_portfolio_sells_before_it_buys():
    two = pair([10.0, 10.0, 10.0, 10.0], [10.0, 10.0, 10.0, 10.0])
    targets = [[0.0, 1.0], [NAN, NAN], [1.0, 0.0], [NAN, NAN]]

    result = run_portfolio(two, targets, cash=1_000.0)

    assert result.units[-1].tolist() == [100, 0]


def test_run_portfolio_costs_leave_the_latest_purchase_short():
    two = pair([10.0, 10.0], [10.0, 10.0])

    result = run_portfolio(
        two, [[0.5, 0.5], [NAN, NAN]], cash=1_000.0, commission=0.01, fractional=True
    )

    # 50 A cost 500 + 5; of the 495 left, 495 / 10.1 B can be paid
    assert result.units[1] == pytest.approx([50.0, 495.0 / 10.1])
    assert result.cash[1] == pytest.approx(0.0, abs=1e-9)
    assert result.equity[1] == pytest.approx(1_000.0 - 5.0 - 4.95 / 1.01)


def test_run_portfolio_other_calendars_waits_for_each_instruments_next_bar():
    two = {"A": series_on([1, 2, 4], [10.0, 10.0, 12.0]), "B": series_on([1, 3, 4], [20.0] * 3)}
    targets = np.full((4, 2), NAN)
    targets[0] = 0.5

    result = run_portfolio(two, targets, cash=1_000.0)

    assert result.ts_ns.tolist() == [DAY_NS, 2 * DAY_NS, 3 * DAY_NS, 4 * DAY_NS]
    assert result.units.tolist() == [[0, 0], [50, 0], [50, 25], [50, 25]]
    assert result.prices.tolist() == [[10, 20], [10, 20], [10, 20], [12, 20]]
    assert result.equity.tolist() == [1_000.0, 1_000.0, 1_000.0, 1_100.0]


def test_run_portfolio_short_and_long_uses_signed_weights():
    two = pair([10.0, 10.0, 12.0], [10.0, 10.0, 9.0])
    targets = [[0.5, -0.5], [NAN, NAN], [NAN, NAN]]

    result = run_portfolio(two, targets, cash=1_000.0)

    assert result.units[1].tolist() == [50, -50]
    assert result.equity[2] == 1_150.0
    assert result.cash[2] == 1_000.0


def test_run_portfolio_limits_hold_each_instrument():
    two = {
        "A": series_on([1, 2], [10.0, 10.0], max_weight=0.2),
        "B": series_on([1, 2], [10.0, 10.0], max_units=30.0),
    }

    result = run_portfolio(two, [[0.5, 0.5], [NAN, NAN]], cash=1_000.0)

    assert result.units[1].tolist() == [20, 30]


def test_run_portfolio_small_change_is_not_traded():
    two = pair([10.0, 10.0, 11.0, 11.0], [10.0] * 4)
    targets = [[0.5, 0.5], [NAN, NAN], [0.5, 0.5], [NAN, NAN]]

    result = run_portfolio(two, targets, cash=1_000.0, min_trade=0.05)

    assert result.units[-1].tolist() == [50, 50]


def test_run_portfolio_volume_limit_carries_the_rest_to_the_next_bar():
    bars = bars_of([10.0, 10.0, 10.0], volume=120.0)

    result = run_portfolio(
        {"A": Series(bars)}, [[1.0], [NAN], [NAN]], cash=1_000.0, volume_limit=0.5
    )

    assert result.units[:, 0].tolist() == [0, 60, 100]


def test_run_portfolio_maintenance_liquidates_the_position_that_breaks_it():
    bars = bars_of([100.0, 100.0, (100.0, 100.0, 50.0, 60.0)])

    result = run_portfolio(
        {"A": Series(bars)}, [[2.0], [NAN], [NAN]], cash=1_000.0, margin=0.5, maintenance=0.25
    )

    # 1,000 + 20 (p - 100) = 0.25 * 20 p  =>  p = 200 / 3
    assert result.equity[2] == pytest.approx(1_000.0 + 20.0 * (200.0 / 3.0 - 100.0))


ACTIONS = (Split(3 * DAY_NS, 2.0), Dividend(4 * DAY_NS, 1.0))
RAW = [100.0, 100.0, 100.0, 50.0, 49.0]  # bars close at the end of day 1 .. 5


@pytest.mark.parametrize(
    ("adjustment", "prices", "dividends"),
    [
        ("none", RAW, 20.0),
        ("splits", [50.0, 50.0, 50.0, 50.0, 49.0], 20.0),
        ("all", [49.0, 49.0, 49.0, 49.0, 49.0], 0.0),
    ],
)
def test_run_portfolio_same_history_however_adjusted_loses_nothing(adjustment, prices, dividends):
    # the price halves with the split and falls by the dividend: wealth stays as it was
    share = series_on(range(1, 6), prices, actions=ACTIONS, adjustment=adjustment)
    targets = np.full((5, 1), NAN)
    targets[0] = 1.0

    result = run_portfolio({"A": share}, targets, cash=1_000.0, fractional=True)

    assert result.equity.tolist() == pytest.approx([1_000.0] * 5)
    assert result.dividends == pytest.approx(dividends)


def test_run_portfolio_dividend_before_a_split_counts_old_shares():
    actions = (Dividend(3 * DAY_NS, 2.0), Split(4 * DAY_NS, 2.0))
    raw = series_on(
        range(1, 6), [100.0, 100.0, 100.0, 98.0, 49.0], actions=actions, adjustment="none"
    )
    adapted = series_on(
        range(1, 6), [50.0, 50.0, 50.0, 49.0, 49.0], actions=actions, adjustment="splits"
    )
    targets = [[1.0], [NAN], [NAN], [NAN], [NAN]]

    results = [run_portfolio({"A": s}, targets, cash=1_000.0) for s in (raw, adapted)]

    assert [r.dividends for r in results] == [20.0, 20.0]  # 10 at 2, or 20 at 1
    assert results[0].units[:, 0].tolist() == [0, 10, 10, 10, 20]
    assert results[1].units[:, 0].tolist() == [0, 20, 20, 20, 20]


def test_run_portfolio_short_position_pays_the_dividend():
    share = series_on(
        range(1, 4), [10.0, 10.0, 9.0], actions=[Dividend(2 * DAY_NS, 1.0)], adjustment="none"
    )

    result = run_portfolio({"A": share}, [[-0.5], [NAN], [NAN]], cash=1_000.0)

    assert result.dividends == -50.0
    assert result.equity.tolist() == [1_000.0, 1_000.0, 1_000.0]


def test_run_portfolio_odd_share_of_a_split_is_paid_out():
    share = series_on(
        range(1, 4), [30.0, 30.0, 20.0], actions=[Split(2 * DAY_NS, 1.5)], adjustment="none"
    )

    result = run_portfolio({"A": share}, [[1.0], [NAN], [NAN]], cash=100.0)

    # 3 shares become 4.5: 4 and 10 in cash beside the 10 left over
    assert result.units[2, 0] == 4.0
    assert result.cash[2] == pytest.approx(20.0)
    assert result.equity[2] == pytest.approx(100.0)


def test_adjusted_dividend_gives_the_return_of_reinvestment():
    raw = bars_of([100.0, 104.0, 102.0, 110.0])

    prices = adjusted(raw, [Dividend(2 * DAY_NS, 4.0)]).close

    # 1 share, 4 reinvested at 104 - 4: 1.04 shares, worth 1.04 * 110 on the last day
    assert prices[-1] / prices[0] == pytest.approx(1.04 * 110.0 / 100.0)


def test_adjusted_split_scales_prices_and_volumes_before_it():
    raw = bars_of([100.0, 100.0, 50.0], volume=10.0)

    bars = adjusted(raw, [Split(2 * DAY_NS, 2.0)], "splits")

    assert bars.close.tolist() == [50.0, 50.0, 50.0]
    assert bars.volume.tolist() == [20.0, 20.0, 10.0]


def test_adjusted_dividend_as_large_as_the_price_raises():
    with pytest.raises(ValueError, match="dividend of 100 is not below the close before, 100"):
        adjusted(bars_of([100.0, 100.0]), [Dividend(DAY_NS, 100.0)])


def test_fixed_targets_monthly_holds_from_the_first_common_bar():
    # days 29, 30 | 31 is 1970-02-01: the bar of day 31 closes at the end of January 31
    calendar = Calendar.of([bars_on(range(29, 62)), bars_on(range(30, 62))])

    targets = fixed_targets(calendar, [0.6, 0.4])

    rows = np.flatnonzero(~np.isnan(targets[:, 0]))
    assert calendar.ts_ns[rows].tolist() == [30 * DAY_NS, 31 * DAY_NS, 59 * DAY_NS]
    assert targets[rows].tolist() == [[0.6, 0.4]] * 3


def bars_on(days):
    """Return flat bars that close at the end of the days given, counted from 1970-01-01."""
    return series_on(days, [10.0] * len(days)).bars


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"targets": [[1.0]]}, "targets must be finite or NaN"),
        ({"targets": [[1.0], [np.inf]]}, "targets must be finite or NaN"),
        ({"stop_loss": 0.1}, "stop_loss does not apply"),
        ({"side": "long"}, "side does not apply"),
        ({"min_trade": 1.0}, "min_trade must be a fraction"),
        ({"series": {}}, "at least one instrument"),
        ({"cash": 0.0}, "cash must be above 0"),
    ],
)
def test_run_portfolio_impossible_input_raises(given, text):
    usual = {"series": {"A": Series(bars_of([1.0, 1.0]))}, "targets": [[1.0], [NAN]], "cash": 1.0}

    with pytest.raises(ValueError, match=text):
        run_portfolio(**(usual | given))


def test_run_portfolio_one_instrument_all_in_has_the_metrics_of_its_price():
    prices = [100.0, 100.0, 110.0, 99.0, 120.0]
    result = run_portfolio({"A": Series(bars_of(prices))}, [[1.0]] + [[NAN]] * 4, cash=1_000.0)

    assert result.metrics["return_total"] == pytest.approx(0.2)
    assert result.metrics["max_drawdown"] == pytest.approx(0.1)
    assert result.metrics["buy_hold_return"] == pytest.approx(0.2)


def test_run_portfolio_monthly_weights_agree_with_bt():
    # bt 1.4.1: RunMonthly at the end of each period and on the first date, WeighSpecified,
    # Rebalance; integer_positions=False, no commission; 30 transactions
    rng, n_days = np.random.default_rng(5), 300
    close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.02, (n_days, 3)), axis=0)).round(2)
    start = np.datetime64("2023-01-01T00:00:01", "ns").astype(np.int64)
    ts_ns, volume = start + np.arange(n_days) * DAY_NS, np.ones(n_days)
    three = {
        name: Series(Bars(ts_ns, *[close[:, column].copy()] * 4, volume))
        for column, name in enumerate("abc")
    }
    targets = fixed_targets(Calendar.of([s.bars for s in three.values()]), [0.5, 0.3, 0.2])

    result = run_portfolio(three, targets, cash=1e6, fill="close", fractional=True)

    assert result.equity[-1] == pytest.approx(1033989.23908357, rel=1e-12)
    assert len(result.fills) == 30


@pytest.mark.parametrize(
    ("rebalance", "equity", "n_fills"),
    [
        ("weekly", 1087993.0787290297, 132),
        ("monthly", 1074547.4323450732, 30),
        ("quarterly", 1057433.0380203165, 12),
        ("yearly", 1050798.0924328496, 3),
    ],
)
def test_run_portfolio_strategy_equal_weight_agrees_with_bt(rebalance, equity, n_fills):
    # bt 1.4.1 on the bars of the test above: RunWeekly to RunYearly, which run on the first day of
    # each period, SelectAll, WeighEqually, Rebalance; integer_positions=False, no commission
    rng, n_days = np.random.default_rng(5), 300
    close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.02, (n_days, 3)), axis=0)).round(2)
    start = np.datetime64("2023-01-01T00:00:01", "ns").astype(np.int64)
    ts_ns, volume = start + np.arange(n_days) * DAY_NS, np.ones(n_days)
    three = {
        name: Series(Bars(ts_ns, *[close[:, column].copy()] * 4, volume))
        for column, name in enumerate("abc")
    }

    run = run_portfolio_strategy(
        "equal_weight", three, {"rebalance": rebalance}, cash=1e6, fill="close", fractional=True
    )

    assert run.result.equity[-1] == pytest.approx(equity, rel=1e-12)
    assert len(run.result.fills) == n_fills
