"""Profits, break-evens and extremes worked by hand, per share unless a test says otherwise."""

import numpy as np
import pytest

from greeks.engine.chain import probability_above
from greeks.engine.positions import (
    make_legs,
    outcome,
    profit,
    profit_at_first_expiry,
)

INF = np.inf


def position(*rows, years=0.25, multiplier=1.0):
    """Rows of kind, quantity, strike, premium."""
    kind, quantity, strike, premium = zip(*rows, strict=True)
    return make_legs(
        list(kind), strike, years, 0.2, quantity=quantity, premium=premium, multiplier=multiplier
    )


@pytest.mark.parametrize(
    ("rows", "break_evens", "largest", "least"),
    [
        pytest.param([("call", 1, 100, 3)], [103], INF, -3, id="long call"),
        pytest.param([("call", -1, 100, 3)], [103], 3, -INF, id="short call"),
        pytest.param([("put", 1, 100, 4)], [96], 96, -4, id="long put"),
        pytest.param([("put", -1, 100, 4)], [96], 4, -96, id="short put"),
        pytest.param(
            [("stock", 1, 0, 98), ("call", -1, 105, 2)], [96], 9, -96, id="covered call"
        ),
        pytest.param(
            [("call", 1, 100, 5), ("call", -1, 110, 2)], [103], 7, -3, id="bull call spread"
        ),
        pytest.param(
            [("call", 1, 100, 4), ("put", 1, 100, 3)], [93, 107], INF, -7, id="long straddle"
        ),
        pytest.param(
            [("call", -1, 110, 2), ("put", -1, 90, 1)], [87, 113], 3, -INF, id="short strangle"
        ),
        pytest.param(
            [("put", 1, 85, 0.5), ("put", -1, 90, 1.5), ("call", -1, 110, 2), ("call", 1, 115, 1)],
            [88, 112], 2, -3, id="iron condor",
        ),
        pytest.param(
            [("call", 1, 95, 7), ("call", -2, 100, 4), ("call", 1, 105, 2)],
            [96, 104], 4, -1, id="butterfly",
        ),
        pytest.param(
            [("call", 1, 100, 4), ("call", -2, 110, 1.5)], [101, 119], 9, -INF, id="ratio spread"
        ),
        pytest.param(
            [("call", 1, 95, 7), ("call", -1, 105, 2), ("put", 1, 105, 6), ("put", -1, 95, 1.5)],
            [], 0.5, 0.5, id="box bought for 9.50",
        ),
        pytest.param(
            [("stock", 1, 0, 100), ("put", 1, 95, 2), ("call", -1, 105, 2)],
            [100], 5, -5, id="collar",
        ),
        pytest.param([("stock", 1, 0, 100)], [100], INF, -100, id="stock"),
    ],
)  # fmt: skip
def test_outcome_by_hand(rows, break_evens, largest, least):
    result = outcome(position(*rows), spot=100.0, vol=0.2)

    assert result.break_evens == pytest.approx(break_evens)
    assert result.max_profit == pytest.approx(largest)
    assert result.max_loss == pytest.approx(least)
    assert result.is_profit_unbounded == (largest == INF)
    assert result.is_loss_unbounded == (least == -INF)
    assert result.is_exact


def test_outcome_flat_at_zero_ends_are_the_break_evens():
    """A free bull spread: nothing below 100, 10 above 110."""
    result = outcome(position(("call", 1, 100, 2), ("call", -1, 110, 2)), spot=100.0)

    assert result.break_evens.tolist() == [100.0]
    assert result.profit_intervals.tolist() == [[100.0, INF]]


def test_outcome_multiplier_scales_money_not_prices():
    one, hundred = (
        outcome(position(("call", 1, 100, 3), multiplier=m), spot=100.0) for m in (1.0, 100.0)
    )

    assert hundred.max_loss == pytest.approx(100.0 * one.max_loss)
    assert hundred.break_evens == pytest.approx(one.break_evens)


def test_outcome_probability_sums_the_intervals():
    """A long straddle profits below 93 and above 107."""
    legs = position(("call", 1, 100, 4), ("put", 1, 100, 3))

    result = outcome(legs, spot=100.0, rate=0.03, vol=0.25)

    below, above = (probability_above(x, 100.0, 0.25, 0.03, 0.0, 0.25) for x in (93.0, 107.0))
    assert result.profit_intervals.tolist() == [[0.0, 93.0], [107.0, INF]]
    assert result.probability_of_profit == pytest.approx(1.0 - below + above)


def test_outcome_probability_of_opposite_positions_sums_to_one():
    rows = [("put", 1, 90, 1), ("call", -2, 105, 2), ("call", 1, 110, 1)]
    opposite = [(kind, -quantity, strike, premium) for kind, quantity, strike, premium in rows]

    odds = [
        outcome(position(*legs), spot=100.0, vol=0.3).probability_of_profit
        for legs in (rows, opposite)
    ]

    assert sum(odds) == pytest.approx(1.0)


def test_outcome_without_a_vol_has_no_probability():
    assert np.isnan(outcome(position(("call", 1, 100, 3)), spot=100.0).probability_of_profit)


def test_outcome_always_profitable_is_certain():
    box = position(("call", 1, 95, 7), ("call", -1, 105, 2), ("put", 1, 105, 5), ("put", -1, 95, 1))

    assert outcome(box, spot=100.0, vol=0.2).probability_of_profit == pytest.approx(1.0)


def calendar():
    """A call calendar at 100: near sold at 2, later bought at 4."""
    return make_legs(
        "call", 100.0, [0.1, 0.35], 0.2, quantity=[-1.0, 1.0], premium=[2.0, 4.0], multiplier=1.0
    )


def test_outcome_calendar_is_searched_with_roots_on_the_curve():
    result = outcome(calendar(), spot=100.0, vol=0.2)

    at_roots = profit_at_first_expiry(calendar(), result.break_evens)
    assert result.break_evens.size == 2
    assert at_roots == pytest.approx([0.0, 0.0], abs=1e-8)
    assert not result.is_exact
    assert not result.is_profit_unbounded
    assert not result.is_loss_unbounded
    assert result.max_loss == pytest.approx(-2.0, abs=1e-3)


def test_outcome_calendar_best_is_the_later_option_at_the_strike():
    """Half a year's quarter left, at the money, no rates: S (2 N(vol sqrt(T) / 2) - 1)."""
    result = outcome(calendar(), spot=100.0)

    assert result.max_profit == pytest.approx(100.0 * 0.0398776 - 2.0, abs=2e-3)


def test_outcome_later_leg_without_a_vol_is_unknown():
    legs = make_legs(
        "call", 100.0, [0.1, 0.35], [0.2, np.nan], quantity=[-1.0, 1.0], premium=[2.0, 4.0]
    )

    result = outcome(legs, spot=100.0, vol=0.2)

    assert np.isnan([result.max_profit, result.max_loss, result.probability_of_profit]).all()
    assert result.break_evens.size == 0


def test_outcome_on_the_day_itself_is_the_payoff():
    legs = make_legs("call", 100.0, 0.0, np.nan, quantity=1.0, premium=3.0, multiplier=1.0)

    result = outcome(legs, spot=100.0, vol=0.2)

    assert result.break_evens.tolist() == [103.0]
    assert result.max_loss == -3.0


def test_outcome_poor_mans_covered_call_reversed_is_open_above():
    legs = make_legs(
        "call", [90.0, 105.0], [0.5, 0.1], 0.2, quantity=[-1.0, 2.0], premium=[12.0, 1.0]
    )

    result = outcome(legs, spot=100.0)

    assert result.is_profit_unbounded
    assert result.max_profit == INF


def test_profit_long_call_now_is_zero_at_its_own_price():
    """Hull: S 42, K 40, T 0.5, r 0.1, vol 0.2: 4.7594."""
    legs = make_legs("call", 40.0, 0.5, 0.2, quantity=1.0, premium=4.7594, multiplier=100.0)

    assert profit(legs, 42.0, rate=0.1) == pytest.approx([0.0], abs=0.01)


def test_profit_at_expiry_needs_no_vol():
    legs = make_legs("put", 100.0, 0.1, np.nan, quantity=1.0, premium=2.0)

    assert profit_at_first_expiry(legs, [90.0, 110.0]).tolist() == [800.0, -200.0]
    assert np.isnan(profit(legs, 100.0)).all()
