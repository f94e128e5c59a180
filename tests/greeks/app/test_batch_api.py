import json

import numpy as np
import pytest
from django.utils import timezone

from accounts.services import create_api_key
from greeks.engine import american_price, greeks, implied_vol, price
from greeks.selectors import MOST_ROWS

OPTION = {
    "kind": "call",
    "spot": 100.0,
    "strike": 95.0,
    "years": 0.25,
    "rate": 0.04,
    "dividend_yield": 0.01,
    "vol": 0.2,
}
ENGINE = (1, 100.0, 95.0, 0.25, 0.04, 0.01)


@pytest.fixture
def post(client):
    def posted(path="", **columns):
        body = json.dumps({**OPTION, **columns})
        return client.post(f"/api/v1/greeks/{path}", body, content_type="application/json")

    return posted


def test_greeks_of_one_option_are_the_engines_in_screen_units(post):
    answer = post().json()

    raw = greeks(*ENGINE, 0.2)
    assert answer["values"] == {
        "price": [float(raw["price"])],
        "delta": [float(raw["delta"])],
        "gamma": [float(raw["gamma"])],
        "vega_per_point": [float(raw["vega"] * (1 / 100))],
        "theta_per_day": [float(raw["theta"] * (1 / 365))],
        "rho_per_point": [float(raw["rho"] * (1 / 100))],
    }
    assert answer["status"] == ["ok"]
    assert answer["units"]["theta_per_day"] == "currency per calendar day"
    assert answer["clock"] == "years as given by the caller"
    assert answer["model"] == "Black-Scholes-Merton, European exercise"


def test_greeks_in_raw_units_are_the_engines(post):
    answer = post(units="raw", which=["vega", "theta"]).json()

    raw = greeks(*ENGINE, 0.2)
    assert answer["values"] == {"vega": [float(raw["vega"])], "theta": [float(raw["theta"])]}
    assert answer["units"]["theta"] == "currency per year passing"


def test_hulls_call_costs_4_76(post):
    """Hull, Options, Futures, and Other Derivatives, Example 15.6: S 42, K 40, 10 %, 20 %, 0.5."""
    answer = post(
        kind=["call", "put"], spot=42, strike=40, rate=0.1, dividend_yield=0, vol=0.2, years=0.5
    ).json()

    assert answer["values"]["price"] == pytest.approx([4.76, 0.81], abs=0.005)


def test_rows_without_time_or_numbers_have_a_status_and_null(post):
    answer = post(years=[0.25, -1.0, 0.25, 0.0], spot=[None, 100, -5, 100], which=["gamma"]).json()

    assert answer["status"] == ["nan_input", "expired", "bad_input", "expired"]
    assert answer["values"] == {"gamma": [None, None, None, 0.0]}


def test_american_put_is_the_engines(post):
    answer = post(style="american", kind="put", which=["price"]).json()

    assert answer["values"]["price"] == [float(american_price(-1, *ENGINE[1:], 0.2))]


def test_expiry_as_an_instant_is_counted_in_calendar_time(post):
    answer = post(years=None, expires_at="2020-01-01T00:00:00Z").json()

    assert answer["clock"] == "calendar time, ACT/365 to the second"
    assert answer["status"] == ["expired"]


def test_implied_volatility_gives_back_the_volatility(post):
    made = float(price(*ENGINE, 0.37))

    answer = post("implied-volatility/", price=[made, 0.5, 101.0, None]).json()

    assert answer["values"]["vol"][0] == pytest.approx(0.37, abs=1e-12)
    assert answer["values"]["vol"][1:] == [None, None, None]
    assert answer["status"] == ["ok", "below_intrinsic", "above_max", "nan_input"]


def test_american_implied_volatility_gives_back_the_volatility(post):
    made = float(american_price(-1, *ENGINE[1:], 0.37))

    answer = post("implied-volatility/", style="american", kind="put", price=made).json()

    assert answer["values"]["vol"] == pytest.approx([0.37], abs=1e-9)


def test_batch_of_the_largest_size_agrees_with_the_engine(post):
    strikes = np.linspace(50, 150, MOST_ROWS)

    answer = post(strike=strikes.tolist(), which=["delta"]).json()

    expected = greeks(1, 100.0, strikes, 0.25, 0.04, 0.01, 0.2, which=["delta"])["delta"]
    assert answer["n_rows"] == MOST_ROWS
    assert answer["values"]["delta"] == expected.tolist()


def test_million_rows_are_refused_with_a_sentence(post):
    answer = post(strike=[100] * 1_000_000)

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_many_rows"
    assert "100,000 rows" in answer.json()["error"]["message"]


def test_key_that_may_only_read_may_compute(anonymous, user):
    _, secret = create_api_key(owner=user, name="k", scopes=["read"], now=timezone.now())

    answer = anonymous.post(
        "/api/v1/greeks/",
        json.dumps(OPTION),
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {secret}",
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"spot": "100"}, "spot"),
        ({"spot": [100, True]}, "spot"),
        ({"spot": [[100]]}, "spot"),
        ({"spot": 10**400}, "spot"),
        ({"spot": [1, 2], "strike": [1, 2, 3]}, "spot"),
        ({"kind": "straddle"}, "kind"),
        ({"kind": [["call"]]}, "kind"),
        ({"kind": None}, "kind"),
        ({"style": "asian"}, "style"),
        ({"style": ["asian"]}, "style"),
        ({"which": ["alpha"]}, "which"),
        ({"which": 5}, "which"),
        ({"which": [["alpha"]]}, "which"),
        ({"units": "furlongs"}, "units"),
        ({"style": "american", "which": ["vanna"]}, "which"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2026-12-18T16:00:00"}, "expires_at"),
        ({"expires_at": 5}, "expires_at"),
    ],
)
def test_column_that_is_none_is_named(post, columns, field):
    answer = post(**columns)

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


def test_column_that_is_missing_is_named(client):
    answer = client.post("/api/v1/greeks/", "{}", content_type="application/json")

    assert list(answer.json()["error"]["details"]) == ["kind"]


def test_body_that_is_no_object_is_refused(client):
    answer = client.post("/api/v1/greeks/", "[1]", content_type="application/json")

    assert answer.status_code == 400


def test_empty_columns_give_an_empty_answer(post):
    answer = post(kind=[], spot=[], which=["price"]).json()

    assert (answer["n_rows"], answer["values"]) == (0, {"price": []})


def test_many_american_options_with_negative_rates_are_refused(post):
    answer = post(style="american", rate=[-0.01] * 51)

    assert answer.status_code == 413


def test_implied_volatility_is_the_engines(post):
    answer = post("implied-volatility/", price=[7.5, 9.0]).json()

    kind, *market = ENGINE
    expected = implied_vol(kind, np.array([7.5, 9.0]), *market).vol
    assert answer["values"]["vol"] == pytest.approx(expected, rel=1e-13)


def test_batch_without_signing_in_is_refused(anonymous):
    answer = anonymous.post("/api/v1/greeks/", "{}", content_type="application/json")

    assert answer.status_code in {401, 403}
