import numpy as np
import pytest

from greeks.engine.positions import make_legs, position_greeks, profit, profit_matrix

MARKET = {"rate": 0.03, "dividend_yield": 0.01}


def condor():
    return make_legs(
        ["put", "put", "call", "call"], [85.0, 92.0, 108.0, 115.0], 0.2, [0.27, 0.24, 0.2, 0.19],
        quantity=[1.0, -2.0, -2.0, 1.0], premium=[0.3, 0.9, 0.8, 0.2],
    )  # fmt: skip


def test_profit_matrix_cells_are_profits():
    spots, shifts, days = [90.0, 100.0, 110.0], [-0.05, 0.0], [0.0, 30.0, 80.0]

    cells = profit_matrix(condor(), spots, shifts, days, **MARKET)

    assert cells.shape == (3, 2, 3)
    expected = profit(condor(), spots, days=30.0, vol_shift=-0.05, **MARKET)
    assert cells[1, 0] == pytest.approx(expected, rel=1e-12)
    assert cells[2, 0].tolist() == cells[2, 1].tolist()


@pytest.mark.parametrize("name", ["delta_shares", "vega_usd_per_1volpt", "theta_usd_per_day"])
def test_position_greeks_match_bumped_profits(name):
    bump = {
        "delta_shares": ({"spots": 1e-3}, 2e-3),
        "vega_usd_per_1volpt": ({"vol_shift": 1e-5}, 2e-3),
        "theta_usd_per_day": ({"days": 1e-3}, 1e-3),
    }
    (change, width) = bump[name]
    base = {"spots": 97.0, "days": 0.0, "vol_shift": 0.0}
    (key, step), = change.items()  # fmt: skip
    low = {**base, key: base[key] - (0.0 if key == "days" else step)}

    high = profit(condor(), **{**base, key: base[key] + step}, **MARKET)

    slope = (high - profit(condor(), **low, **MARKET))[0] / width
    greeks = position_greeks(condor(), spot=97.0, **MARKET)
    assert getattr(greeks, name) == pytest.approx(slope, rel=1e-3)


def test_position_greeks_gamma_per_percent_is_that_per_point_scaled():
    greeks = position_greeks(condor(), spot=97.0, **MARKET)

    assert greeks.gamma_usd_per_1pct == pytest.approx(greeks.gamma_shares_per_1usd * 97.0**2 / 100)
    assert greeks.delta_usd == pytest.approx(greeks.delta_shares * 97.0)
    assert greeks.delta_shares == pytest.approx(greeks.legs.delta_shares.sum())


def test_position_greeks_stock_has_delta_only():
    legs = make_legs("stock", np.nan, np.nan, np.nan, quantity=-2.0, premium=50.0)

    greeks = position_greeks(legs, spot=60.0)

    assert greeks.delta_shares == -200.0
    assert greeks.delta_usd == -12000.0
    assert (greeks.gamma_usd_per_1pct, greeks.vega_usd_per_1volpt) == (0.0, 0.0)


def test_position_greeks_synthetic_long_is_the_forward():
    """Call less put at one strike: delta exp(-q T), no gamma, no vega."""
    legs = make_legs(["call", "put"], 100.0, 0.5, 0.3, quantity=[1.0, -1.0], premium=5.0)

    greeks = position_greeks(legs, spot=95.0, **MARKET)

    assert greeks.delta_shares == pytest.approx(100.0 * np.exp(-0.005))
    assert greeks.gamma_usd_per_1pct == pytest.approx(0.0, abs=1e-9)
    assert greeks.vega_usd_per_1volpt == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "future"},
        {"kind": 2},
        {"strike": -1.0},
        {"strike": np.nan},
        {"years": -0.1},
        {"vol": -0.2},
        {"quantity": np.inf},
        {"premium": np.nan},
        {"multiplier": 0.0},
        {"kind": []},
    ],
)
def test_make_legs_impossible_input_raises(change):
    given = {"kind": "call", "strike": 100.0, "years": 0.1, "vol": 0.2}
    sizes = {"quantity": 1.0, "premium": 1.0, "multiplier": 100.0}

    with pytest.raises(ValueError, match=r"must|needs"):
        make_legs(**{**given, **sizes, **change})
