"""The same use-cases through JSON."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from market.models import BarSeries
from tests.market.conftest import HEADER, THREE_DAYS

ROOT = "/api/v1/market-data"


def post(client, path, data):
    return client.post(f"{ROOT}/{path}", data, content_type="application/json")


def test_upload_then_commit_gives_bars(client):
    file = SimpleUploadedFile("bars.csv", (HEADER + THREE_DAYS).encode())
    upload = client.post(f"{ROOT}/uploads/", {"file": file, "symbol": "GOOG"}).json()

    series = post(client, f"uploads/{upload['id']}/commit/", {}).json()

    bars = client.get(f"{ROOT}/series/{series['id']}/bars/", {"limit": 2}).json()
    rest = client.get(f"{ROOT}/series/{series['id']}/bars/", {"start": bars["next"]}).json()
    assert (upload["n_rows"], upload["n_bad"], series["symbol"]) == (3, 0, "GOOG")
    assert bars["close"] + rest["close"] == [11.0, 12.0, 13.0]
    assert rest["next"] is None


def test_upload_refused_has_code_and_sentence(client):
    file = SimpleUploadedFile("x.zip", b"PK\x03\x04")

    response = client.post(f"{ROOT}/uploads/", {"file": file, "symbol": "GOOG"})

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unreadable_file"
    assert response.json()["error"]["message"].startswith("The file is an archive.")


def test_upload_wrong_symbol_names_the_field(client):
    file = SimpleUploadedFile("bars.csv", (HEADER + THREE_DAYS).encode())

    response = client.post(f"{ROOT}/uploads/", {"file": file, "symbol": "a b"})

    assert response.status_code == 400
    assert list(response.json()["error"]["details"]) == ["symbol"]


def test_commit_bad_rows_is_refused_then_skipped(client, stage):
    upload = stage(THREE_DAYS + "2024-01-05,0,12,9,11,1\n")

    refused = post(client, f"uploads/{upload.pk}/commit/", {})
    skipped = post(client, f"uploads/{upload.pk}/commit/", {"on_bad_rows": "skip"})

    assert refused.json()["error"]["code"] == "upload_has_bad_rows"
    assert skipped.status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "series/{series}/"),
        ("get", "series/{series}/bars/"),
        ("get", "series/{series}/gaps/"),
        ("delete", "series/{series}/"),
        ("get", "uploads/{upload}/"),
        ("delete", "uploads/{upload}/"),
        ("post", "uploads/{upload}/commit/"),
    ],
)
def test_row_of_another_user_is_not_found(store, stage, other_user, method, path):
    series, upload = store(), stage()
    theirs = Client()
    theirs.force_login(other_user)

    url = f"{ROOT}/{path.format(series=series.pk, upload=upload.pk)}"
    response = getattr(theirs, method)(url, content_type="application/json")

    assert response.status_code == 404
    assert BarSeries.objects.count() == 1


def test_series_list_shows_only_own(store, client, other_user):
    store()
    theirs = Client()
    theirs.force_login(other_user)

    assert [row["symbol"] for row in client.get(f"{ROOT}/series/").json()["results"]] == ["GOOG"]
    assert theirs.get(f"{ROOT}/series/").json()["results"] == []


def test_series_list_query_count_is_equal_for_one_and_three_rows(
    client, store, django_assert_num_queries
):
    store(symbol="A")
    with django_assert_num_queries(3):
        client.get(f"{ROOT}/series/")

    store(symbol="B")
    store(symbol="C")

    with django_assert_num_queries(3):
        client.get(f"{ROOT}/series/")


def test_series_post_simulates_and_unknown_symbol_is_refused(client):
    spec = {"timeframe": "1d", "start": "2024-04-17T00:00:00Z", "end": "2024-05-17T00:00:00Z"}

    made = post(client, "series/", {"symbol": "KO", **spec})
    refused = post(client, "series/", {"symbol": "NOPE", **spec})

    assert (made.status_code, made.json()["n_rows"], made.json()["is_simulated"]) == (201, 22, True)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_symbol")


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 10_001}, {"start": "soon"}])
def test_bar_list_senseless_query_is_refused(client, store, query):
    response = client.get(f"{ROOT}/series/{store().pk}/bars/", query)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("start", "n_bars"), [("0001-01-01T00:00:00Z", 3), ("9999-12-31T00:00:00Z", 0)]
)
def test_bar_list_start_beyond_int64_is_clipped(client, store, start, n_bars):
    response = client.get(f"{ROOT}/series/{store().pk}/bars/", {"start": start})

    assert len(response.json()["close"]) == n_bars
