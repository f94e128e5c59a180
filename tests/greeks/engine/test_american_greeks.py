import numpy as np
import pytest

from greeks.engine.american import american_greeks, american_price
from greeks.engine.european import greeks
from greeks.engine.status import Status
from tests.greeks.engine.references import columns_of, rows_of

RATE_LIKE = 1e-3  # QuantLib's own differences in the rates are good to this


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("price", 1e-6),
        ("delta", 1e-6),
        ("gamma", 1e-6),
        ("theta", 1e-5),
        ("vega", 1e-4),
        ("rho", RATE_LIKE),
        ("epsilon", RATE_LIKE),
    ],
)
def test_american_greeks_match_quantlib_differences(name, tolerance):
    rows = rows_of("american_greeks")

    found = american_greeks(*columns_of(rows), accuracy="high")

    (truth,) = columns_of(rows, (name,))
    assert np.abs(found[name] - truth).max() <= tolerance
    assert (found["status"] == Status.OK).all()


@pytest.mark.parametrize("accuracy", ["fast", "accurate", "high"])
def test_american_greeks_all_accuracies_agree_with_quantlib_to_a_screen(accuracy):
    rows = rows_of("american_greeks")

    found = american_greeks(*columns_of(rows), accuracy=accuracy)

    for name in ("delta", "gamma", "theta", "vega", "rho", "epsilon"):
        (truth,) = columns_of(rows, (name,))
        assert found[name] == pytest.approx(truth, rel=5e-4)


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize(
    "dividends", [None, [(0.1, 1.5), (0.35, 1.5)]], ids=["yield", "cash dividends"]
)
def test_american_greeks_are_slopes_of_the_price(kind, dividends):
    row = {
        "spot": np.array([92.0, 100.0, 109.0]),
        "strike": 100.0,
        "years": 0.5,
        "rate": 0.05,
        "dividend_yield": 0.02,
        "vol": 0.3,
    }
    rules = {"dividends": dividends, "accuracy": "high"}

    found = american_greeks(kind, **row, **rules)

    def slope(field, bump):
        above, below = (
            american_price(kind, **{**row, field: row[field] + sign * bump}, **rules)
            for sign in (1.0, -1.0)
        )
        return (above - below) / (2.0 * bump)

    assert found["delta"] == pytest.approx(slope("spot", 0.5), abs=5e-4)
    assert found["vega"] == pytest.approx(slope("vol", 0.01), rel=2e-3)
    assert found["rho"] == pytest.approx(slope("rate", 0.002), rel=5e-3, abs=0.01)
    assert found["epsilon"] == pytest.approx(slope("dividend_yield", 0.002), rel=5e-3, abs=0.01)


def test_american_greeks_theta_is_the_price_lost_to_a_day():
    row = ("put", 105.0, 100.0, 0.75, 0.05, 0.01, 0.25)
    day = 1.0 / 365.0

    theta = american_greeks(*row, accuracy="high")["theta"]

    kind, spot, strike, years, *rest = row
    later = american_price(kind, spot, strike, years - day, *rest, accuracy="high")
    before = american_price(kind, spot, strike, years + day, *rest, accuracy="high")
    assert theta == pytest.approx((later - before) / (2.0 * day), rel=1e-4)


def test_american_greeks_exercised_now_is_a_position_in_the_spot():
    found = american_greeks(
        ["put", "call"], [60.0, 150.0], 100.0, 1.0, [0.06, 0.0], [0.0, 0.1], 0.2
    )

    assert found["price"].tolist() == [40.0, 50.0]
    assert found["delta"].tolist() == [-1.0, 1.0]
    for name in ("gamma", "vega", "theta", "rho", "epsilon"):
        assert found[name].tolist() == [0.0, 0.0]


def test_american_greeks_never_exercised_early_are_european():
    row = ("call", [90.0, 100.0, 115.0], 100.0, 0.8, 0.04, 0.0, 0.3)

    found = american_greeks(*row)

    european = greeks(*row)
    for name in ("price", "delta", "gamma", "vega", "theta", "rho", "epsilon"):
        assert found[name] == pytest.approx(european[name], rel=1e-14)


def test_american_greeks_gamma_at_the_boundary_is_what_waiting_earns():
    """At the boundary V = K - S and V' = -1, so vol^2 B^2 gamma / 2 = r K - q B."""
    strike, rate, dividend_yield, vol = 100.0, 0.06, 0.02, 0.25
    spots = np.linspace(74.0, 77.0, 301)

    found = american_greeks("put", spots, strike, 1.0, rate, dividend_yield, vol, accuracy="high")

    first = np.flatnonzero(found["delta"] > -1.0)[0]
    boundary = spots[first]
    expected = (rate * strike - dividend_yield * boundary) / (0.5 * vol**2 * boundary**2)
    assert found["gamma"][first] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(
    ("row", "status", "delta", "gamma"),
    [
        #  spot   strike  years  rate  yield  vol
        ((90.0, 100.0, 0.0, 0.05, 0.0, 0.2), Status.EXPIRED, -1.0, 0.0),
        ((100.0, 100.0, 0.0, 0.05, 0.0, 0.2), Status.EXPIRED, -0.5, np.nan),
        ((110.0, 100.0, 0.0, 0.05, 0.0, 0.2), Status.EXPIRED, 0.0, 0.0),
        ((90.0, 100.0, -1.0, 0.05, 0.0, 0.2), Status.EXPIRED, np.nan, np.nan),
        ((90.0, np.nan, 1.0, 0.05, 0.0, 0.2), Status.NAN_INPUT, np.nan, np.nan),
        ((90.0, -1.0, 1.0, 0.05, 0.0, 0.2), Status.BAD_INPUT, np.nan, np.nan),
        ((90.0, 100.0, 1.0, 0.05, 0.0, 0.0), Status.OK, -1.0, 0.0),
        ((90.0, 100.0, 2.0, -0.05, 0.01, 0.0), Status.OK, -np.exp(-0.02), 0.0),
        ((0.0, 100.0, 1.0, 0.05, 0.0, 0.2), Status.OK, -1.0, 0.0),
    ],
)
def test_american_greeks_put_at_the_edges(row, status, delta, gamma):
    found = american_greeks("put", *row)

    assert found["status"] == status
    assert found["delta"] == pytest.approx(delta, nan_ok=True)
    assert found["gamma"] == pytest.approx(gamma, nan_ok=True)
