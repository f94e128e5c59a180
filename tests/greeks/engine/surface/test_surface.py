import numpy as np
import pytest

from greeks.engine.chain import Smile
from greeks.engine.surface import (
    SliceStatus,
    Ssvi,
    Svi,
    butterfly,
    density,
    fit_surface,
    fit_svi,
)

K = np.linspace(-0.4, 0.3, 29)
WIDE = np.linspace(-1.5, 1.5, 3001)
VOGT = Svi(-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)
"""Gatheral & Jacquier (2014), section 3.1: Axel Vogt's smile with a butterfly, T = 1."""


def smile_from(curves, years, log_moneyness=K, spread=0.002):
    """Volatilities read off curves, quoted with a small spread."""
    vols = [np.sqrt(w / t) for w, t in zip(curves, years, strict=True)]
    vol = np.concatenate(vols)
    k = np.tile(log_moneyness, len(years))
    forward = np.full(k.size, 100.0)
    return Smile(
        years=np.repeat(years, log_moneyness.size),
        strike=forward * np.exp(k),
        forward=forward,
        log_moneyness=k,
        vol=vol,
        vol_bid=vol - 0.5 * spread,
        vol_ask=vol + 0.5 * spread,
        kind=np.where(k >= 0.0, 1.0, -1.0),
    )


def svi_of(years):
    """A smile whose total variance grows with time at every strike."""
    return Svi(0.01 * years, 0.08 * years, -0.5, 0.02, 0.15)


def test_curve_derivatives_match_differences():
    svi, step = svi_of(0.5), 1e-4

    curve = svi.curve(K)

    up, down = svi.curve(K + step).variance, svi.curve(K - step).variance
    assert curve.slope == pytest.approx((up - down) / (2.0 * step), abs=1e-7)
    assert curve.curvature == pytest.approx((up - 2.0 * curve.variance + down) / step**2, abs=1e-5)


def test_ssvi_curve_derivatives_match_differences():
    ssvi, step = Ssvi(-0.4, 1.0, 0.4, np.array([0.04])), 1e-4

    curve = ssvi.curve(K, 0)

    up, down = ssvi.curve(K + step, 0).variance, ssvi.curve(K - step, 0).variance
    assert curve.slope == pytest.approx((up - down) / (2.0 * step), abs=1e-7)
    assert curve.curvature == pytest.approx((up - 2.0 * curve.variance + down) / step**2, abs=1e-5)


def test_butterfly_of_the_vogt_smile_is_negative_where_the_paper_says():
    """Figure 1 of Gatheral & Jacquier: g dips below 0 for k between about 0.6 and 1."""
    k = np.linspace(-1.5, 1.5, 301)

    g = butterfly(k, VOGT.curve(k))

    assert g.min() < 0.0
    assert 0.6 < k[g.argmin()] < 1.1
    assert (g[k < 0.5] > 0.0).all()


def test_density_of_a_flat_smile_is_the_normal_one():
    """Total variance 0.04: ln(price / forward) is normal with mean -0.02 and deviation 0.2."""
    flat = Svi(0.04, 0.0, 0.0, 0.0, 0.1)

    expected = np.exp(-0.5 * ((K + 0.02) / 0.2) ** 2) / (0.2 * np.sqrt(2.0 * np.pi))
    assert density(K, flat.curve(K)) == pytest.approx(expected)


def test_density_of_a_fitted_smile_sums_to_one_with_the_forward_as_mean():
    surface = fit_surface(smile_from([svi_of(0.5).curve(K).variance], [0.5]))

    p = density(WIDE, surface.slices[0].params.curve(WIDE))

    assert np.trapezoid(p, WIDE) == pytest.approx(1.0, abs=2e-3)
    assert np.trapezoid(p * np.exp(WIDE), WIDE) == pytest.approx(1.0, abs=2e-3)


def test_fit_svi_exact_points_are_met_within_a_hundredth_of_a_vol_point():
    years = [0.1, 0.5, 1.0]

    surface = fit_surface(smile_from([svi_of(t).curve(K).variance for t in years], years))

    assert [one.status for one in surface.slices] == [SliceStatus.OK] * 3
    assert max(one.worst_vol for one in surface.slices) < 1e-4
    assert min(one.inside_spread for one in surface.slices) == 1.0
    assert surface.is_arbitrage_free


def test_fit_svi_points_with_a_butterfly_give_a_curve_without():
    k = np.linspace(-1.0, 1.2, 45)
    variance = VOGT.curve(k).variance

    svi = fit_svi(k, variance, np.full(k.size, 1e-3), checked=k)

    assert butterfly(k, svi.curve(k)).min() >= 0.0
    assert svi.curve(k).variance == pytest.approx(variance, abs=0.01)


def test_fit_surface_falling_variance_is_lifted_above_the_expiry_before():
    curves = [svi_of(0.5).curve(K).variance, 0.95 * svi_of(0.5).curve(K).variance]

    surface = fit_surface(smile_from(curves, [0.5, 0.6]))

    assert surface.is_arbitrage_free
    gap = surface.total_variance(K, 0.6) - surface.total_variance(K, 0.5)
    assert gap.min() >= 0.0
    assert surface.slices[1].rmse_vol > surface.slices[0].rmse_vol


def test_fit_ssvi_exact_points_are_met():
    truth = Ssvi(-0.4, 1.0, 0.4, np.array([0.01, 0.03, 0.06]))
    curves = [truth.curve(K, place).variance for place in range(3)]

    surface = fit_surface(smile_from(curves, [0.25, 0.75, 1.5]), model="ssvi")

    assert max(one.worst_vol for one in surface.slices) < 1e-4
    assert surface.ssvi.eta * (1.0 + abs(surface.ssvi.rho)) <= 2.0
    assert surface.is_arbitrage_free


def test_surface_between_expiries_is_linear_in_total_variance():
    curves = [svi_of(t).curve(K).variance for t in (0.5, 1.0)]
    surface = fit_surface(smile_from(curves, [0.5, 1.0]))

    early, middle, late = surface.total_variance(0.1, [0.5, 0.75, 1.0])

    assert middle == pytest.approx(0.5 * (early + late))
    assert surface.vol(0.1, 0.25) == pytest.approx(surface.vol(0.1, 0.5))
    assert surface.vol(0.1, 2.0) == pytest.approx(surface.vol(0.1, 1.0))
    assert np.isnan(surface.vol(0.1, 0.0))


@pytest.mark.parametrize("model", ["svi", "ssvi"])
def test_fit_surface_too_few_strikes_has_no_curve(model):
    smile = smile_from([np.full(4, 0.04)], [1.0], log_moneyness=np.linspace(-0.1, 0.1, 4))

    surface = fit_surface(smile, model=model)

    assert [one.status for one in surface.slices] == [SliceStatus.TOO_FEW_POINTS]
    assert np.isnan(surface.vol([0.0, 0.1], 1.0)).all()


def test_fit_surface_flat_smile_is_flat():
    surface = fit_surface(smile_from([np.full(K.size, 0.04)], [1.0]))

    assert surface.vol(K, 1.0) == pytest.approx(0.2, abs=1e-4)


def test_fit_surface_unknown_model_raises():
    with pytest.raises(ValueError, match="model"):
        fit_surface(smile_from([np.full(K.size, 0.04)], [1.0]), model="sabr")
