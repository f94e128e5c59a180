"""A chain at QuantLib's American prices: its volatilities and Greeks come back."""

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- as its documentation does

from greeks.engine.chain import (
    QuoteIssue,
    analyse_american_chain,
    analyse_chain,
    issue_words,
    make_quotes,
)
from greeks.engine.status import Status

SPOT, RATE, DIVIDEND_YIELD, DAYS = 100.0, 0.05, 0.02, 182
YEARS = DAYS / 365
STRIKES = np.arange(80.0, 121.0, 5.0)
VOLS = 0.25 - 0.002 * (STRIKES - 100.0)


def quantlib_option(kind, strike, vol):
    """Return QuantLib's American option, by its accurate fixed-point engine."""
    today = ql.Date(20, 11, 2026)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()

    def flat(value):
        return ql.YieldTermStructureHandle(ql.FlatForward(today, value, count))

    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(SPOT)),
        flat(DIVIDEND_YIELD),
        flat(RATE),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), vol, count)),
    )
    side = ql.Option.Call if kind > 0 else ql.Option.Put
    exercise = ql.AmericanExercise(today, today + DAYS)
    option = ql.VanillaOption(ql.PlainVanillaPayoff(side, strike), exercise)
    option.setPricingEngine(
        ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme())
    )
    return option


@pytest.fixture(scope="module")
def chain():
    kind = np.tile([-1.0, 1.0], STRIKES.size)
    strike, vol = np.repeat(STRIKES, 2), np.repeat(VOLS, 2)
    worth = np.array([quantlib_option(*row).NPV() for row in zip(kind, strike, vol, strict=True)])
    quotes = make_quotes(kind, strike, YEARS, worth - 0.01, worth + 0.01)
    return quotes, vol, worth


def analysed(quotes):
    return analyse_american_chain(quotes, spot=SPOT, rate=RATE, dividend_yield=DIVIDEND_YIELD)


def test_american_chain_gives_the_volatilities_back(chain):
    quotes, vol, _ = chain

    found = analysed(quotes)

    assert (found.vols.status == Status.OK).all()
    assert found.vols.mid == pytest.approx(vol, abs=2e-5)
    assert found.vol == pytest.approx(vol, abs=2e-5)
    forward = SPOT * np.exp((RATE - DIVIDEND_YIELD) * YEARS)
    assert found.atm_vol == pytest.approx([0.25 - 0.002 * (forward - 100.0)], abs=1e-4)
    assert (found.vols.bid < found.vols.mid).all()
    assert (found.vols.mid < found.vols.ask).all()


def test_american_chain_deltas_are_quantlibs(chain):
    quotes, vol, _ = chain

    found = analysed(quotes)

    bump = 0.01
    expected = []
    for kind, strike, sigma in zip(quotes.kind, quotes.strike, vol, strict=True):
        # the price is homogeneous: moving the strike moves the spot the other way
        up, down = (
            (SPOT + h) / SPOT * quantlib_option(kind, strike * SPOT / (SPOT + h), sigma).NPV()
            for h in (bump, -bump)
        )
        expected.append((up - down) / (2 * bump))
    assert found.greeks["delta"] == pytest.approx(expected, abs=2e-4)


def test_american_chain_as_european_would_have_other_volatilities(chain):
    """Deep puts carry an early exercise that a European model takes for volatility."""
    quotes, vol, _ = chain
    deep = (quotes.kind < 0) & (quotes.strike == 120.0)

    european = analyse_chain(quotes, spot=SPOT, rate=RATE, dividend_yield=DIVIDEND_YIELD)

    assert abs(european.vols.mid[deep] - vol[deep]) > 0.005


def test_american_chain_forward_is_that_of_its_rates(chain):
    found = analysed(chain[0])

    assert found.forwards.forward == pytest.approx(
        [SPOT * np.exp((RATE - DIVIDEND_YIELD) * YEARS)], rel=1e-12
    )
    assert not found.forwards.is_fitted.any()


def test_american_chain_bad_quotes_have_reasons():
    quotes = make_quotes(
        [1, -1, 1, -1], [100.0, 140.0, 105.0, 90.0], [YEARS] * 4,
        [3.0, 39.0, np.nan, 0.0], [2.0, 39.4, 2.0, 0.05],
    )  # fmt: skip

    found = analysed(quotes)

    assert np.isnan(found.vols.mid).all()
    assert found.issues[0] & QuoteIssue.CROSSED
    assert found.issues[1] & QuoteIssue.BELOW_INTRINSIC  # exercise pays 40 now
    assert issue_words(int(found.issues[2])) == ["no two-sided quote"]
    assert found.vols.status.tolist() == [
        Status.BAD_INPUT,
        Status.BELOW_INTRINSIC,
        Status.NAN_INPUT,
        Status.BAD_INPUT,
    ]


def test_american_chain_needs_a_spot():
    with pytest.raises(ValueError, match="spot must be"):
        analyse_american_chain(
            make_quotes(1, 100.0, 0.5, 1.0, 2.0), spot=0.0, rate=0.0, dividend_yield=0.0
        )
