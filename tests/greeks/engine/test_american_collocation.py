import math

import numpy as np
import pytest

from greeks.engine.american import american_price
from greeks.engine.american_collocation import LANES, collocate_puts
from greeks.engine.american_schemes import build_scheme, scheme_of


def collocate(rows, scheme):
    rows = np.ascontiguousarray(np.array(rows, dtype=np.float64).T)
    out = np.empty_like(rows)
    collocate_puts(rows, scheme, out)
    return out


def row_of(spot, years, rate, dividend_yield, vol):
    return (math.log(spot / 100.0), rate * years, dividend_yield * years, vol * math.sqrt(years))


@pytest.mark.parametrize("n_rows", [1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5])
def test_collocate_puts_lanes_do_not_see_each_other(n_rows):
    rng = np.random.default_rng(n_rows)
    rows = [
        row_of(*values)
        for values in zip(
            rng.uniform(80.0, 130.0, n_rows),
            rng.uniform(0.1, 2.0, n_rows),
            rng.uniform(0.01, 0.08, n_rows),
            rng.uniform(0.0, 0.08, n_rows),
            rng.uniform(0.1, 0.6, n_rows),
            strict=True,
        )
    ]

    together = collocate(rows, scheme_of("fast"))

    alone = np.concatenate([collocate([row], scheme_of("fast")) for row in rows], axis=1)
    assert together.tolist() == alone.tolist()


def test_collocate_puts_boundary_goes_to_the_perpetual_one():
    """Merton (1973): B = K g / (g - 1), g the negative root of s^2 g (g - 1) / 2 + r g = r."""
    rate, vol = 0.08, 0.3
    root = -2.0 * rate / vol**2

    boundary = collocate([row_of(100.0, 80.0, rate, 0.0, vol)], scheme_of("high"))[3]

    assert np.exp(boundary) == pytest.approx([root / (root - 1.0)], rel=2e-3)


def test_american_price_goes_to_the_perpetual_put():
    """Merton (1973): (K - B) (S / B)^g."""
    rate, vol, spot = 0.08, 0.3, 110.0
    root = -2.0 * rate / vol**2
    boundary = 100.0 * root / (root - 1.0)

    price = american_price("put", spot, 100.0, 80.0, rate, 0.0, vol, accuracy="high")

    assert price == pytest.approx((100.0 - boundary) * (spot / boundary) ** root, rel=2e-4)


@pytest.mark.parametrize(
    ("rate", "dividend_yield", "top"), [(0.05, 0.0, 1.0), (0.05, -0.02, 1.0), (0.02, 0.05, 0.4)]
)
def test_collocate_puts_boundary_starts_at_the_smaller_of_strike_and_its_rate(
    rate, dividend_yield, top
):
    """With no time left B = K min(1, r / q); with a second it lies below by a few deviations."""
    years, vol = 1.0 / 31_536_000.0, 0.2

    boundary = collocate([row_of(100.0, years, rate, dividend_yield, vol)], scheme_of("high"))[3]

    below = math.log(top) - boundary[0]
    assert 0.0 < below < 8.0 * vol * math.sqrt(years)


def test_collocate_puts_more_work_comes_closer():
    rows = [row_of(95.0, 1.0, 0.05, 0.02, 0.3)]
    truth = collocate(rows, build_scheme(6, 12, 32, 40, 128))[0]

    errors = [
        abs(collocate(rows, scheme_of(name))[0] - truth)[0] for name in ("fast", "accurate", "high")
    ]

    assert errors[0] < 1e-6
    assert errors[2] < 1e-9
