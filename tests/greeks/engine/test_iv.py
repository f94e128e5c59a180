import runpy

import numpy as np
import pytest

from greeks.engine import Status, greeks, implied_vol, price
from tests.greeks.engine.references import REFERENCE, columns_of, rows_of

EPSILON = np.finfo(float).eps
GRID = runpy.run_path(str(REFERENCE / "make_hard_grid.py"))
KEYS = ("cp", "price", "S", "K", "T", "r", "q")


@pytest.fixture(params=["plain", "compiled"])
def backend(request):
    return request.param


@pytest.mark.parametrize("row", rows_of("iv_cases"), ids=lambda row: row["desc"])
def test_implied_vol_reference_case_matches(row, backend):
    found = implied_vol(*columns_of([row], KEYS), backend=backend)

    assert Status(found.status[0]).name.lower() == row["expected_status"]
    expected = float(row["expected_iv"] or "nan")
    # what half a unit of the price's last digit moves the volatility by
    vega = greeks(*columns_of([{**row, "sigma": expected}]))["vega"][0]
    attainable = EPSILON * ((row["price"] or 0.0) / vega + expected)
    assert found.vol[0] == pytest.approx(expected, rel=0.0, abs=8 * attainable, nan_ok=True)


def test_implied_vol_hard_grid_is_as_exact_as_a_double_price(backend):
    options = GRID["grid_options"]()
    truth = dict(np.load(REFERENCE / "hard_grid.npz"))
    vol = options[:, 6]
    representable = (truth["price"] > 1e-290) & (truth["vega"] > 1e-290)
    attainable = np.full(vol.size, np.inf)
    attainable[representable] = EPSILON * (
        1.0 + truth["price"][representable] / (truth["vega"] * vol)[representable]
    )
    solvable = attainable < 1e-7

    found = implied_vol(options[:, 0], truth["price"], *options[:, 1:6].T, backend=backend)

    errors = np.abs(found.vol[solvable] / vol[solvable] - 1.0)
    assert solvable.sum() > 4_900
    assert (found.status[solvable] == Status.OK).all()
    assert (errors / attainable[solvable]).max() <= 8.0


def test_implied_vol_million_random_options_come_back(backend):
    rng = np.random.default_rng(4)
    n = 1_000_000 if backend == "compiled" else 50_000
    kind, spot = rng.choice([-1.0, 1.0], n), rng.uniform(1.0, 1_000.0, n)
    strike = spot * np.exp(rng.normal(0.0, 0.5, n))
    years = np.exp(rng.uniform(np.log(1e-4), np.log(10.0), n))
    rate, dividend_yield = rng.uniform(-0.05, 0.15, (2, n))
    vol = np.exp(rng.uniform(np.log(0.01), np.log(4.0), n))
    market = (spot, strike, years, rate, dividend_yield)
    known = greeks(kind, *market, vol, which=("price", "vega"), backend="plain")
    forward = kind * (spot * np.exp(-dividend_yield * years) - strike * np.exp(-rate * years))
    # in the money the price carries the rounding of spot and strike, not only its own
    rounded = known["price"] + np.where(forward > 0.0, spot + strike, 0.0)
    attainable = EPSILON * (1.0 + rounded / np.maximum(known["vega"] * vol, 1e-300))
    solvable = (attainable < 1e-8) & (known["price"] > 1e-280)

    found = implied_vol(kind, known["price"], *market, backend=backend)

    errors = np.abs(found.vol / vol - 1.0)[solvable]
    assert solvable.mean() > 0.5
    assert (found.status[solvable] == Status.OK).all()
    assert (np.isnan(found.vol) == (found.status != Status.OK)).all()
    assert (errors / attainable[solvable]).max() < 200.0  # the price itself is good to 100 units
    assert np.median(errors) < 1e-15


@pytest.mark.parametrize("moneyness", [-200.0, -8.0, -1.0, -1e-3, -1e-8, 0.0])
@pytest.mark.parametrize("deviation", [1e-7, 1e-5, 1e-2, 1.0, 8.0])
def test_implied_vol_extreme_options_come_back_or_say_why(backend, moneyness, deviation):
    spot = 100.0 * np.exp(moneyness)
    row = (1.0, spot, 100.0, 1.0, 0.0, 0.0)

    value = price(*row, deviation, backend=backend)
    found = implied_vol(1.0, value, *row[1:], backend=backend)

    if found.status == Status.OK:
        assert found.vol == pytest.approx(deviation, rel=1e-8)
    else:
        assert np.isnan(found.vol)
        assert found.status == (Status.ZERO_PRICE if value == 0.0 else Status.ABOVE_MAX)


def test_implied_vol_broadcasts_and_accepts_words(backend):
    strikes = np.array([90.0, 100.0, 110.0])
    values = price([["call"], ["put"]], 100.0, strikes, 0.5, 0.03, 0.01, 0.25)

    found = implied_vol(
        [["call"], ["put"]], values, 100.0, strikes, 0.5, 0.03, 0.01, backend=backend
    )

    assert found.status.tolist() == [[Status.OK] * 3] * 2
    np.testing.assert_allclose(found.vol, 0.25, rtol=1e-14)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        #  kind  price  spot  strike  years  rate  yield
        ((1, np.inf, 100.0, 95.0, 0.25, 0.05, 0.01), Status.BAD_INPUT),
        ((1, 6.0, np.nan, 95.0, 0.25, 0.05, 0.01), Status.NAN_INPUT),
        ((1, 6.0, 100.0, 95.0, 0.0, 0.05, 0.01), Status.EXPIRED),
        ((1, 0.0, 100.0, 95.0, 0.25, 0.05, 0.01), Status.BELOW_INTRINSIC),
        ((1, -1.0, 100.0, 195.0, 0.25, 0.05, 0.01), Status.BELOW_INTRINSIC),
        ((-1, 0.0, 100.0, 95.0, 0.25, 0.05, 0.01), Status.ZERO_PRICE),
        ((1, 100.0, 100.0, 95.0, 0.25, 0.0, 0.0), Status.ABOVE_MAX),
        ((-1, 6.0, -100.0, 95.0, 0.25, 0.0, 0.0), Status.BAD_INPUT),
    ],
)
def test_implied_vol_without_solution_is_nan_with_a_reason(backend, row, status):
    found = implied_vol(*row, backend=backend)

    assert (found.status, np.isnan(found.vol)) == (status, True)


def test_implied_vol_monotone_in_price(backend):
    values = np.linspace(6.0, 90.0, 2_000)

    found = implied_vol("call", values, 100.0, 95.0, 0.25, 0.05, 0.01, backend=backend)

    assert (np.diff(found.vol) > 0.0).all()
