"""Exposure of options that may be exercised early."""

import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 -- as its documentation does

from greeks.engine import american_greeks
from greeks.engine.exposure import exposure, gamma_profile, zero_gamma

MARKET = {"spot": 100.0, "rate": 0.05, "dividend_yield": 0.02}
TODAY = ql.Date(2, 1, 2026)
DAYS = 182


def quantlib_price(kind, strike, *, spot, vol, days):
    ql.Settings.instance().evaluationDate = TODAY
    clock = ql.Actual365Fixed()
    flat = [
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, rate, clock))
        for rate in (MARKET["dividend_yield"], MARKET["rate"])
    ]
    vols = ql.BlackConstantVol(TODAY, ql.NullCalendar(), vol, clock)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)), *flat, ql.BlackVolTermStructureHandle(vols)
    )
    side = ql.Option.Call if kind > 0 else ql.Option.Put
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(side, strike), ql.AmericanExercise(TODAY, TODAY + days)
    )
    scheme = ql.QdFpAmericanEngine.highPrecisionScheme()
    option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
    return option.NPV()


def quantlib_delta(kind, strike, *, vol=0.25, days=DAYS):
    up, down = (
        quantlib_price(kind, strike, spot=spot, vol=vol, days=days) for spot in (100.1, 99.9)
    )
    return (up - down) / 0.2


@pytest.mark.parametrize(("kind", "strike"), [(-1, 90.0), (-1, 100.0), (-1, 110.0), (1, 105.0)])
def test_dollars_of_one_contract_match_quantlib_differences(kind, strike):
    held = exposure(
        kind, strike, DAYS / 365, 0.25, 10.0, **MARKET, sign_model="absolute", is_american=True
    )

    shares, spot = 10.0 * 100.0, 100.0
    middle, *ends = (
        quantlib_price(kind, strike, spot=at, vol=0.25, days=DAYS) for at in (100.0, 100.1, 99.9)
    )
    gamma = (sum(ends) - 2.0 * middle) / 0.01
    vanna = (
        quantlib_delta(kind, strike, vol=0.255) - quantlib_delta(kind, strike, vol=0.245)
    ) / 0.01
    charm_a_day = (
        quantlib_delta(kind, strike, days=DAYS - 1) - quantlib_delta(kind, strike, days=DAYS + 1)
    ) / 2.0
    totals = held.totals
    assert totals.dex_usd == pytest.approx(shares * quantlib_delta(kind, strike) * spot, rel=1e-4)
    assert totals.gex_usd_per_1pct == pytest.approx(shares * gamma * spot**2 / 100, rel=1e-3)
    assert totals.vex_usd_per_1volpt == pytest.approx(shares * vanna * spot / 100, rel=2e-3)
    assert totals.chex_usd_per_day == pytest.approx(shares * charm_a_day * spot, rel=2e-3)


def test_option_better_exercised_now_is_stock():
    held = exposure(-1, 200.0, 0.5, 0.2, 7.0, **MARKET, sign_model="absolute", is_american=True)

    assert held.totals.dex_usd == -7.0 * 100.0 * 100.0
    assert (held.rows.gamma[0], held.rows.vanna[0], held.rows.charm[0]) == (0.0, 0.0, 0.0)


def book(seed=3):
    rng = np.random.default_rng(seed)
    strike = np.tile(np.arange(80.0, 121.0, 2.5), 2)
    kind = np.repeat([1, -1], strike.size // 2)
    years = rng.choice([20 / 365, 80 / 365, 0.7], strike.size)
    vol = 0.2 + 0.002 * np.abs(strike - 100.0)
    return kind, strike, years, vol, rng.integers(10, 3000, strike.size).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_without_interest_early_exercise_adds_nothing(seed):
    columns = book(seed)

    early, late = (exposure(*columns, spot=100.0, is_american=one) for one in (True, False))

    names = ("gex_usd_per_1pct", "dex_usd", "vex_usd_per_1volpt", "chex_usd_per_day")
    for name in names:
        assert getattr(early, name) == pytest.approx(getattr(late, name), rel=1e-5), name
    roots = [zero_gamma(*columns, spot=100.0, is_american=one) for one in (True, False)]
    assert roots[0] == pytest.approx(roots[1], abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_zero_gamma_is_every_change_of_sign_of_repriced_american_gammas(seed):
    kind, strike, years, vol, interest = book(seed)
    rates = (MARKET["rate"], MARKET["dividend_yield"])
    spots = np.linspace(85.0, 120.0, 1201)
    gammas = american_greeks(kind, spots[:, None], strike, years, *rates, vol)["gamma"]
    net = gammas @ (np.where(kind > 0, 1.0, -1.0) * interest)
    turns = spots[:-1][net[:-1] * net[1:] < 0.0]

    roots = zero_gamma(kind, strike, years, vol, interest, **MARKET, is_american=True)

    inside = roots[(roots > spots[0]) & (roots < spots[-1])]
    assert inside.size == turns.size
    assert ((inside >= turns) & (inside <= turns + (spots[1] - spots[0]))).all()


@pytest.mark.parametrize("sticky", ["strike", "moneyness"])
def test_profile_at_the_spot_is_the_exposure(sticky):
    columns = book()

    profile = gamma_profile(*columns, **MARKET, is_american=True, sticky=sticky, spots=[100.0])

    total = exposure(*columns, **MARKET, is_american=True).gex_usd_per_1pct
    assert profile.net.tolist() == pytest.approx([total], rel=1e-9)


def test_no_contract_has_no_exposure():
    nothing = exposure(1, 100.0, 0.5, np.nan, 5.0, **MARKET, is_american=True)
    roots = zero_gamma(1, 100.0, 0.5, np.nan, 5.0, **MARKET, is_american=True)

    assert (nothing.n_used, roots.size) == (0, 0)
