import numpy as np
import pytest

from greeks.engine.exposure import exposure, gamma_profile, nearest_root, shortcut_flips, zero_gamma
from greeks.engine.status import Status

FAR = {"spot": 100.0, "rate": 0.02, "dividend_yield": 0.01}
GOOD = (1, 100.0, 0.25, 0.2, 10.0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        #  kind strike years  vol  open interest
        ((1, 100.0, 0.0, 0.2, 10.0), Status.EXPIRED),
        ((1, 100.0, -0.1, 0.2, 10.0), Status.EXPIRED),
        ((1, 100.0, 0.25, np.nan, 10.0), Status.NAN_INPUT),
        ((1, 100.0, 0.25, 0.0, 10.0), Status.BAD_INPUT),
        ((-1, 100.0, 0.25, -0.2, 10.0), Status.BAD_INPUT),
        ((1, 0.0, 0.25, 0.2, 10.0), Status.BAD_INPUT),
        ((1, np.inf, 0.25, 0.2, 10.0), Status.BAD_INPUT),
        ((-1, 100.0, 0.25, 0.2, np.nan), Status.NAN_INPUT),
        ((-1, 100.0, 0.25, 0.2, -1.0), Status.BAD_INPUT),
        ((-1, 100.0, 0.25, 0.2, np.inf), Status.BAD_INPUT),
    ],
)
def test_exposure_contract_that_cannot_count_adds_nothing(row, expected):
    columns = zip(GOOD, row, strict=True)

    result = exposure(*columns, **FAR)

    assert result.rows.status.tolist() == [Status.OK, expected]
    assert np.isnan(result.rows.gex_usd_per_1pct[1])
    assert result.totals == exposure(*GOOD, **FAR).totals
    assert result.n_used == 1


def test_exposure_zero_open_interest_is_zero_without_walls():
    result = exposure([1, -1], [100.0, 100.0], 0.25, 0.2, 0.0, **FAR)

    assert result.gex_usd_per_1pct == 0.0
    assert np.isnan([result.call_wall, result.put_wall, result.oi_call_wall]).all()
    assert zero_gamma([1, -1], [100.0, 100.0], 0.25, 0.2, 0.0, **FAR).tolist() == []


@pytest.mark.parametrize("sticky", ["strike", "moneyness"])
def test_zero_gamma_without_any_contract_is_empty(sticky):
    assert zero_gamma(1, 100.0, 0.0, 0.2, 10.0, spot=100.0, sticky=sticky).tolist() == []


@pytest.mark.parametrize("seed", range(10))
def test_exposure_of_any_numbers_neither_raises_nor_counts_the_impossible(seed):
    rng = np.random.default_rng(seed)
    odd = [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 1e-300]
    good = [100.0, 0.25, 0.2, 10.0]
    rows = [[rng.choice([value, *odd], p=[0.65] + [0.05] * 7) for value in good] for _ in range(40)]
    strike, years, vol, open_interest = np.array(rows).T
    kind = rng.choice([1, -1], 40)

    result = exposure(kind, strike, years, vol, open_interest, **FAR)
    zero_gamma(kind, strike, years, vol, open_interest, **FAR)

    is_used = result.rows.status == Status.OK
    assert np.isnan(result.rows.gamma[~is_used]).all()
    assert (np.isfinite(open_interest) & (open_interest >= 0.0))[is_used].all()
    assert ((vol > 0.0) & (years > 0.0))[is_used].all()


@pytest.mark.parametrize("spot", [np.nan, 0.0, -1.0])
def test_exposure_impossible_spot_has_no_totals(spot):
    result = exposure(*GOOD, spot=spot)

    assert np.isnan(result.totals).all()
    assert result.n_used == 0
    assert zero_gamma(*GOOD, spot=spot).tolist() == []


def test_exposure_empty_chain_has_no_totals():
    nothing = np.zeros(0)

    result = exposure(nothing + 1, nothing, nothing, nothing, nothing, spot=100.0)

    assert np.isnan(result.gex_usd_per_1pct)
    assert result.by_strike.strike.tolist() == []
    assert np.isnan(shortcut_flips(result.by_strike)).all()


def test_exposure_duplicates_add_up():
    once = exposure(1, 100.0, 0.25, 0.2, 30.0, **FAR)

    twice = exposure(1, [100.0, 100.0], 0.25, 0.2, [10.0, 20.0], **FAR)

    assert twice.gex_usd_per_1pct == pytest.approx(once.gex_usd_per_1pct)
    assert twice.by_strike.call_open_interest.tolist() == [30.0]


def test_exposure_in_another_currency_scales_dollars_by_it():
    """Spot and strikes x 7: dollars x 7, shares the same; zero gamma x 7."""
    columns = ([-1, 1], [90.0, 110.0], 0.25, 0.2, 10.0)
    dear = ([-1, 1], [630.0, 770.0], 0.25, 0.2, 10.0)

    cheap_sums, dear_sums = exposure(*columns, spot=100.0), exposure(*dear, spot=700.0)

    assert dear_sums.dex_usd == pytest.approx(7.0 * cheap_sums.dex_usd)
    assert dear_sums.gex_usd_per_1pct == pytest.approx(7.0 * cheap_sums.gex_usd_per_1pct)
    assert zero_gamma(*dear, spot=700.0) == pytest.approx(7.0 * zero_gamma(*columns, spot=100.0))


def test_exposure_vanna_and_charm_match_bumped_delta():
    """One point of volatility more, and one day less, by repricing."""
    base = exposure(1, 105.0, 0.25, 0.2, 10.0, **FAR)

    more_vol = exposure(1, 105.0, 0.25, 0.2 + 1e-6, 10.0, **FAR).dex_usd
    later = exposure(1, 105.0, 0.25 - 1e-6, 0.2, 10.0, **FAR).dex_usd

    expected = (more_vol - base.dex_usd) / 1e-4
    assert base.vex_usd_per_1volpt == pytest.approx(expected, rel=1e-4)
    assert base.chex_usd_per_day == pytest.approx((later - base.dex_usd) / 3.65e-4, rel=1e-4)


def test_exposure_conversions_per_percent_per_point_and_shares():
    """Per 1 % = per point x S / 100; dollars per point = shares per point x S."""
    totals = exposure(1, [90.0, 100.0], 0.25, 0.2, 10.0, spot=250.0).totals

    assert totals.gex_usd_per_1pct == pytest.approx(totals.gex_usd_per_1usd * 2.5)
    assert totals.gex_usd_per_1usd == pytest.approx(totals.gex_shares_per_1usd * 250.0)


def test_exposure_own_signs_equal_the_model_of_the_same_signs():
    columns = ([1, -1, 1], [90.0, 100.0, 110.0], 0.25, 0.2, 10.0)

    own = exposure(*columns, **FAR, sign_model=[1.0, -1.0, 1.0])

    assert own.totals == exposure(*columns, **FAR).totals


@pytest.mark.parametrize("sign_model", ["naive", [2.0, 0.0], [np.nan, 1.0]])
def test_exposure_unknown_sign_model_raises(sign_model):
    with pytest.raises(ValueError, match="sign"):
        exposure([1, -1], 100.0, 0.25, 0.2, 10.0, spot=100.0, sign_model=sign_model)


@pytest.mark.parametrize("sign_model", ["both_short", "absolute"])
def test_zero_gamma_one_sided_model_has_no_root(sign_model):
    columns = ([1, -1], [90.0, 110.0], 0.25, 0.2, 10.0)

    assert zero_gamma(*columns, **FAR, sign_model=sign_model).tolist() == []


def test_zero_gamma_put_call_put_has_two_roots_of_the_profile():
    columns = ([-1, 1, -1], [80.0, 100.0, 120.0], 0.05, 0.2, 10.0)

    roots = zero_gamma(*columns, **FAR)

    net = gamma_profile(*columns, **FAR, spots=roots).net
    assert roots.size == 2
    assert ((roots > [80.0, 100.0]) & (roots < [100.0, 120.0])).all()
    assert net == pytest.approx([0.0, 0.0], abs=1e-6)


def test_zero_gamma_call_above_put_of_one_spread_has_the_arithmetic_root():
    """Equal vol and time, no carry: densities cross where S = sqrt(K1 K2) exp(-vol^2 T / 2)."""
    (root,) = zero_gamma([-1, 1], [90.0, 110.0], 0.25, 0.2, 10.0, spot=100.0)

    assert root == pytest.approx(np.sqrt(90.0 * 110.0) * np.exp(-0.5 * 0.2**2 * 0.25), abs=1e-9)


def test_zero_gamma_minutes_before_the_close_finds_the_narrow_peaks():
    years = 5.0 / (365.0 * 24.0 * 60.0)

    (root,) = zero_gamma([-1, 1], [99.9, 100.0], years, 0.2, 10.0, spot=100.0)

    assert root == pytest.approx(np.sqrt(99.9 * 100.0), abs=1e-3)


def test_gamma_profile_a_minute_before_the_close_sees_every_peak():
    """Puts at even strikes, calls at odd ones; peaks a thirtieth of a point wide."""
    strikes = np.arange(90.0, 111.0)
    kind = np.where(strikes % 2 == 0.0, -1, 1)
    years = 60.0 / (365.0 * 86_400.0)

    profile = gamma_profile(kind, strikes, years, 0.2, 10.0, spot=100.0)

    at_strikes = profile.net[np.searchsorted(profile.spot, strikes)]
    assert (np.sign(at_strikes) == kind).all()


def test_zero_gamma_narrow_peaks_beside_a_broad_one_cross_it_twice_each():
    """Same-day puts over one long call: net is negative on each put's peak, positive around it."""
    years = [0.5, *[120.0 / (365.0 * 86_400.0)] * 3]

    roots = zero_gamma([1, -1, -1, -1], [100.0, 95.0, 100.0, 105.0], years, 0.2, 10.0, spot=100.0)

    middles = 0.5 * (roots[::2] + roots[1::2])
    assert middles == pytest.approx([95.0, 100.0, 105.0], abs=1e-3)


def test_exposure_unrelated_contracts_have_sums_but_no_table():
    """Every contract its own strike and expiry: a million cells and more."""
    columns = (1, np.linspace(50.0, 150.0, 1100), np.linspace(0.1, 2.0, 1100), 0.2, 1.0)

    result = exposure(*columns, spot=100.0)

    assert result.n_used == 1100
    with pytest.raises(ValueError, match="too large"):
        _ = result.by_strike_and_expiry


def test_nearest_root_of_none_is_nan():
    assert np.isnan(nearest_root(np.zeros(0), 100.0))


def test_gamma_profile_at_the_spot_equals_exposure():
    columns = ([-1, 1], [90.0, 110.0], [0.1, 0.25], [0.2, 0.3], 10.0)

    net = gamma_profile(*columns, **FAR, spots=100.0).net

    assert net[0] == pytest.approx(exposure(*columns, **FAR).gex_usd_per_1pct)


@pytest.mark.parametrize("sticky", ["strike", "moneyness"])
def test_gamma_profile_flat_smile_does_not_depend_on_the_rule(sticky):
    columns = ([-1, 1], [90.0, 110.0], 0.25, 0.2, 10.0)

    profile = gamma_profile(*columns, **FAR, sticky=sticky, spots=[80.0, 120.0])

    assert profile.net == pytest.approx(gamma_profile(*columns, **FAR, spots=[80.0, 120.0]).net)


def test_gamma_profile_unknown_rule_raises():
    with pytest.raises(ValueError, match="sticky"):
        gamma_profile(*GOOD, spot=100.0, sticky="delta")


def test_gamma_profile_impossible_spots_raise():
    with pytest.raises(ValueError, match="spots"):
        gamma_profile(*GOOD, spot=100.0, spots=[100.0, 0.0])


@pytest.mark.parametrize("is_american", [False, True])
@pytest.mark.parametrize("sticky", ["strike", "moneyness"])
def test_zero_gamma_of_calls_and_puts_that_cancel_is_none(sticky, is_american):
    """One put for each call of its strike: what is left is rounding, of either sign."""
    strike = np.tile([90.0, 95.0, 100.0, 105.0], 2)
    kind = np.repeat([1.0, -1.0], 4)
    interest = np.tile([130.0, 70.0, 910.0, 33.0], 2)
    vol = np.tile([0.23, 0.21, 0.2, 0.19], 2)
    rates = {"rate": 0.0, "dividend_yield": 0.0} if is_american else {"rate": 0.04}

    roots = zero_gamma(
        kind, strike, 28 / 365, vol, interest, spot=100.0, sticky=sticky,
        is_american=is_american, **rates,
    )  # fmt: skip

    assert roots.size == 0
