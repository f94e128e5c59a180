import numpy as np
import pytest

from greeks.engine import Status, greeks, price

NAN = np.nan
SECOND_ORDER = ("gamma", "vanna", "charm", "vomma", "veta", "speed", "zomma", "color", "ultima")
E = np.exp


@pytest.fixture(params=["plain", "compiled"])
def backend(request):
    return request.param


@pytest.mark.parametrize(
    ("kind", "spot", "strike", "value", "delta"),
    [
        (1, 100.0, 95.0, 5.0, 1.0),
        (1, 100.0, 105.0, 0.0, 0.0),
        (-1, 100.0, 105.0, 5.0, -1.0),
        (-1, 100.0, 95.0, 0.0, 0.0),
        (1, 100.0, 100.0, 0.0, 0.5),
        (-1, 100.0, 100.0, 0.0, -0.5),
    ],
)
def test_greeks_no_time_left_gives_intrinsic_and_expired(backend, kind, spot, strike, value, delta):
    found = greeks(kind, spot, strike, 0.0, 0.05, 0.01, 0.2, backend=backend)

    assert found["status"] == Status.EXPIRED
    assert (found["price"], found["delta"], found["prob_itm"]) == (value, delta, abs(delta))
    assert [found[name] for name in ("vega", "theta", "rho", "epsilon")] == [0.0] * 4
    expected = NAN if spot == strike else 0.0
    np.testing.assert_equal([found[name] for name in SECOND_ORDER], [expected] * 9)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ((100.0, 95.0, -0.01, 0.05, 0.01, 0.2), Status.EXPIRED),
        ((100.0, 95.0, 0.25, 0.05, 0.01, -0.2), Status.BAD_INPUT),
        ((-100.0, 95.0, 0.25, 0.05, 0.01, 0.2), Status.BAD_INPUT),
        ((100.0, -95.0, 0.25, 0.05, 0.01, 0.2), Status.BAD_INPUT),
        ((np.inf, 95.0, 0.25, 0.05, 0.01, 0.2), Status.BAD_INPUT),
        ((100.0, 95.0, 0.25, 0.05, 0.01, np.inf), Status.BAD_INPUT),
        ((100.0, 95.0, 500.0, 5.0, 0.01, 0.2), Status.BAD_INPUT),
        ((1e101, 95.0, 0.25, 0.05, 0.01, 0.2), Status.BAD_INPUT),
        ((100.0, 1e-101, 0.25, 0.05, 0.01, 0.2), Status.BAD_INPUT),
        ((NAN, 95.0, 0.25, 0.05, 0.01, 0.2), Status.NAN_INPUT),
        ((100.0, 95.0, 0.25, NAN, 0.01, 0.2), Status.NAN_INPUT),
    ],
)
def test_greeks_impossible_row_is_nan_and_leaves_its_neighbours(backend, row, status):
    columns = np.array([(100.0, 100.0, 1.0, 0.0, 0.0, 0.2), row]).T

    found = greeks(1, *columns, backend=backend)

    assert found.pop("status").tolist() == [Status.OK, status]
    assert np.isnan([values[1] for values in found.values()]).all()
    assert np.isfinite([values[0] for values in found.values()]).all()
    assert np.isnan(price(1, *columns, backend=backend)).tolist() == [False, True]


@pytest.mark.parametrize("kind", [1, -1])
@pytest.mark.parametrize("strike", [95.0, 105.0])
def test_greeks_no_vol_gives_the_forward_or_nothing(backend, kind, strike):
    years, rate, dividend_yield = 0.25, 0.05, 0.01
    present, discounted = 100.0 * E(-dividend_yield * years), strike * E(-rate * years)
    held = float(kind * (present - discounted) > 0.0)

    found = greeks(kind, 100.0, strike, years, rate, dividend_yield, 0.0, backend=backend)

    assert found["status"] == Status.OK
    assert found["price"] == pytest.approx(max(kind * (present - discounted), 0.0), rel=1e-14)
    assert found["delta"] == pytest.approx(kind * held * E(-dividend_yield * years))
    carried = dividend_yield * present - rate * discounted
    assert found["theta"] == pytest.approx(kind * held * carried, rel=1e-14)
    assert found["rho"] == pytest.approx(kind * held * years * discounted, rel=1e-14)
    assert found["epsilon"] == pytest.approx(-kind * held * years * present, rel=1e-14)
    assert found["charm"] == pytest.approx(dividend_yield * found["delta"], rel=1e-15)
    flat = {*SECOND_ORDER, "vega", "dual_gamma"} - {"charm"}
    assert [found[name] for name in flat] == [0.0] * 10


@pytest.mark.parametrize("kind", [1, -1])
def test_greeks_vol_going_to_zero_approach_the_limits(backend, kind):
    row = (kind, 100.0, 95.0, 0.25, 0.05, 0.01)

    small, none = (greeks(*row, vol, backend=backend) for vol in (1e-3, 0.0))

    np.testing.assert_allclose(
        [small[name] for name in none if name != "lambda"],
        [none[name] for name in none if name != "lambda"],
        atol=1e-13,
    )


def test_greeks_no_vol_on_the_forward_has_halves_and_no_second_derivative(backend):
    found = greeks("put", 100.0, 100.0, 0.25, 0.0, 0.0, 0.0, backend=backend)

    assert (found["price"], found["delta"], found["prob_itm"]) == (0.0, -0.5, 0.5)
    assert found["vega"] == pytest.approx(100.0 * 0.5 / np.sqrt(2 * np.pi), rel=1e-15)
    assert np.isnan([found[name] for name in SECOND_ORDER]).all()


@pytest.mark.parametrize(
    ("kind", "spot", "strike", "value", "delta"),
    [
        (1, 0.0, 95.0, 0.0, 0.0),
        (-1, 0.0, 95.0, 95.0 * E(-0.05 * 2), -E(-0.01 * 2)),
        (1, 100.0, 0.0, 100.0 * E(-0.01 * 2), E(-0.01 * 2)),
        (-1, 100.0, 0.0, 0.0, 0.0),
    ],
)
def test_greeks_worthless_spot_or_strike_gives_the_limits(
    backend, kind, spot, strike, value, delta
):
    found = greeks(kind, spot, strike, 2.0, 0.05, 0.01, 0.3, backend=backend)

    assert found["status"] == Status.OK
    assert found["price"] == pytest.approx(value, rel=1e-15)
    assert found["delta"] == pytest.approx(delta, rel=1e-15)
    assert found["charm"] == pytest.approx(0.01 * delta, rel=1e-15)
    assert [found[name] for name in {*SECOND_ORDER, "vega"} - {"charm"}] == [0.0] * 9


def test_greeks_worthless_option_has_no_lambda(backend):
    found = greeks(1, 100.0, 1e6, 0.01, 0.0, 0.0, 0.1, backend=backend)

    assert found["price"] == 0.0
    assert np.isnan(found["lambda"])


def test_price_empty_input_gives_empty_output(backend):
    assert price(1, [], 100.0, 1.0, 0.0, 0.0, 0.2, backend=backend).shape == (0,)


@pytest.mark.parametrize("scale", [1e-98, 1e98])
def test_price_extreme_currency_stays_finite(backend, scale):
    value = price(1, 42.0 * scale, 40.0 * scale, 0.5, 0.1, 0.0, 0.2, backend=backend)

    assert value / scale == pytest.approx(4.75942239287153322, rel=1e-13)
