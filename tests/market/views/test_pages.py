"""Pages of the library: whom they serve, what they refuse, how many queries they take."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Profile, User
from market.engine.store import remove_series
from market.models import BarSeries, Upload
from market.selectors import bars
from market.services import fetch_bars
from tests.market.conftest import HEADER, NOW, THREE_DAYS

BAD_ROW = "2024-01-05,0,12,9,11,1\n"


def send(client, text, **fields):
    file = SimpleUploadedFile("bars.csv", text.encode())
    data = {"file": file, "symbol": "goog", "zone": "UTC", **fields}
    return client.post(reverse("market:upload_create"), data)


def test_series_list_empty_offers_samples(client):
    response = client.get(reverse("market:series_list"))

    assert response.status_code == 200
    assert reverse("market:sample_install") in response.text


def test_sample_install_adds_four_series(client):
    response = client.post(reverse("market:sample_install"), follow=True)

    assert BarSeries.objects.count() == 4
    assert response.text.count("<tr data-words=") == 4


def queries_of(client, url):
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_series_list_query_count_is_equal_for_one_and_three_rows(client, store, stage):
    url = reverse("market:series_list")
    store(symbol="A")
    stage()
    client.get(url)  # the first page of a new user makes the profile
    with_one = queries_of(client, url)

    store(symbol="B")
    store(symbol="C")
    stage()

    assert with_one == queries_of(client, url)
    assert with_one <= 15


def test_series_detail_names_facts(client, store):
    series = store()

    response = client.get(series.get_absolute_url())

    assert response.status_code == 200
    assert series.fingerprint in response.text
    assert "SIMULATED" not in response.text


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles"])
def test_series_detail_of_plain_dates_shows_them_in_every_zone(client, owner, store, zone):
    Profile.objects.update_or_create(user=owner, defaults={"time_zone": zone})
    series = store()  # 2 to 4 January 2024

    for page in (series.get_absolute_url(), reverse("market:series_list"), "/"):
        text = client.get(page).text

        assert "2024-01-02" in text
        assert "2024-01-04" in text
        assert "2024-01-05" not in text


def test_series_detail_simulated_says_so(client, owner):
    series = fetch_bars(
        owner=owner,
        symbol="SPY",
        timeframe="1d",
        start=NOW.replace(month=1),
        end=NOW,
        now=NOW,
    )

    assert "SIMULATED" in client.get(series.get_absolute_url()).text


@pytest.mark.parametrize(
    ("method", "name", "kind"),
    [
        ("get", "series_detail", "series"),
        ("get", "series_candles", "series"),
        ("post", "series_delete", "series"),
        ("get", "upload_detail", "upload"),
        ("post", "upload_commit", "upload"),
        ("post", "upload_discard", "upload"),
    ],
)
def test_page_of_another_user_is_not_found(store, stage, other_user, method, name, kind):
    pk = store().pk if kind == "series" else stage().pk
    theirs = Client()
    theirs.force_login(other_user)

    response = getattr(theirs, method)(reverse(f"market:{name}", args=[pk]))

    assert response.status_code == 404
    assert BarSeries.objects.count() == (kind == "series")


@pytest.mark.parametrize("name", ["series_list", "series_simulate", "upload_create"])
def test_page_without_sign_in_redirects(anonymous, db, name):
    response = anonymous.get(reverse(f"market:{name}"))

    assert response.status_code == 302


def test_series_delete_needs_post(client, store):
    response = client.get(reverse("market:series_delete", args=[store().pk]))

    assert response.status_code == 405
    assert BarSeries.objects.count() == 1


def test_upload_create_good_file_leads_to_preview_and_store(client):
    response = send(client, HEADER + THREE_DAYS)
    upload = Upload.objects.get()
    assert response["Location"] == upload.get_absolute_url()
    assert "Store 3 bars" in client.get(upload.get_absolute_url()).text

    response = client.post(reverse("market:upload_commit", args=[upload.pk]))

    series = BarSeries.objects.get()
    assert response["Location"] == series.get_absolute_url()
    assert (series.symbol, series.n_rows) == ("GOOG", 3)


def test_upload_create_bad_row_is_named_and_can_be_left_out(client):
    send(client, HEADER + THREE_DAYS + BAD_ROW)
    upload = Upload.objects.get()

    page = client.get(upload.get_absolute_url()).text
    refused = client.post(reverse("market:upload_commit", args=[upload.pk]))
    skipped = client.post(
        reverse("market:upload_commit", args=[upload.pk]), {"on_bad_rows": "skip"}
    )

    assert "0 is not above 0" in page
    assert refused.status_code == 422
    assert skipped.status_code == 302
    assert BarSeries.objects.get().n_rows == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "The file is empty.", id="empty"),
        pytest.param("name,city\nA,B\n", "The file has no column for open", id="no prices"),
        pytest.param("PK\x03\x04xxxx", "The file is an archive.", id="zip"),
        pytest.param("\x00\x01\x02\x03" * 99, "The file is not text", id="junk"),
    ],
)
def test_upload_create_refused_keeps_the_other_values(client, text, sentence):
    response = send(client, text, zone="Asia/Tokyo", timeframe="5m")

    assert response.status_code == 422
    assert sentence in response.text
    assert 'value="goog"' in response.text
    assert '<option value="Asia/Tokyo" selected>' in response.text
    assert Upload.objects.count() == 0


def test_upload_discard_leaves_the_library_alone(client, stage):
    upload = stage()

    response = client.post(reverse("market:upload_discard", args=[upload.pk]))

    upload.refresh_from_db()
    assert response.status_code == 302
    assert upload.status == "DISCARDED"


def test_upload_detail_shows_markup_in_a_file_as_text(client, stage):
    upload = stage("2024-01-02,<script>alert(1)</script>,12,9,11,1\n")

    page = client.get(upload.get_absolute_url()).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is not a number" in page


def test_series_simulate_makes_bars(client):
    data = {"symbol": "KO", "timeframe": "1d", "starts_on": "2024-04-17", "ends_on": "2024-05-16"}

    response = client.post(reverse("market:series_simulate"), data)

    series = BarSeries.objects.get()
    assert response["Location"] == series.get_absolute_url()
    assert series.n_rows == 22


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"ends_on": "2024-04-01"}, "must not come before", id="dates reversed"),
        pytest.param({"symbol": "NOPE"}, "Select a valid choice", id="unknown symbol"),
        pytest.param({"starts_on": "2024-13-01"}, "Enter a valid date", id="no date"),
        pytest.param(
            {"starts_on": "2024-05-04", "ends_on": "2024-05-05"},
            "was not traded between these times",
            id="weekend",
        ),
        pytest.param({"timeframe": "1m", "starts_on": "1980-01-02"}, "at most", id="too many"),
    ],
)
def test_series_simulate_refused_keeps_values(client, fields, sentence):
    data = {"symbol": "KO", "timeframe": "1d", "starts_on": "2024-04-17", "ends_on": "2024-05-16"}

    response = client.post(reverse("market:series_simulate"), {**data, **fields})

    assert response.status_code == 422
    assert sentence in response.text
    assert BarSeries.objects.count() == 0


def test_series_candles_window_and_extent(client, store):
    series = store()

    data = client.get(
        reverse("market:series_candles", args=[series.pk]),
        {"from": 1704326399, "to": 1704412799},  # 2024-01-03 and 04, 23:59:59 UTC
    ).json()

    assert data["time"] == [1704326399, 1704412799]
    assert data["close"] == [12.0, 13.0]
    assert data["extent"] == [1704239999, 1704412799]
    assert (data["n_bars"], data["is_resampled"]) == (2, False)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "9" * 11, "to": "1"},
        {"from": "99999999999"},
        {"from": "-99999999999", "to": "-5"},
    ],
)
def test_series_candles_empty_view_says_why(client, store, query):
    data = client.get(reverse("market:series_candles", args=[store().pk]), query).json()

    assert data["time"] == []
    assert data["empty"] != ""


@pytest.mark.parametrize("text", ["x", "1e5", "", "--1", "٣", "9" * 50])
def test_series_candles_senseless_bound_counts_as_not_given(client, store, text):
    response = client.get(reverse("market:series_candles", args=[store().pk]), {"from": text})

    assert response.json()["n_bars"] == 3


def test_upload_create_too_large_names_the_size(client, settings):
    settings.MAX_UPLOAD_BYTES = 2**20

    response = send(client, "x" * (2 * 2**20))

    assert response.status_code == 422
    assert "The file has 2.0 MiB; at most 1 MiB are taken." in response.text


def test_series_simulate_far_future_ends_today(client):
    data = {"symbol": "KO", "timeframe": "1w", "starts_on": "2024-04-17", "ends_on": "9999-12-31"}

    response = client.post(reverse("market:series_simulate"), data)

    assert response.status_code == 302
    assert BarSeries.objects.get().last_at <= timezone.now()


def test_series_candles_of_a_series_longer_than_the_cache_are_remembered(
    client, store, monkeypatch
):
    series = store()
    monkeypatch.setattr(bars, "CACHE_BYTES", 1)
    url = reverse("market:series_candles", args=[series.pk])
    first = client.get(url).json()
    remove_series(bars.folder_of(series))  # the second answer cannot come from disk

    assert client.get(url).json() == first
    assert first["n_bars"] == 3


def test_admin_keeps_the_symbol_under_which_files_lie(store):
    series = store()
    browser = Client()
    browser.force_login(User.objects.create_superuser("root@example.com", "x"))
    page = f"/admin/market/instrument/{series.instrument.pk}/change/"

    fields = browser.get(page).context["adminform"].form.fields

    assert "name" in fields
    assert "symbol" not in fields
