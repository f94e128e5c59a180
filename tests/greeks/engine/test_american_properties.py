import numpy as np
import pytest

from greeks.engine.american import american_price
from greeks.engine.european import price

N_ROWS = 20_000
SLACK = {"fast": 2e-4, "high": 2e-6}


@pytest.fixture(scope="module")
def market():
    """Random rows with one boundary; strikes of 100."""
    rng = np.random.default_rng(20_261_121)
    return {
        "spot": 100.0 * np.exp(rng.normal(0.0, 0.25, N_ROWS)),
        "strike": np.full(N_ROWS, 100.0),
        "years": np.exp(rng.uniform(np.log(1.0 / 365.0), np.log(3.0), N_ROWS)),
        "rate": rng.uniform(0.001, 0.09, N_ROWS),
        "dividend_yield": rng.uniform(0.0, 0.09, N_ROWS) * (rng.random(N_ROWS) < 0.7),
        "vol": np.exp(rng.uniform(np.log(0.1), np.log(1.5), N_ROWS)),
    }


@pytest.fixture(scope="module", params=["call", "put"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def fast(market, kind):
    return american_price(kind, **market)


def test_american_price_is_at_least_european_and_intrinsic(market, kind, fast):
    sign = 1.0 if kind == "call" else -1.0

    assert (fast >= price(kind, **market)).all()
    assert (fast >= sign * (market["spot"] - market["strike"])).all()
    assert (fast >= 0.0).all()


def test_american_price_is_at_most_spot_or_strike(market, kind, fast):
    most = market["spot"] if kind == "call" else market["strike"]

    assert (fast <= most * (1.0 + 1e-12)).all()


@pytest.mark.parametrize(
    ("name", "factor", "sign_of_call", "sign_of_put"),
    [
        ("spot", 1.001, 1.0, -1.0),
        ("strike", 1.001, -1.0, 1.0),
        ("years", 1.01, 1.0, 1.0),
        ("vol", 1.01, 1.0, 1.0),
        ("rate", 1.05, 1.0, -1.0),
        ("dividend_yield", 1.05, -1.0, 1.0),
    ],
)
def test_american_price_is_monotone(market, kind, fast, name, factor, sign_of_call, sign_of_put):
    moved = american_price(kind, **{**market, name: market[name] * factor})

    sign = sign_of_call if kind == "call" else sign_of_put
    assert (sign * (moved - fast)).min() >= -SLACK["fast"]


def test_american_price_spot_and_strike_swap_with_the_rates(market, kind, fast):
    other = "put" if kind == "call" else "call"

    mirrored = american_price(
        other,
        market["strike"],
        market["spot"],
        market["years"],
        market["dividend_yield"],
        market["rate"],
        market["vol"],
    )

    assert mirrored == pytest.approx(fast, rel=1e-10, abs=1e-10)


def test_american_price_scales_with_spot_and_strike(market, kind, fast):
    scaled = american_price(
        kind, **{**market, "spot": market["spot"] * 7.0, "strike": market["strike"] * 7.0}
    )

    assert scaled == pytest.approx(7.0 * fast, rel=1e-9, abs=1e-9)


def test_american_price_is_convex_in_strike(market, kind, fast):
    above, below = (
        american_price(kind, **{**market, "strike": market["strike"] * factor})
        for factor in (1.02, 0.98)
    )

    assert (above + below - 2.0 * fast).min() >= -SLACK["fast"]


def test_american_price_accuracies_agree(market, kind, fast):
    some = {name: column[:2_000] for name, column in market.items()}

    high = american_price(kind, **some, accuracy="high")

    assert np.sqrt(np.mean((fast[:2_000] - high) ** 2)) <= 5e-5
    assert np.abs(fast[:2_000] - high).max() <= 1e-3


def test_american_price_call_and_put_keep_the_american_bounds(market):
    """S exp(-q T) - K <= C - P <= S - K exp(-r T): Hull, ch. "Properties of Stock Options"."""
    call, put = (american_price(kind, **market) for kind in ("call", "put"))

    present = market["spot"] * np.exp(-market["dividend_yield"] * market["years"])
    discounted = market["strike"] * np.exp(-market["rate"] * market["years"])
    assert (call - put - (present - market["strike"])).min() >= -SLACK["fast"]
    assert (market["spot"] - discounted - (call - put)).min() >= -SLACK["fast"]
