import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- how its own documentation names it

from greeks.engine.chain import (
    decay,
    expected_move,
    probability_above,
    probability_of_profit,
    probability_of_touch,
)

FLAT = {"years": 0.25, "rate": 0.02, "dividend_yield": 0.0, "vol": 0.2}


def test_expected_move_by_hand():
    """100 x 0.3 x sqrt(73 / 365) and 0.85 x 4."""
    move = expected_move(100.0, 0.3, 73.0 / 365.0, 4.0)

    assert move.from_vol == pytest.approx(30.0 * np.sqrt(0.2))
    assert move.from_straddle == pytest.approx(3.4)


def test_decay_past_expiry_is_the_whole_time_value():
    """Half a day left, out of the money: one day on, all of it is gone."""
    terms = ("call", 100.0, 101.0, 0.5 / 365.0, 0.0, 0.0, 0.3)

    lost = decay(*terms)

    assert lost == -decay(*terms, days=0.0) + decay(*terms, days=10.0)
    assert -0.4 < lost < 0.0


def test_decay_expired_option_is_nothing_or_unknown():
    lost = decay("call", 110.0, 100.0, [0.0, -0.1], 0.0, 0.0, 0.3)

    assert lost[0] == 0.0
    assert np.isnan(lost[1])


def test_probability_above_hull_d2_example():
    """Hull, ch. "The Black-Scholes-Merton Model": S 42, K 40, d2 = 0.6278, N(d2) = 0.7349."""
    odds = probability_above(40.0, 42.0, 0.5, 0.1, 0.0, 0.2)

    assert odds == pytest.approx(0.7349, abs=5e-5)


@pytest.mark.parametrize(
    ("level", "expected"), [(0.0, 1.0), (-5.0, 1.0), (np.nan, np.nan), (np.inf, np.nan)]
)
def test_probability_above_extreme_levels(level, expected):
    assert probability_above(level, 100.0, **FLAT) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("change", [{"years": 0.0}, {"vol": 0.0}, {"spot": 0.0}])
def test_probability_above_without_time_or_vol_is_unknown(change):
    given = {"level": 100.0, "spot": 100.0, **FLAT, **change}

    assert np.isnan(probability_above(**given))


def test_probability_of_profit_is_that_beyond_the_break_even():
    call, put = probability_of_profit(
        [1, -1], 100.0, [105.0, 95.0], 0.25, 0.02, 0.0, 0.2, premium=[1.5, 1.2]
    )

    assert call == probability_above(106.5, 100.0, **FLAT)
    assert put == pytest.approx(1.0 - probability_above(93.8, 100.0, **FLAT))


@pytest.mark.parametrize("level", [90.0, 110.0])
def test_probability_of_touch_without_drift_is_twice_the_end(level):
    """With rate = vol^2 / 2 the logarithm has no drift: reflection doubles exactly."""
    still = {"years": 0.25, "rate": 0.02, "dividend_yield": 0.0, "vol": 0.2}

    above = probability_above(level, 100.0, **still)

    expected = 2.0 * (above if level > 100.0 else 1.0 - above)
    assert probability_of_touch(level, 100.0, **still) == pytest.approx(expected)


def test_probability_of_touch_at_the_spot_is_certain():
    assert probability_of_touch(100.0, 100.0, **FLAT) == 1.0


@pytest.mark.parametrize(
    ("level", "rate", "dividend_yield", "vol"),
    [(115.0, 0.1, 0.0, 0.3), (80.0, 0.05, 0.02, 0.25), (101.0, -0.02, 0.03, 0.1)],
)
def test_probability_of_touch_matches_quantlib(level, rate, dividend_yield, vol):
    odds = probability_of_touch(level, 100.0, 1.0, rate, dividend_yield, vol)

    assert odds == pytest.approx(one_touch(level, rate, dividend_yield, vol), rel=1e-10)


def one_touch(level, rate, dividend_yield, vol):
    """QuantLib's digital that pays 1 in a year if touched, spot 100, undiscounted."""
    today, day_count = ql.Date(1, 1, 2025), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today
    curves = (
        ql.YieldTermStructureHandle(ql.FlatForward(today, one, day_count))
        for one in (dividend_yield, rate)
    )
    flat = ql.BlackConstantVol(today, ql.NullCalendar(), vol, day_count)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(100.0)), *curves, ql.BlackVolTermStructureHandle(flat)
    )
    kind = ql.Option.Call if level > 100.0 else ql.Option.Put
    pays_at_expiry = ql.AmericanExercise(today, today + 365, True)
    option = ql.VanillaOption(ql.CashOrNothingPayoff(kind, level, 1.0), pays_at_expiry)
    option.setPricingEngine(ql.AnalyticDigitalAmericanEngine(process))
    return option.NPV() * np.exp(rate)


def test_probability_of_touch_far_barrier_with_strong_drift_stays_a_probability():
    odds = probability_of_touch([1e-3, 1e6], 100.0, 2.0, -5.0, 0.0, 0.05)

    assert np.isfinite(odds).all()
    assert ((odds >= 0.0) & (odds <= 1.0)).all()


def test_probability_of_touch_bad_inputs_are_unknown():
    odds = probability_of_touch([0.0, np.nan, 90.0], [100.0, 100.0, 0.0], **FLAT)

    assert np.isnan(odds).all()
