"""Exposure kept session by session, and the pages and doors that show it."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from greeks import jobs
from greeks.jobs import NothingMeasured, next_close, store_exposure, store_missing
from greeks.models import ExposureSnapshot
from greeks.selectors import exposure_history, exposure_view, option_source
from greeks.selectors.exposures import SIGN_MODELS, UnknownAssumption
from greeks.selectors.sources import SimulatedSource
from greeks.services import take_snapshot
from greeks.tasks import snapshot_exposures
from market.services import delete_chain
from tests.greeks.app.chains import NOW as UPLOADED_AT
from tests.greeks.app.chains import store

SPY = SimulatedSource("SPY")
FRIDAY_CLOSE = datetime(2026, 11, 20, 21, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOT = "/api/v1/market-data/gamma-exposure/history/"

pytestmark = pytest.mark.django_db


def test_snapshot_is_what_the_exposure_page_measures():
    snapshots = store_exposure(SPY, owner_id=None, now=SATURDAY)

    view = exposure_view("SPY", now=SATURDAY)
    first, chain = snapshots[0], view.source.chain
    assert [one.sign_model for one in snapshots] == list(SIGN_MODELS)
    assert (first.session_on, first.as_of) == (date(2026, 11, 20), FRIDAY_CLOSE)
    assert (first.open_interest_on, first.source) == (date(2026, 11, 19), "SIMULATED")
    assert first.gex_usd_per_1pct == view.measured.totals.gex_usd_per_1pct
    assert (first.zero_gamma, first.call_wall) == (view.flip, view.measured.call_wall)
    assert (first.spot, first.n_contracts) == (chain.spot, chain.strike.size)
    near = [k for k in view.measured.by_strike.strike if abs(k / chain.spot - 1) <= 0.25]
    assert first.by_strike["strike"] == near


def test_snapshot_of_the_inverse_assumption_turns_the_sign():
    usual, inverse, *_ = store_exposure(SPY, owner_id=None, now=SATURDAY)

    assert inverse.sign_model == "inverse"
    assert inverse.gex_usd_per_1pct == pytest.approx(-usual.gex_usd_per_1pct, rel=1e-12)
    assert inverse.zero_gamma == pytest.approx(usual.zero_gamma, rel=1e-9)


def test_session_keeps_its_latest_quotes():
    midday = FRIDAY_CLOSE - timedelta(hours=3)
    for now in (midday, FRIDAY_CLOSE, midday):
        store_exposure(SPY, owner_id=None, now=now)

    assert ExposureSnapshot.objects.count() == len(SIGN_MODELS)
    assert {one.as_of for one in ExposureSnapshot.objects.all()} == {FRIDAY_CLOSE}


def test_two_snapshots_of_one_session_cannot_be():
    (snapshot, *_) = store_exposure(SPY, owner_id=None, now=SATURDAY)
    snapshot.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        snapshot.save()


def test_missing_sessions_are_stored_once(monkeypatch):
    monkeypatch.setattr(jobs, "optionable_symbols", lambda: ("SPY", "KO"))
    monkeypatch.setattr(jobs, "SESSIONS_BACK", 3)
    monkeypatch.setattr(jobs, "ROUND", 4)

    stored = [store_missing(now=SATURDAY) for _ in range(3)]

    assert stored == [4, 2, 0]
    kept = ExposureSnapshot.objects.filter(sign_model="inverse")
    days = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
    assert sorted(kept.values_list("symbol", "session_on")) == [
        (symbol, day) for symbol in ("KO", "SPY") for day in days
    ]


def test_symbol_that_cannot_be_measured_does_not_stop_the_others(monkeypatch):
    monkeypatch.setattr(jobs, "optionable_symbols", lambda: ("AAA", "KO"))
    monkeypatch.setattr(jobs, "SESSIONS_BACK", 2)

    assert store_missing(now=SATURDAY) == 2
    assert set(ExposureSnapshot.objects.values_list("symbol", flat=True)) == {"KO"}


def test_session_taken_before_its_close_is_taken_again(monkeypatch):
    monkeypatch.setattr(jobs, "optionable_symbols", lambda: ("SPY",))
    monkeypatch.setattr(jobs, "SESSIONS_BACK", 1)
    store_exposure(SPY, owner_id=None, now=FRIDAY_CLOSE - timedelta(hours=3))

    assert store_missing(now=SATURDAY) == 1
    assert ExposureSnapshot.objects.first().as_of == FRIDAY_CLOSE


def test_next_close_knows_half_days_and_weekends():
    thanksgiving = datetime(2026, 11, 26, 15, tzinfo=UTC)

    assert next_close(thanksgiving) == datetime(2026, 11, 27, 18, tzinfo=UTC)
    assert next_close(SATURDAY) == datetime(2026, 11, 23, 21, tzinfo=UTC)


def test_task_stores_the_latest_session(monkeypatch):
    monkeypatch.setattr(jobs, "optionable_symbols", lambda: ("KO",))
    monkeypatch.setattr(jobs, "SESSIONS_BACK", 1)

    snapshot_exposures()

    (day,) = set(ExposureSnapshot.objects.values_list("as_of", flat=True))
    assert day <= timezone.now() < next_close(day)
    assert next_close(day - timedelta(seconds=1)) == day


def test_stored_chain_is_in_its_owners_history(user, other_user):
    upload = store(user)

    mine = exposure_history(user, option_source(user, f"XYZ@{upload.pk}"))
    others = exposure_history(other_user, option_source(user, f"XYZ@{upload.pk}"))
    assert [one.session_on for one in mine] == [date(2026, 1, 6)]
    assert not others.exists()
    delete_chain(upload=upload)
    assert not ExposureSnapshot.objects.exists()


def test_chain_without_open_interest_is_stored_without_exposure(user):
    upload = store(
        user, "contract,bid,ask\nXYZ260116C00240000,3,3.2\nXYZ260116P00240000,3,3.1\n",
        as_of=UPLOADED_AT, spot=240.0,
    )  # fmt: skip

    assert not upload.is_staged
    assert not ExposureSnapshot.objects.exists()
    with pytest.raises(NothingMeasured):
        take_snapshot(user=user, source=option_source(user, f"XYZ@{upload.pk}"), now=UPLOADED_AT)


def test_history_under_an_unknown_assumption_is_refused(user):
    with pytest.raises(UnknownAssumption):
        exposure_history(user, SPY, sign_model="x")


def test_history_page_without_sessions_says_when_the_next_comes(client):
    html = client.get("/options/history/", {"symbol": "KO"}).content.decode()

    assert "No session is stored yet" in html
    assert "the next close is at" in html
    assert "Take one now" in html


def test_history_page_takes_one_and_shows_it(client):
    taken = client.post("/options/history/take/", {"symbol": "KO"})

    answer = client.get(taken.headers["Location"])
    (row,) = answer.context["rows"]
    assert (row.symbol, row.sign_model) == ("KO", "calls_long_puts_short")
    assert f"{row.spot:,.2f}" in answer.content.decode()
    assert "SIMULATED" in answer.content.decode()


@pytest.mark.parametrize("symbol", ["NOPE", "BTC/USD", ""])
def test_history_of_no_options_takes_nothing(client, symbol):
    client.post("/options/history/take/", {"symbol": symbol})

    assert not ExposureSnapshot.objects.exists()


def test_history_page_refuses_an_unknown_assumption(client):
    for address in ("", "export.csv"):
        answer = client.get(f"/options/history/{address}", {"sign_model": "x"})
        assert answer.status_code == 422
    assert list(client.get("/options/history/levels.json", {"sign_model": "x"}).json()) == ["empty"]


def test_history_charts_and_file_have_a_point_a_session(client):
    for days in (0, 1, 2):
        store_exposure(SPY, owner_id=None, now=FRIDAY_CLOSE - timedelta(days=days))

    levels = client.get("/options/history/levels.json").json()
    exposure = client.get("/options/history/exposure.json").json()
    file = client.get("/options/history/export.csv").content.decode()

    rows = list(csv.DictReader(StringIO(file)))
    assert levels["categories"] == exposure["categories"] == ["Nov 18", "Nov 19", "Nov 20"]
    assert [row["session_on"] for row in rows] == ["2026-11-20", "2026-11-19", "2026-11-18"]
    spots = levels["series"][0]["values"]
    assert spots == [float(row["spot"]) for row in reversed(rows)]
    above, below = (series["values"] for series in exposure["series"])
    net = [(a or 0) + (b or 0) for a, b in zip(above, below, strict=True)]
    assert net == pytest.approx([float(row["gex_usd_per_1pct"]) / 1e6 for row in reversed(rows)])
    assert client.get("/options/history/nothing.json").json() == {
        "empty": "There is no such chart."
    }


def test_history_page_asks_the_same_for_one_session_and_three(client, django_assert_num_queries):
    store_exposure(SPY, owner_id=None, now=FRIDAY_CLOSE)
    client.get("/options/history/")
    with CaptureQueriesContext(connection) as for_one:
        client.get("/options/history/")
    for days in (1, 2):
        store_exposure(SPY, owner_id=None, now=FRIDAY_CLOSE - timedelta(days=days))

    with django_assert_num_queries(len(for_one)):
        client.get("/options/history/")


def test_history_api_lists_sessions_in_pages(client):
    for days in (0, 1, 2):
        store_exposure(SPY, owner_id=None, now=FRIDAY_CLOSE - timedelta(days=days))

    first = client.get(ROOT, {"symbol": "spy", "limit": 2}).json()
    second = client.get(first["next"]).json()

    days = [row["session_on"] for page in (first, second) for row in page["results"]]
    assert days == ["2026-11-20", "2026-11-19", "2026-11-18"]
    row = first["results"][0]
    assert row["assumption"] == "Dealers are assumed long every call and short every put."
    assert len(row["by_strike"]["call"]) == len(row["by_strike"]["strike"]) > 10
    assert first["units"]["chex_usd_per_day"] == "dollars of delta per calendar day"


def test_gex_command_stores_a_snapshot(user):
    upload = store(user)
    ExposureSnapshot.objects.all().delete()

    call_command("gex", "SPY", "--store", stdout=(out := StringIO()))
    call_command("gex", "XYZ", f"--source={upload.pk}", "--store", stdout=StringIO())

    owners = set(ExposureSnapshot.objects.values_list("symbol", "owner_id"))
    assert owners == {("SPY", None), ("XYZ", user.pk)}
    assert "stored" in out.getvalue()
