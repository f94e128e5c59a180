import numpy as np
import pytest

from greeks.engine import greeks, price
from greeks.engine.european import GREEK_NAMES
from greeks.engine.units import (
    SCREEN_UNITS,
    gamma_per_percent,
    in_screen_units,
    rho_per_point,
    theta_per_day,
    vega_per_point,
)

#: Hull, Options, Futures, and Other Derivatives, ch. "The Greek Letters"
HULL = ("call", 49.0, 50.0, 0.3846, 0.05, 0.0, 0.2)


def test_units_hull_example_reads_as_in_the_book():
    raw = greeks(*HULL)

    assert theta_per_day(raw["theta"]) == pytest.approx(-0.0118, abs=5e-5)
    assert vega_per_point(raw["vega"]) == pytest.approx(0.121, abs=5e-4)
    assert rho_per_point(raw["rho"]) == pytest.approx(0.0891, abs=5e-5)
    assert gamma_per_percent(raw["gamma"], 49.0) == pytest.approx(0.066 * 0.49, abs=5e-4)


@pytest.mark.parametrize(
    ("column", "bump"),
    [
        #                   kind  spot years   rate  yield vol
        ("theta_per_day", (0, 0, 0, -1 / 365, 0, 0, 0)),
        ("vega_per_point", (0, 0, 0, 0, 0, 0, 0.01)),
        ("rho_per_point", (0, 0, 0, 0, 0.01, 0, 0)),
        ("epsilon_per_point", (0, 0, 0, 0, 0, 0.01, 0)),
    ],
)
def test_in_screen_units_is_about_what_one_unit_does(column, bump):
    row = (1.0, *HULL[1:])

    found = in_screen_units(greeks(*row))

    moved = price(*(value + step for value, step in zip(row, bump, strict=True)))
    assert found[column] == pytest.approx(moved - price(*row), rel=0.05)


def test_in_screen_units_names_every_greek_once():
    columns = in_screen_units(greeks(*HULL))

    assert list(columns) == [SCREEN_UNITS[name].column for name in GREEK_NAMES] + ["status"]
    assert len(set(columns)) == len(GREEK_NAMES) + 1


def test_in_screen_units_higher_greeks_are_units_of_units():
    raw = greeks(*HULL)

    found = in_screen_units(raw)

    assert found["vomma_per_point"] == pytest.approx(raw["vomma"] / 100 / 100, rel=1e-15)
    assert found["veta_per_day"] == pytest.approx(raw["veta"] / 100 / 365, rel=1e-15)
    assert found["charm_per_day"] == pytest.approx(raw["charm"] / 365, rel=1e-15)
    np.testing.assert_array_equal(found["delta"], raw["delta"])
