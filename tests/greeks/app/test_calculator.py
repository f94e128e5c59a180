import pytest
from django.test import Client

from greeks.engine import american_price, greeks
from greeks.selectors import OptionTerms, curve_chart, valuation

QUERY = {
    "kind": "put",
    "style": "european",
    "spot": "49",
    "strike": "50",
    "years": "0.3846",
    "rate_pct": "5",
    "dividend_yield_pct": "0",
    "vol_pct": "20",
}
HX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "valuation"}


def figures_of(answer):
    return {f["column"]: f["value"] for f in answer.context["valuation"]["figures"]}


def test_page_without_a_query_shows_an_example(client):
    answer = client.get("/options/")

    assert answer.status_code == 200
    assert answer.context["valuation"]["problem"] == ""
    assert len(answer.context["valuation"]["figures"]) == 19


def test_page_shows_hulls_call_in_screen_units(client):
    """Hull, The Greek Letters: S 49, K 50, 5 %, 20 %, 20 weeks: 2.40, 0.522, 0.066, 12.1, -4.31."""
    figures = figures_of(client.get("/options/", QUERY | {"kind": "call"}))

    assert figures["price"] == pytest.approx(2.40, abs=5e-3)
    assert figures["delta"] == pytest.approx(0.522, abs=5e-4)
    assert figures["gamma"] == pytest.approx(0.066, abs=5e-4)
    assert figures["vega_per_point"] == pytest.approx(0.121, abs=5e-4)
    assert figures["theta_per_day"] == pytest.approx(-4.31 / 365, abs=5e-5)
    assert figures["rho_per_point"] == pytest.approx(0.0891, abs=5e-5)


def test_page_finds_the_volatility_of_a_price(client):
    made = float(american_price(-1, 49.0, 50.0, 0.3846, 0.05, 0.0, 0.31))

    answer = client.get(
        "/options/", QUERY | {"style": "american", "vol_pct": "", "price": repr(made)}
    )

    assert answer.context["valuation"]["vol"] == pytest.approx(0.31, abs=1e-9)
    assert figures_of(answer)["price"] == pytest.approx(made, rel=1e-12)


def test_page_says_why_a_price_has_no_volatility(client):
    answer = client.get("/options/", QUERY | {"vol_pct": "", "price": "60"})

    assert answer.status_code == 200
    assert "above what the option can be worth" in answer.context["valuation"]["problem"]
    assert set(figures_of(answer).values()) == {None}


def test_live_answer_is_the_valuation_alone(client):
    answer = client.get("/options/", QUERY, **HX)

    text = answer.content.decode()
    assert text.strip().startswith("<div")
    assert "<html" not in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spot": "-1"}, "spot"),
        ({"spot": "nan"}, "spot"),
        ({"spot": "inf"}, "spot"),
        ({"strike": ""}, "strike"),
        ({"kind": "straddle"}, "kind"),
        ({"years": ""}, "years"),
        ({"expires_on": "2026-12-18"}, "years"),
        ({"years": "", "expires_on": "1900-01-01"}, "expires_on"),
        ({"vol_pct": ""}, "vol_pct"),
        ({"price": "3"}, "price"),
    ],
)
def test_field_that_cannot_be_is_named(client, change, field):
    answer = client.get("/options/", QUERY | change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_expired_option_keeps_the_page_and_says_so(client):
    answer = client.get("/options/", QUERY | {"years": "", "expires_on": "2020-01-17"})

    assert answer.status_code == 200
    assert answer.context["valuation"]["problem"] == "The option has expired."


def test_spot_of_nothing_shows_limits(client):
    assert figures_of(client.get("/options/", QUERY | {"spot": "0"}))["gamma"] == 0.0


def test_curves_follow_the_engine(client):
    chart = client.get("/options/curves/delta.json", QUERY).json()

    i = 60
    expected = greeks(-1, chart["x"][i], 50.0, 0.3846, 0.05, 0.0, 0.2)["delta"]
    assert chart["series"][0]["values"][i] == float(expected)


@pytest.mark.parametrize("greek", ["price", "delta", "gamma", "vega", "theta"])
@pytest.mark.parametrize("style", ["european", "american"])
def test_curve_has_a_value_at_every_spot(client, greek, style):
    chart = client.get(f"/options/curves/{greek}.json", QUERY | {"style": style}).json()

    assert None not in chart["series"][0]["values"]


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize(
    "extreme",
    [
        {"spot": "1e-300", "strike": "1e9"},
        {"spot": "1e9"},
        {"strike": "0"},
        {"years": "1e-12"},
        {"vol_pct": "0"},
        {"years": "100", "rate_pct": "100", "vol_pct": "1000"},
        {"rate_pct": "-2", "dividend_yield_pct": "-4"},
        {"vol_pct": "", "price": "0"},
    ],
    ids=str,
)
def test_extreme_option_has_a_page_and_a_curve(client, style, extreme):
    query = QUERY | {"style": style} | extreme

    answers = [client.get(path, query) for path in ("/options/", "/options/curves/price.json")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_curve_of_an_unknown_greek_is_a_sentence(client):
    chart = client.get("/options/curves/alpha.json", QUERY).json()

    assert chart == {"empty": "There is no option to draw."}


@pytest.mark.parametrize("years", [0.0, -1.0])
def test_curve_without_time_says_so(years):
    terms = OptionTerms(1, "european", 100.0, 100.0, years, 0.0, 0.0, 0.2)

    assert list(curve_chart(terms, "price")) == ["empty"]
    assert valuation(terms)["problem"] == "The option has expired."


def test_pages_ask_for_signing_in(anonymous: Client):
    assert anonymous.get("/options/").status_code == 302
    assert anonymous.get("/options/curves/price.json").status_code == 302


def test_page_asks_only_who_looks(client, django_assert_num_queries):
    client.get("/options/")  # the first visit makes the profile

    with django_assert_num_queries(5):  # session, user, profile, two kinds of jobs of the frame
        client.get("/options/", QUERY)
