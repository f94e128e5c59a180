"""Legs that may be exercised before they expire."""

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- as its documentation does

from greeks.engine import american_greeks
from greeks.engine.positions import make_legs, outcome, position_greeks, profit

RATES = {"rate": 0.06, "dividend_yield": 0.01}
DAYS, VOL = 200, 0.22


def quantlib_put(strike, spot, days):
    today = ql.Date(2, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    clock = ql.Actual365Fixed()
    dividend, rate = (
        ql.YieldTermStructureHandle(ql.FlatForward(today, RATES[name], clock))
        for name in ("dividend_yield", "rate")
    )
    vol = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), VOL, clock))
    quote = ql.QuoteHandle(ql.SimpleQuote(spot))
    process = ql.BlackScholesMertonProcess(quote, dividend, rate, vol)
    put = ql.PlainVanillaPayoff(ql.Option.Put, strike)
    option = ql.VanillaOption(put, ql.AmericanExercise(today, today + days))
    scheme = ql.QdFpAmericanEngine.highPrecisionScheme()
    option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
    return option.NPV()


def spread(*, is_american=True):
    """Return a put at 110 bought and one at 95 sold, for 9 together."""
    return make_legs(
        "put", [110.0, 95.0], DAYS / 365, VOL, quantity=[1.0, -1.0], premium=[11.0, 2.0],
        is_american=is_american,
    )  # fmt: skip


@pytest.mark.parametrize("days", [0, 50, 150])
@pytest.mark.parametrize("spot", [85.0, 100.0, 118.0])
def test_profit_before_expiry_is_quantlibs(spot, days):
    value = quantlib_put(110.0, spot, DAYS - days) - quantlib_put(95.0, spot, DAYS - days)

    found = profit(spread(), [spot], days=days, **RATES)

    assert found == pytest.approx([100.0 * (value - 9.0)], abs=0.02)


def test_greeks_of_the_position_are_the_american_ones_in_dollars():
    raw = american_greeks(-1, 100.0, [110.0, 95.0], DAYS / 365, 0.06, 0.01, VOL)

    found = position_greeks(spread(), spot=100.0, **RATES)

    signs = np.array([1.0, -1.0])
    assert found.delta_usd == pytest.approx(100.0 * 100.0 * (signs @ raw["delta"]), rel=1e-12)
    assert found.gamma_usd_per_1pct == pytest.approx(100.0 * 100.0 * (signs @ raw["gamma"]))
    assert found.theta_usd_per_day == pytest.approx(100.0 * (signs @ raw["theta"]) / 365.0)
    assert found.vega_usd_per_1volpt == pytest.approx(signs @ raw["vega"])


def test_outcome_at_expiry_does_not_depend_on_exercise():
    late, early = (
        outcome(spread(is_american=one), spot=100.0, vol=VOL, **RATES) for one in (False, True)
    )

    assert early.break_evens.tolist() == late.break_evens.tolist() == [101.0]
    assert (early.max_profit, early.max_loss) == (late.max_profit, late.max_loss) == (600.0, -900.0)


def test_calendar_reprices_its_later_put_with_early_exercise():
    legs = make_legs(
        "put", 100.0, [50 / 365, DAYS / 365], VOL, quantity=[-1.0, 1.0], premium=[2.5, 5.0],
        is_american=True,
    )  # fmt: skip

    found = outcome(legs, spot=100.0, vol=VOL, **RATES)

    best = max(
        100.0 * (quantlib_put(100.0, spot, DAYS - 50) - max(100.0 - spot, 0.0) - 2.5)
        for spot in np.linspace(98.0, 102.0, 81)
    )
    assert found.max_profit == pytest.approx(best, abs=0.5)
    assert found.max_loss == pytest.approx(-250.0, abs=1e-6)


@pytest.mark.parametrize(("is_american", "is_unbounded"), [(False, True), (True, False)])
def test_calendar_of_calls_loses_without_limit_only_if_the_later_cannot_be_exercised(
    is_american, is_unbounded
):
    legs = make_legs(
        "call", 100.0, [50 / 365, DAYS / 365], VOL, quantity=[-1.0, 1.0], premium=[3.5, 7.5],
        is_american=is_american,
    )  # fmt: skip

    found = outcome(legs, spot=100.0, rate=0.03, dividend_yield=0.05, vol=VOL)

    assert found.is_loss_unbounded == is_unbounded
    if is_american:
        assert found.max_loss == pytest.approx(-400.0, abs=0.01)


def test_stock_beside_an_american_option_stays_stock():
    legs = make_legs(
        ["stock", "put"], [0.0, 95.0], [0.0, 0.5], [np.nan, 0.2], quantity=[1.0, 1.0],
        premium=[100.0, 2.0], is_american=True,
    )  # fmt: skip

    found = position_greeks(legs, spot=100.0, **RATES)

    assert found.legs.delta_shares[0] == 100.0
    assert found.legs.gamma_shares_per_1usd[0] == 0.0
