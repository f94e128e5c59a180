import runpy

import mpmath as mp
import numpy as np
import pytest

from greeks.engine import greeks, price
from greeks.engine.european import GREEK_NAMES
from tests.greeks.engine.references import REFERENCE, columns_of, rows_of, worst_relative_error

GRID = runpy.run_path(str(REFERENCE / "make_hard_grid.py"))
QUOTABLE = 1e-8
UNDERFLOW = 1e-290


@pytest.fixture(params=["plain", "compiled"])
def backend(request):
    return request.param


@pytest.fixture(scope="module")
def hard_grid():
    return GRID["grid_options"](), dict(np.load(REFERENCE / "hard_grid.npz"))


def random_options(n, *, seed=1):
    rng = np.random.default_rng(seed)
    kind = rng.choice([-1.0, 1.0], n)
    spot = rng.uniform(20.0, 500.0, n)
    strike = spot * np.exp(rng.normal(0.0, 0.3, n))
    years = np.exp(rng.uniform(np.log(1 / 365), np.log(3.0), n))
    rate, dividend_yield = rng.uniform(-0.03, 0.1, (2, n))
    vol = rng.uniform(0.05, 1.2, n)
    return kind, spot, strike, years, rate, dividend_yield, vol


def test_hard_grid_file_sample_is_what_mpmath_gives_today(hard_grid):
    options, truth = hard_grid
    sample = np.random.default_rng(50).choice(len(options), 50, replace=False)

    with mp.workdps(50):
        rows = [GRID["exact_greeks"](*options[i]) for i in sample]

    for name in GREEK_NAMES:
        assert [float(row[name]) for row in rows] == truth[name][sample].tolist()


def test_price_hard_grid_matches_mpmath(hard_grid, backend):
    options, truth = hard_grid
    quotable = truth["price"] > QUOTABLE

    values = price(*options.T, backend=backend)

    assert worst_relative_error(values, truth["price"], quotable) <= 1e-11
    assert np.abs(values - truth["price"]).max() <= 2e-13


@pytest.mark.parametrize("name", GREEK_NAMES)
def test_greeks_hard_grid_match_mpmath(hard_grid, backend, name):
    options, truth = hard_grid
    quotable = (np.abs(truth[name]) > QUOTABLE) & (truth["price"] > QUOTABLE)

    values = greeks(*options.T, backend=backend)[name]

    assert worst_relative_error(values, truth[name], quotable) <= 1e-11


@pytest.mark.parametrize("name", GREEK_NAMES)
def test_greeks_reference_rows_match_50_digits(backend, name):
    rows = rows_of("european_50digit_all_greeks")
    truth = columns_of(rows, [name])[0]
    prices = columns_of(rows, ["price"])[0]
    representable = (np.abs(truth) > UNDERFLOW) & (prices > UNDERFLOW)

    values = greeks(*columns_of(rows), backend=backend)[name]

    assert worst_relative_error(values, truth, representable) <= 1e-12


@pytest.mark.parametrize("row", rows_of("european_haug"))
def test_price_haug_tables_match_50_digits(row, backend):
    value = price(*columns_of([row]), backend=backend)[0]

    assert value == pytest.approx(float(row["value_50digit"]), rel=1e-13)
    assert value == pytest.approx(row["published"], abs=1e-4)


@pytest.mark.parametrize("row", rows_of("greeks_haug"))
def test_greeks_haug_tables_match_50_digits(row, backend):
    name, days = (row["greek"].removesuffix("_per_day_365"), row["greek"].endswith("365"))

    value = greeks(*columns_of([row]), backend=backend)[name][0] / (365.0 if days else 1.0)

    assert value == pytest.approx(float(row["value_50digit"]), rel=1e-13)


@pytest.mark.parametrize("row", [row for row in rows_of("hull_examples") if "dividends" not in row])
def test_greeks_hull_examples_match_the_book(row, backend):
    value = greeks(*columns_of([row]), backend=backend)[row["quantity"]][0]

    assert value == pytest.approx(float(row["value_50digit"]), rel=1e-13)
    assert value == pytest.approx(row["published"], rel=1e-2)


def test_price_scalars_give_zero_dimensions():
    value = price("call", 42, 40, 0.5, 0.1, 0, 0.2)

    assert value.shape == ()
    assert value.dtype == np.float64
    assert float(value) == pytest.approx(4.75942239287153322, rel=1e-14)


def test_greeks_columns_and_rows_broadcast(backend):
    found = greeks(["call", "put"], 100.0, [[90.0], [100.0], [110.0]], 0.5, 0.02, 0.01, 0.3)

    assert {name: values.shape for name, values in found.items()} == dict.fromkeys(
        [*GREEK_NAMES, "status"], (3, 2)
    )
    assert found["status"].dtype == np.int8


def test_greeks_chosen_names_come_back_alone(backend):
    found = greeks("call", 100.0, 100.0, 1.0, 0.0, 0.0, 0.2, which=("vega", "price"))

    assert list(found) == ["vega", "price", "status"]


def test_greeks_unknown_name_raises():
    with pytest.raises(ValueError, match="unknown Greeks: rhodium"):
        greeks("call", 100.0, 100.0, 1.0, 0.0, 0.0, 0.2, which=("rhodium",))


@pytest.mark.parametrize("row", rows_of("parity_limits"))
def test_price_parity_rows_match(row, backend):
    market = columns_of([row], ("S", "K", "T", "r", "q", "sigma"))

    call, put = (greeks(kind, *market, backend=backend) for kind in (1, -1))

    assert call["price"][0] - put["price"][0] == pytest.approx(float(row["C_minus_P"]), abs=2e-14)
    assert call["delta"][0] - put["delta"][0] == pytest.approx(float(row["delta_diff"]), abs=1e-15)


def test_price_random_options_keep_parity(backend):
    _, *market = random_options(20_000)
    spot, strike, years, rate, dividend_yield, _ = market
    forward = spot * np.exp(-dividend_yield * years) - strike * np.exp(-rate * years)

    gap = price(1, *market, backend=backend) - price(-1, *market, backend=backend) - forward

    assert np.abs(gap / (spot + strike)).max() < 1e-15


def test_price_random_options_stay_in_bounds_and_rise_with_vol(backend):
    options = random_options(20_000)
    kind, spot, strike, years, rate, dividend_yield, vol = options
    present, discounted = spot * np.exp(-dividend_yield * years), strike * np.exp(-rate * years)

    value = price(*options, backend=backend)

    rounding = 1e-15 * (present + discounted)
    assert (value >= np.maximum(kind * (present - discounted), 0.0) - rounding).all()
    assert (value <= np.where(kind > 0, present, discounted) + rounding).all()
    assert (price(*options[:-1], vol * 1.001, backend=backend) >= value - rounding).all()


def test_price_scaled_currency_scales(backend):
    kind, spot, strike, *rest = random_options(1_000)

    scaled = price(kind, spot * 1024.0, strike * 1024.0, *rest, backend=backend)

    np.testing.assert_allclose(scaled, 1024.0 * price(kind, spot, strike, *rest), rtol=1e-12)


#: each Greek is the derivative of another quantity by one input (a sign for time passing)
SLOPES = [
    #  Greek         of            by                sign
    ("delta", "price", "spot", 1.0),
    ("gamma", "delta", "spot", 1.0),
    ("vega", "price", "vol", 1.0),
    ("theta", "price", "years", -1.0),
    ("rho", "price", "rate", 1.0),
    ("epsilon", "price", "dividend_yield", 1.0),
    ("vanna", "delta", "vol", 1.0),
    ("charm", "delta", "years", -1.0),
    ("vomma", "vega", "vol", 1.0),
    ("veta", "vega", "years", -1.0),
    ("speed", "gamma", "spot", 1.0),
    ("zomma", "gamma", "vol", 1.0),
    ("color", "gamma", "years", -1.0),
    ("ultima", "vomma", "vol", 1.0),
    ("dual_delta", "price", "strike", 1.0),
    ("dual_gamma", "dual_delta", "strike", 1.0),
]


@pytest.mark.parametrize(("name", "of", "by", "sign"), SLOPES)
def test_greeks_bumped_inputs_give_the_same_slopes(backend, name, of, by, sign):
    names = ("kind", "spot", "strike", "years", "rate", "dividend_yield", "vol")
    options = dict(zip(names, random_options(500, seed=2), strict=True))
    step = 1e-4 * (options[by] if by not in {"rate", "dividend_yield"} else 1.0)

    def quantity(steps):
        bumped = options | {by: options[by] + steps * step}
        return greeks(*bumped.values(), backend=backend)[of]

    # the five-point rule: its error is of the fourth order in the step
    slope = (8.0 * (quantity(1) - quantity(-1)) - (quantity(2) - quantity(-2))) / (12.0 * step)

    exact = greeks(*options.values(), backend=backend)[name]
    noise = 1e-15 * np.abs(quantity(0)).max() / step
    np.testing.assert_allclose(sign * slope, exact, rtol=2e-6, atol=10.0 * noise.max())
