"""A chain that was uploaded stands beside the simulated ones, for its owner alone."""

import csv
import json
from io import StringIO

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from greeks.models import ExposureSnapshot
from greeks.selectors import chain_view, exposure_view, option_source, uploaded_choices
from market.engine.chains import parse_chain
from market.models import ChainUpload
from market.vendors.options import NoOptions, UnknownExpiration
from pulse.common.time import to_ns
from tests.greeks.app.chains import (
    NOW,
    REFERENCE,
    SPOT,
    out_of_the_money,
    reference_csv,
    stage,
    store,
)

PAGES = ("/options/chain/", "/options/exposure/", "/options/strategy/", "/options/history/")
CHARTS = (
    "/options/chain/smile.json",
    "/options/exposure/strikes.json",
    "/options/exposure/profile.json",
    "/options/strategy/payoff.json",
    "/options/history/levels.json",
)
ROOT = "/api/v1/market-data"


def file_of(text):
    return SimpleUploadedFile("xyz.csv", text.encode(), content_type="text/csv")


def test_exposure_of_an_uploaded_chain_is_that_of_mpmath(user):
    """Gammas from 40 digits; calls and puts share the one of the option out of the money."""
    upload = store(user)
    gammas = {key: row["gamma"] for key, row in out_of_the_money().items()}
    expected = sum(
        row["sign"] * row["oi"] * 100.0 * gammas[row["K"], row["days"]] * SPOT**2 / 100.0
        for row in REFERENCE["rows"]
    )

    view = exposure_view(option_source(user, "XYZ", str(upload.pk)), now=NOW)

    assert view.measured.n_used == 12
    assert view.measured.totals.gex_usd_per_1pct == pytest.approx(expected, rel=1e-6)
    assert (view.measured.call_wall, view.measured.put_wall) == (252.0, 228.0)
    assert (view.measured.oi_call_wall, view.measured.oi_put_wall) == (264.0, 216.0)


def test_volatilities_of_an_uploaded_chain_are_those_that_made_it(user):
    upload = store(user)

    view = chain_view(option_source(user, f"XYZ@{upload.pk}"), None, now=NOW)

    vols = {key: row["iv"] for key, row in out_of_the_money().items()}
    days = np.round(view.years * 365).astype(int)
    expected = [vols[key] for key in zip(view.chain.strike.tolist(), days.tolist(), strict=True)]
    assert view.analysis.vol == pytest.approx(expected, abs=1e-7)


def test_source_of_another_user_is_not_there(user, other_user, client):
    upload = store(other_user)

    with pytest.raises(Http404):
        option_source(user, "XYZ", str(upload.pk))
    for address in (*PAGES, *CHARTS, "/options/chain/export.csv", "/options/history/export.csv"):
        assert client.get(address, {"symbol": f"XYZ@{upload.pk}"}).status_code == 404
    for door in ("options-chain", "gamma-exposure", "gamma-exposure/history"):
        answer = client.get(f"{ROOT}/{door}/", {"symbol": "XYZ", "source": upload.pk})
        assert answer.status_code == 404
    assert uploaded_choices(user) == []


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "1.5", "٣"])
def test_source_that_is_no_number_is_not_there(client, number):
    assert client.get("/options/chain/", {"symbol": f"SPY@{number}"}).status_code == 404


def test_source_of_a_chain_that_waits_is_not_there(client, user):
    upload = stage(user)

    assert client.get("/options/chain/", {"symbol": f"XYZ@{upload.pk}"}).status_code == 404


def test_source_of_another_underlying_is_refused(user, client):
    upload = store(user)

    with pytest.raises(NoOptions, match="is of XYZ, not of SPY"):
        option_source(user, "SPY", str(upload.pk))
    answer = client.get(f"{ROOT}/options-chain/", {"symbol": "SPY", "source": upload.pk})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_options")
    assert client.get("/options/chain/", {"symbol": f"SPY@{upload.pk}"}).status_code == 422


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_an_uploaded_chain(client, user, page):
    upload = store(user)

    query = {"symbol": f"XYZ@{upload.pk}", "strategy": "long-call"}
    html = client.get(page, query).content.decode()

    assert "UPLOAD" in html
    assert "SIMULATED" not in html.split("<main")[1]
    assert f'value="XYZ@{upload.pk}"' in html


def test_page_takes_symbol_and_source_as_the_api_does(client, user):
    upload = store(user)

    answer = client.get("/options/chain/", {"symbol": "XYZ", "source": upload.pk})

    assert answer.context["view"].chain.symbol == "XYZ"


@pytest.mark.parametrize("chart", CHARTS)
def test_chart_of_an_uploaded_chain_has_points(client, user, chart):
    upload = store(user)

    data = client.get(chart, {"symbol": f"XYZ@{upload.pk}", "strategy": "long-call"}).json()

    assert data["series"]


def test_chain_of_an_uploaded_expiry_that_is_not_there_is_refused(user):
    source = option_source(user, "", str(store(user).pk))

    with pytest.raises(UnknownExpiration, match="in this file"):
        chain_view(source, NOW.date(), now=NOW)


def test_api_tells_the_source(client, user):
    upload = store(user)
    query = {"symbol": "xyz", "source": upload.pk, "expiration": "2026-01-16"}

    chain = client.get(f"{ROOT}/options-chain/", query).json()
    exposure = client.get(f"{ROOT}/gamma-exposure/", query).json()

    assert (chain["source"], chain["source_id"]) == ("UPLOAD", str(upload.pk))
    assert chain["n_contracts"] == 6
    assert chain["contracts"]["contract"][0] == "XYZ260116P00228000"
    assert exposure["open_interest_on"] == "2026-01-05"
    assert exposure["by_expiration"][0]["days"] == pytest.approx(10.0)


def test_commands_take_a_stored_chain(user):
    upload = store(user)
    out = StringIO()

    call_command("gex", "XYZ", f"--source={upload.pk}", "--json", stdout=out)
    call_command("chain", "XYZ", f"--source={upload.pk}", stdout=(table := StringIO()))
    call_command("chain", "SPY", "--json", "--exercise=american", stdout=(spy := StringIO()))

    assert json.loads(out.getvalue())["source"] == "UPLOAD"
    assert "XYZ260213C00240000" in table.getvalue()
    assert json.loads(spy.getvalue())["model"].startswith("American exercise")
    with pytest.raises(CommandError, match="no stored chain 0 of XYZ"):
        call_command("gex", "XYZ", "--source=0")
    with pytest.raises(CommandError, match="No option on SPY expires"):
        call_command("chain", "SPY", "--expiration=1999-01-15")


def test_index_chain_with_two_settlements_on_a_day_keeps_them_apart(client, user):
    """SPX settles at the open of the third Friday, SPXW at its close: two expiries of one day."""
    rows = "".join(
        f"{root}261218{kind}0{strike}000,{bid},{bid + 1},10,100\n"
        for root, more in (("SPX", 0), ("SPXW", 1))
        for kind, strike, bid in (
            ("C", 6500, 120 + more), ("P", 6500, 80 + more),
            ("C", 6600, 70 + more), ("P", 6600, 130 + more),
        )
    )  # fmt: skip
    upload = store(user, f"contract,bid,ask,volume,open_interest\n{rows}", as_of=NOW, spot=6540.0)
    query = {"symbol": f"SPX@{upload.pk}", "expiration": "2026-12-18"}

    page = client.get("/options/chain/", query)
    document = client.get(
        f"{ROOT}/options-chain/",
        {"symbol": "SPX", "source": upload.pk, "expiration": "2026-12-18"},
    ).json()

    assert [row["strike"] for row in page.context["rows"]] == [6500, 6500, 6600, 6600]
    assert [row["expiration"] for row in document["by_expiration"]] == ["2026-12-18"] * 2
    open_first, close = (row["years"] * 365 for row in document["by_expiration"])
    assert close - open_first == pytest.approx(6.5 / 24)
    assert [name for name, _ in page.context["exercises"]] == ["european"]
    query = {"symbol": "SPX", "source": upload.pk, "exercise": "american"}
    refused = client.get(f"{ROOT}/options-chain/", query | {"expiration": "2026-12-18"})
    assert refused.json()["error"]["code"] == "exercise_not_offered"


HOSTILE = {
    "one contract": "XYZ260116C00240000,1,2,5\n",
    "no quotes": "XYZ260116C00240000,,,\nXYZ260116P00240000,,,\n",
    "crossed": "XYZ260116C00240000,3,2,5\nXYZ260116P00240000,3,2,5\n",
    "no open interest": "XYZ260116C00240000,3,4,0\nXYZ260116P00240000,3,4,0\n",
    "far strikes": "XYZ260116C00000001,3,4,1\nXYZ260116P99999999,3,4,1\n",
    "absurd prices": "XYZ260116C00240000,1e11,1e12,1e12\nXYZ260116P00240000,0,1e-300,1\n",
}


@pytest.mark.parametrize("rows", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("address", [*PAGES, *CHARTS, "/options/chain/export.csv"])
@pytest.mark.parametrize("exercise", ["european", "american"])
def test_no_chain_breaks_a_page(client, user, rows, address, exercise):
    upload = store(user, f"contract,bid,ask,open_interest\n{rows}", as_of=NOW, spot=240.0)

    answer = client.get(address, {"symbol": f"XYZ@{upload.pk}", "exercise": exercise})

    assert answer.status_code in {200, 422}
    assert "nan" not in answer.content.decode().split("<main")[-1].split()


def test_export_can_be_uploaded_again(client, user):
    """Bid, ask, interest and every term come back as they were."""
    answer = client.get("/options/chain/export.csv", {"symbol": "AAPL"})
    rows = list(csv.DictReader(StringIO(answer.content.decode())))

    parsed = parse_chain(answer.content, now_ns=to_ns(NOW))

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert (parsed.n_bad, parsed.symbol, parsed.multiplier) == (0, "AAPL", 100.0)
    assert (parsed.rate, parsed.dividend_yield) == (0.04, 0.0)
    assert parsed.spot == float(rows[0]["spot"])
    assert parsed.columns.bid.tolist() == [float(row["bid"]) for row in rows]
    assert parsed.columns.open_interest.tolist() == [float(row["open_interest"]) for row in rows]
    assert client.get("/options/chain/export.csv", {"symbol": "NOPE"}).status_code == 422


def test_upload_pages_take_a_file_to_a_stored_chain(client, user):
    created = client.post(
        "/options/chains/new/",
        {"file": file_of(reference_csv() + "XYZ,,2026-01-16,0,call,1,2,5,240\n"), "rate_pct": "4"},
    )
    upload = ChainUpload.objects.get()
    assert created.headers["Location"] == f"/options/chains/{upload.pk}/"
    assert (upload.owner, upload.rate, upload.n_bad) == (user, 0.04, 1)

    page = client.get(created.headers["Location"]).content.decode()
    assert "0 is not above 0" in page
    assert "Store 12 contracts, leave out 1" in page

    terms = {"symbol": "XYZ", "as_of": "2026-01-06T16:00", "spot": "240", "rate_pct": "4",
             "dividend_yield_pct": "1", "multiplier": "100"}  # fmt: skip
    restated = client.post(f"/options/chains/{upload.pk}/restate/", terms)
    assert restated.status_code == 302
    refused = client.post(f"/options/chains/{upload.pk}/commit/")
    assert (refused.status_code, "1 of 13 rows are bad" in refused.content.decode()) == (422, True)
    stored = client.post(f"/options/chains/{upload.pk}/commit/", {"on_bad_rows": "skip"})
    assert stored.status_code == 302

    upload.refresh_from_db()
    assert (upload.dividend_yield, upload.is_staged) == (0.01, False)
    assert ExposureSnapshot.objects.filter(owner=user, symbol="XYZ").count() == 4
    html = client.get(f"/options/chains/{upload.pk}/").content.decode()
    assert f"/options/exposure/?symbol=XYZ%40{upload.pk}" in html
    assert "xyz.csv" in client.get("/options/chains/").content.decode()

    client.post(f"/options/chains/{upload.pk}/delete/")
    assert not ChainUpload.objects.exists()
    assert not ExposureSnapshot.objects.exists()


def test_upload_page_refusal_loses_no_field(client):
    answer = client.post(
        "/options/chains/new/",
        {"file": file_of("a,b\n1,2\n"), "spot": "240.5", "as_of": "2026-01-06T16:00"},
    )

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "has no header line" in html
    assert 'value="240.5"' in html
    assert 'value="2026-01-06T16:00"' in html


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"as_of": "noon"}, "Write the time as 2026-11-20 16:00."),
        ({"as_of": "2999-01-01T16:00"}, "The quotes cannot be of the future."),
        ({"spot": "-1"}, "greater than or equal to"),
        ({"symbol": "x y"}, "A symbol has 1 to 24"),
        ({"as_of": "1985-01-01T16:00"}, "from 1990-02-01 to 2040-12-01"),
    ],
)
def test_restate_page_refusal_keeps_the_chain(client, user, terms, words):
    upload = stage(user)

    answer = client.post(f"/options/chains/{upload.pk}/restate/", terms)

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    upload.refresh_from_db()
    assert upload.spot == SPOT


def test_list_page_asks_the_same_for_one_chain_and_three(client, user, django_assert_num_queries):
    stage(user)
    client.get("/options/chains/")
    with CaptureQueriesContext(connection) as for_one:
        client.get("/options/chains/")
    stage(user), stage(user)

    with django_assert_num_queries(len(for_one)):
        client.get("/options/chains/")


def test_api_takes_a_file_to_a_stored_chain(client, user):
    made = client.post(f"{ROOT}/chains/", {"file": file_of(reference_csv()), "rate": "0.04"})
    number = made.json()["id"]

    stored = client.post(f"{ROOT}/chains/{number}/commit/", {}, content_type="application/json")

    assert (made.status_code, stored.status_code) == (201, 201)
    assert (made.json()["status"], stored.json()["status"]) == ("STAGED", "COMMITTED")
    assert client.get(f"{ROOT}/chains/{number}/").json()["expirations"] == [
        "2026-01-16",
        "2026-02-13",
    ]
    assert [row["id"] for row in client.get(f"{ROOT}/chains/").json()["results"]] == [number]
    assert client.delete(f"{ROOT}/chains/{number}/").status_code == 204
    assert client.get(f"{ROOT}/chains/{number}/").status_code == 404


def test_api_takes_a_file_once_under_one_key(client, user):
    def upload():
        body = {"file": file_of(reference_csv()), "rate": "0.04"}
        return client.post(f"{ROOT}/chains/", body, headers={"Idempotency-Key": "one"}).json()["id"]

    assert upload() == upload()
    assert len(client.get(f"{ROOT}/chains/").json()["results"]) == 1


def test_api_names_what_is_wrong(client):
    bad_file = client.post(f"{ROOT}/chains/", {"file": file_of("a,b\n1,2\n")})
    bad_term = client.post(f"{ROOT}/chains/", {"file": file_of(reference_csv()), "rate": "4"})

    assert bad_file.json()["error"]["code"] == "unreadable_file"
    assert list(bad_term.json()["error"]["details"]) == ["rate"]
