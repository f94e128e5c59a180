import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from greeks.selectors import symbols_with_options

PAGES = ("/options/chain/", "/options/exposure/")
CHARTS = (
    "/options/chain/smile.json",
    "/options/exposure/strikes.json",
    "/options/exposure/expiries.json",
    "/options/exposure/profile.json",
)


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_with_spy_and_says_simulated(client, page):
    answer = client.get(page)

    assert answer.status_code == 200
    assert answer.context["symbol"] == "SPY"
    assert "SIMULATED" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("symbol", symbols_with_options())
def test_page_shows_every_symbol(client, page, symbol):
    assert client.get(page, {"symbol": symbol.lower()}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_page_of_a_symbol_without_options_says_so(client, page):
    answer = client.get(page, {"symbol": "BTC/USD"})

    assert answer.status_code == 422
    assert answer.context["refusal"].startswith("BTC/USD has no simulated options.")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-02-30", "Write the expiration as 2026-12-18."),
        ("x", "Write the expiration as 2026-12-18."),
        ("1999-01-15", "No option on SPY expires on 1999-01-15."),
    ],
)
def test_chain_of_no_expiry_is_a_sentence(client, day, words):
    answer = client.get("/options/chain/", {"expiration": day})

    assert (answer.status_code, answer.context["refusal"]) == (422, words)


@pytest.mark.parametrize("choice", [{"sign_model": "x"}, {"sticky": "x"}])
def test_exposure_under_an_unknown_assumption_is_a_sentence(client, choice):
    answer = client.get("/options/exposure/", choice)

    assert answer.status_code == 422
    assert answer.context["refusal"].startswith("Choose from")


def test_chain_is_centred_on_the_money(client):
    rows = client.get("/options/chain/").context["rows"]

    middle = [row["strike"] for row in rows if row.get("is_atm")]
    view = client.get("/options/chain/").context["view"]
    distances = [abs(row["strike"] - view.chain.spot) for row in rows]
    assert distances[rows.index(next(r for r in rows if r["strike"] == middle[0]))] == min(
        distances
    )
    assert len(middle) == 1


def test_chain_marks_what_is_in_the_money_and_where_the_spot_lies(client):
    answer = client.get("/options/chain/", {"strikes": "all"})

    spot = answer.context["view"].chain.spot
    rows = answer.context["rows"]
    assert {row["itm"] for row in rows if row["strike"] < spot} == {"call"}
    assert {row["itm"] for row in rows if row["strike"] > spot} == {"put"}
    marked = [i for i, row in enumerate(rows) if row.get("is_last_below")]
    assert [rows[i]["strike"] < spot <= rows[i + 1]["strike"] for i in marked] == [True]


@pytest.mark.parametrize(("side", "sign"), [("sell", -1), ("buy", 1)])
def test_price_of_a_chain_becomes_a_leg(client, side, sign):
    answer = client.get("/options/chain/")
    row = next(row for row in answer.context["rows"] if row.get("is_atm"))
    link = re.search(
        rf'href="([^"]+side={side}&amp;kind=put&amp;strike={row["strike"]})"',
        answer.content.decode(),
    )

    page = client.get(html.unescape(link[1]))

    (leg,) = page.context["view"].terms
    assert (leg.kind, leg.quantity, leg.strike) == ("put", sign, row["strike"])
    assert leg.expiration == answer.context["expiration"]
    assert page.context["strategy"] == "empty"


def test_chain_shows_all_strikes_on_request(client):
    answer = client.get("/options/chain/", {"strikes": "all"})

    n_contracts = answer.context["view"].chain.strike.size
    assert 2 * len(answer.context["rows"]) == n_contracts


@pytest.mark.parametrize("sign_model", ["inverse", "both_short", "absolute"])
@pytest.mark.parametrize("sticky", ["strike", "moneyness"])
def test_exposure_names_the_assumption_in_words(client, sign_model, sticky):
    answer = client.get("/options/exposure/", {"sign_model": sign_model, "sticky": sticky})

    assert answer.context["view"].measured.assumption in answer.content.decode()


@pytest.mark.parametrize("chart", CHARTS)
def test_chart_has_columns_of_one_length(client, chart):
    data = client.get(chart).json()

    n_points = len(data.get("x") or data["categories"])
    assert n_points > 5
    assert {len(series["values"]) for series in data["series"]} == {n_points}


@pytest.mark.parametrize("chart", [*CHARTS, "/options/exposure/nothing.json"])
def test_chart_of_a_symbol_without_options_says_so(client, chart):
    assert list(client.get(chart, {"symbol": "NOPE"}).json()) == ["empty"]


@pytest.mark.parametrize("address", [*PAGES, *CHARTS])
def test_address_asks_for_signing_in(anonymous, address):
    assert anonymous.get(address).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_page_asks_who_looks_and_for_chains(client, django_assert_num_queries, page):
    client.get(page)  # the first visit makes the profile
    with CaptureQueriesContext(connection) as frame:
        client.get("/options/")

    with django_assert_num_queries(len(frame) + 1):  # the user's own chains
        client.get(page)
