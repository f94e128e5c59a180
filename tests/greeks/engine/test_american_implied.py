import numpy as np
import pytest

from greeks.engine.american import american_price
from greeks.engine.american_implied import american_implied_vol
from greeks.engine.status import Status
from tests.greeks.engine.references import columns_of, rows_of

LEAST_TIME_VALUE = 0.01
"""Cents of a strike of 100; under them the vol is a guess for anybody."""


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("accuracy", ["fast", "accurate"])
def test_american_implied_vol_of_a_price_gives_its_vol_back(kind, accuracy):
    rng = np.random.default_rng(11)
    n = 2_000
    spot = 100.0 * np.exp(rng.normal(0.0, 0.1, n))
    strike = np.full(n, 100.0)
    years = rng.uniform(0.02, 2.0, n)
    rate, dividend_yield = rng.uniform(0.0, 0.08, (2, n))
    vol = rng.uniform(0.1, 0.9, n)
    row = (spot, strike, years, rate, dividend_yield)
    prices = american_price(kind, *row, vol, accuracy=accuracy)

    found = american_implied_vol(kind, prices, *row, accuracy=accuracy)

    certain = american_price(kind, *row, 0.0)
    is_told = prices > certain + LEAST_TIME_VALUE
    assert is_told.sum() > 0.9 * n
    assert (found.status[is_told] == Status.OK).all()
    assert found.vol[is_told] == pytest.approx(vol[is_told], abs=1e-7)


def test_american_implied_vol_of_quantlib_prices_gives_their_vol():
    rows = rows_of("american_greeks")
    *contract, vol = columns_of(rows)
    (prices,) = columns_of(rows, ("price",))

    found = american_implied_vol(contract[0], prices, *contract[1:], accuracy="high")

    assert (found.status == Status.OK).all()
    assert found.vol == pytest.approx(vol, abs=1e-8)


def test_american_implied_vol_under_two_boundaries_gives_the_vol_back():
    row = (95.0, 100.0, 1.0, -0.01, -0.04)
    prices = american_price("put", *row, [0.15, 0.25, 0.5])

    found = american_implied_vol("put", prices, *row)

    assert found.status.tolist() == [Status.OK] * 3
    assert found.vol == pytest.approx([0.15, 0.25, 0.5], abs=1e-6)


@pytest.mark.parametrize("kind", ["call", "put"])
def test_american_implied_vol_under_cash_dividends_gives_the_vol_back(kind):
    dividends = [(0.1, 1.0), (0.35, 1.0)]
    row = ([95.0, 100.0, 106.0], 100.0, 0.5, 0.04, 0.0)
    prices = american_price(kind, *row, 0.3, dividends=dividends)

    found = american_implied_vol(kind, prices, *row, dividends=dividends)

    assert found.vol == pytest.approx([0.3, 0.3, 0.3], abs=1e-7)


def test_american_implied_vol_of_a_call_without_dividends_is_the_european():
    """No early exercise: Hull, Options, Futures, and Other Derivatives, example of 0.235."""
    found = american_implied_vol("call", 1.875, 21.0, 20.0, 0.25, 0.1, 0.0)

    assert found.vol == pytest.approx(0.235, abs=5e-4)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        #  kind    price  spot   strike  years  rate   yield
        (("put", 10.0, 90.0, 100.0, 1.0, 0.05, 0.0), Status.AT_INTRINSIC),
        (("put", 9.99, 90.0, 100.0, 1.0, 0.05, 0.0), Status.BELOW_INTRINSIC),
        (("put", 12.0, 90.0, 100.0, 1.0, -0.05, 0.0), Status.BELOW_INTRINSIC),
        (("put", 100.0, 90.0, 100.0, 1.0, 0.05, 0.0), Status.ABOVE_MAX),
        (("call", 90.0, 90.0, 100.0, 1.0, 0.05, 0.0), Status.ABOVE_MAX),
        (("put", 0.0, 110.0, 100.0, 1.0, 0.05, 0.0), Status.ZERO_PRICE),
        (("put", -0.5, 110.0, 100.0, 1.0, 0.05, 0.0), Status.BELOW_INTRINSIC),
        (("put", 10.5, 90.0, 100.0, 0.0, 0.05, 0.0), Status.EXPIRED),
        (("put", np.nan, 90.0, 100.0, 1.0, 0.05, 0.0), Status.NAN_INPUT),
        (("put", 10.5, -90.0, 100.0, 1.0, 0.05, 0.0), Status.BAD_INPUT),
        (("put", 10.5, 0.0, 100.0, 1.0, 0.05, 0.0), Status.BAD_INPUT),
    ],
)
def test_american_implied_vol_without_a_vol_says_why(row, status):
    kind, price, *rest = row

    found = american_implied_vol(kind, price, *rest)

    assert found.status == status
    assert np.isnan(found.vol)


def test_american_implied_vol_above_the_european_maximum_is_found():
    """With a rate of 10 % a put may be worth more than the present strike of 74.08."""
    row = (5.0, 100.0, 3.0, 0.1, 0.0)
    price = float(american_price("put", *row, 3.0))

    found = american_implied_vol("put", price, *row)

    assert price > 100.0 * np.exp(-0.3)
    assert found.vol == pytest.approx(3.0, abs=1e-6)
