import numpy as np
import pytest

from greeks.engine.european import price
from greeks.engine.positions import (
    CATALOGUE,
    Outlook,
    make_legs,
    outcome,
    place_strategy,
    position_greeks,
    profit_at_first_expiry,
)

STRIKES = np.arange(70.0, 131.0, 5.0)
EXPIRIES = np.array([0.1, 0.3])
NEEDED_STEPS = 3


def legs_of(plan, vol=0.25):
    """The plan at 100 with strikes five apart, each leg bought at its model price."""
    placed = place_strategy(plan, spot=101.0, strikes=[STRIKES, STRIKES])
    years = EXPIRIES[placed.expiry]
    is_stock = placed.kind == "stock"
    side = np.where(placed.kind == "put", -1.0, 1.0)
    model = price(side, 100.0, np.nan_to_num(placed.strike), years, 0.0, 0.0, vol)
    premium = np.where(is_stock, 100.0, model)
    return make_legs(
        placed.kind, placed.strike, years, vol, quantity=placed.quantity, premium=premium
    )


def test_catalogue_has_more_than_fifty_strategies_with_unique_names():
    assert len(CATALOGUE) >= 50
    assert len({plan.name for plan in CATALOGUE.values()}) == len(CATALOGUE)
    assert all(slug == plan.slug for slug, plan in CATALOGUE.items())


def test_catalogue_no_two_strategies_have_the_same_legs():
    assert len({frozenset(plan.legs) for plan in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("slug", list(CATALOGUE))
def test_catalogue_fair_price_has_no_arbitrage(slug):
    """Bought at model prices without rates, no outcome is always a gain or always a loss."""
    result = outcome(legs_of(CATALOGUE[slug]), spot=100.0, vol=0.25)

    assert result.max_profit >= -1e-6
    assert result.max_loss <= 1e-6


@pytest.mark.parametrize(
    "slug", [s for s, plan in CATALOGUE.items() if plan.outlook is not Outlook.NONE]
)
def test_catalogue_outlook_agrees_with_the_profile(slug):
    """At first expiry: more at +20 % than at -20 %; or more in the middle than outside."""
    plan = CATALOGUE[slug]
    legs = legs_of(plan)

    low, middle, high = profit_at_first_expiry(legs, [80.0, 100.0, 120.0])

    reached = {
        Outlook.BULLISH: high > low or position_greeks(legs, spot=100.0).delta_shares > 0.0,
        Outlook.BEARISH: low > high or position_greeks(legs, spot=100.0).delta_shares < 0.0,
        Outlook.QUIET: middle > min(low, high),
        Outlook.VOLATILE: max(low, high) > middle,
    }
    assert reached[plan.outlook]


@pytest.mark.parametrize("slug", ["box-spread", "conversion", "reversal"])
def test_catalogue_arbitrages_pay_the_same_whatever_happens(slug):
    profits = profit_at_first_expiry(legs_of(CATALOGUE[slug]), [50.0, 97.0, 100.0, 150.0])

    assert profits == pytest.approx(np.zeros(4), abs=1e-9)


@pytest.mark.parametrize(
    ("slug", "other"),
    [
        ("long-call-butterfly", "long-put-butterfly"),
        ("long-call-condor", "long-put-condor"),
        ("synthetic-call", "long-call"),
        ("synthetic-put", "long-put"),
        ("ratio-call-write", "short-straddle"),
    ],
)
def test_catalogue_equal_by_parity(slug, other):
    spots = np.linspace(60.0, 140.0, 17)

    one, two = (profit_at_first_expiry(legs_of(CATALOGUE[s]), spots) for s in (slug, other))

    assert one == pytest.approx(two, abs=1e-9)


def test_place_strategy_iron_condor_two_strikes_wide():
    placed = place_strategy(CATALOGUE["iron-condor"], spot=101.0, strikes=[STRIKES], width=2)

    assert placed.kind.tolist() == ["put", "put", "call", "call"]
    assert placed.strike.tolist() == [80.0, 90.0, 110.0, 120.0]
    assert placed.quantity.tolist() == [1.0, -1.0, -1.0, 1.0]


def test_place_strategy_later_leg_takes_the_nearest_listed_strike():
    placed = place_strategy(
        CATALOGUE["call-calendar"], spot=104.0, strikes=[STRIKES, [90.0, 100.0, 110.0, 120.0]]
    )

    assert placed.strike.tolist() == [105.0, 100.0]
    assert placed.expiry.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("slug", "strikes"),
    [
        ("iron-condor", [[95.0, 100.0, 105.0]]),
        ("call-calendar", [[95.0, 100.0, 105.0]]),
        ("long-call", []),
        ("long-call", [[]]),
    ],
)
def test_place_strategy_too_few_strikes_or_expiries_raises(slug, strikes):
    with pytest.raises(ValueError, match=r"strike|expir"):
        place_strategy(CATALOGUE[slug], spot=100.0, strikes=strikes)
