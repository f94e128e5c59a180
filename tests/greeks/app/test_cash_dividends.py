"""Cash dividends of American options: the page, the API and the command tell one number."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

# $3 in 10 of 30 days: docs/explanation/dividends.md, by QuantLib 1.44's finite differences.
TERMS = {"kind": "call", "spot": 100, "strike": 100, "rate": 0.05, "dividend_yield": 0, "vol": 0.25}
SPOT_JUMP = pytest.approx(2.090, abs=5e-4)
YEARS, EX_DAY = 30 / 365, 10 / 365
PAGE = {
    "kind": "call", "style": "american", "spot": 100, "strike": 100, "years": YEARS,
    "rate_pct": 5, "dividend_yield_pct": 0, "vol_pct": 25, "dividends": "10 3",
}  # fmt: skip
API = "/api/v1/greeks/"


def post(client, address=API, **given):
    body = {"style": "american", **TERMS, "years": YEARS, "dividends": [[EX_DAY, 3]], **given}
    return client.post(address, body, content_type="application/json")


def test_every_door_prices_the_spot_jump(client):
    out = StringIO()
    words = [f"--{name.replace('_', '-')}={value}" for name, value in TERMS.items()][1:]
    call_command(
        "greeks", "call", *words, f"--years={YEARS}", "--style=american",
        f"--dividend={EX_DAY},3", "--json", stdout=out,
    )  # fmt: skip

    api = post(client).json()["values"]
    page = client.get("/options/", PAGE)

    assert api["price"] == [SPOT_JUMP]
    assert post(client).json()["model"].startswith("Finite differences")
    assert json.loads(out.getvalue())["values"] == api
    figures = {row["column"]: row["value"] for row in page.context["valuation"]["figures"]}
    assert figures["price"] == pytest.approx(api["price"][0], rel=1e-12)
    assert figures["delta"] == pytest.approx(api["delta"][0], rel=1e-12)
    assert "falls by each cash dividend" in page.content.decode()


def test_volatility_of_a_price_knows_the_dividend(client):
    price = post(client).json()["values"]["price"][0]

    found = post(client, f"{API}implied-volatility/", price=price).json()
    page = client.get("/options/", {**PAGE, "vol_pct": "", "price": price})

    assert found["values"]["vol"] == pytest.approx([0.25], abs=1e-5)
    assert page.context["valuation"]["vol"] == pytest.approx(0.25, abs=1e-5)


@pytest.mark.parametrize(
    "change",
    [
        {"style": "european"},
        {"dividends": [[0.1]]},
        {"dividends": [["a", 1]]},
        {"dividends": [[-0.1, 1]]},
        {"dividends": [[0.1, -1]]},
        {"dividends": "3"},
        {"dividends": [[0.1, 1]] * 21},
    ],
)
def test_dividends_that_cannot_be_are_refused(client, change):
    answer = post(client, **change)

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == ["dividends"]


def test_too_many_options_with_dividends_are_refused(client):
    assert post(client, strike=[100.0] * 51).status_code == 413


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"style": "european"}, "Choose American exercise"),
        ({"dividends": "ten"}, "Write days and cash"),
        ({"dividends": "10 -3"}, "Days are above 0"),
        ({"dividends": ", ".join(["10 1"] * 21)}, "At most 20 dividends"),
    ],
)
def test_page_says_what_is_wrong_with_dividends(client, change, words):
    answer = client.get("/options/", {**PAGE, **change})

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_curve_and_bad_words(client):
    curve = client.get("/options/curves/delta.json", PAGE).json()

    assert len(curve["x"]) == 31
    with pytest.raises(CommandError, match="A dividend is YEARS,CASH"):
        call_command(
            "greeks", "call", "--spot=1", "--strike=1", "--years=1", "--rate=0",
            "--dividend-yield=0", "--vol=1", "--dividend=x",
        )  # fmt: skip
