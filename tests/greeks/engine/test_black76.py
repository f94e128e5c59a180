import numpy as np
import pytest

from greeks.engine import Status
from greeks.engine.black76 import (
    FORWARD_GREEKS,
    black76_greeks,
    black76_implied_vol,
    black76_price,
)
from tests.greeks.engine.references import rows_of

FUTURES = [row for row in rows_of("european_haug") if row["q"] == row["r"]]
HULL = next(row for row in rows_of("hull_examples") if "futures" in row["desc"])


@pytest.mark.parametrize("row", [*FUTURES, HULL])
def test_black76_price_book_rows_match_50_digits(row):
    value = black76_price(row["cp"], row["S"], row["K"], row["T"], row["r"], row["sigma"])

    assert value == pytest.approx(float(row["value_50digit"]), rel=1e-13)


def test_black76_price_at_the_money_is_brenner_and_subrahmanyam():
    """F exp(-rT) (2 Phi(s / 2) - 1); Phi(0.1) is 0.539827837277029 in any table."""
    value = black76_price("call", 100.0, 100.0, 1.0, 0.05, 0.2)

    assert value == pytest.approx(100.0 * np.exp(-0.05) * 2 * 0.039827837277029, rel=1e-13)


def test_black76_greeks_rho_only_discounts():
    row = (["call", "put"], 100.0, 95.0, 0.5, 0.04)
    step = 1e-5

    found = black76_greeks(*row, 0.3)

    up, down = (black76_price(*row[:-1], row[-1] + h, 0.3) for h in (step, -step))
    np.testing.assert_allclose(found["rho"], (up - down) / (2 * step), rtol=1e-8)
    np.testing.assert_allclose(found["rho"], -0.5 * found["price"], rtol=1e-15)


def test_black76_greeks_theta_leaves_the_forward():
    row = ("put", 100.0, 95.0)
    step = 1e-5

    theta = black76_greeks(*row, 0.5, 0.04, 0.3, which=("theta",))["theta"]

    later, earlier = (black76_price(*row, 0.5 + h, 0.04, 0.3) for h in (-step, step))
    assert theta == pytest.approx((later - earlier) / (2 * step), rel=1e-8)


def test_black76_greeks_names_are_all_but_epsilon():
    found = black76_greeks("call", 100.0, 95.0, 0.5, 0.04, 0.3)

    assert list(found) == [*FORWARD_GREEKS, "status"]
    with pytest.raises(ValueError, match="no epsilon"):
        black76_greeks("call", 100.0, 95.0, 0.5, 0.04, 0.3, which=("epsilon",))


def test_black76_implied_vol_comes_back():
    strikes = np.linspace(60.0, 160.0, 11)
    values = black76_price("call", 100.0, strikes, 0.5, 0.04, 0.3)

    found = black76_implied_vol("call", values, 100.0, strikes, 0.5, 0.04)

    assert (found.status == Status.OK).all()
    np.testing.assert_allclose(found.vol, 0.3, rtol=1e-13)
