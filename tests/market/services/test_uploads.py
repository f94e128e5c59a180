"""A file's way into the library."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError

from market.engine.store import stored_facts
from market.models import BarSeries, Upload
from market.selectors import folder_of, load_bars
from market.services import (
    NothingToStore,
    TooManyUploads,
    UnknownZone,
    UnreadableFile,
    UploadDecided,
    UploadHasBadRows,
    commit_upload,
    delete_series,
    discard_upload,
)
from market.services import series as series_services
from tests.market.conftest import NOW

BAD_ROW = "2024-01-05,0,12,9,11,1\n"
GOOD_ROW = "2024-01-02,10,12,9,11,100\n"


def test_stage_upload_good_file_previews_and_guesses(stage):
    upload = stage()

    assert (upload.n_rows, upload.n_bad, upload.timeframe, upload.calendar) == (3, 0, "1d", "XNYS")
    assert upload.preview[0] == {
        "bar": 1,
        "closes_at": "2024-01-02 23:59:59",
        "open": 10.0,
        "high": 12.0,
        "low": 9.0,
        "close": 11.0,
        "volume": 100.0,
    }
    assert [row["bar"] for row in upload.preview] == [1, 2, 3]


def test_stage_upload_too_large_is_refused(stage, settings):
    settings.MAX_UPLOAD_BYTES = 1024**2

    with pytest.raises(UnreadableFile, match="at most 1 MiB are taken"):
        stage(file=BytesIO(b"x" * (1024**2 + 1)))

    assert Upload.objects.count() == 0


@pytest.mark.parametrize("symbol", ["", "goog", "A B", "../X", "A" * 25, "A\n", "А"])
def test_stage_upload_wrong_symbol_is_refused(stage, symbol, settings):
    with pytest.raises(ValidationError) as refusal:
        stage(symbol=symbol)

    assert list(refusal.value.message_dict) == ["symbol"]
    assert list(settings.DATA_DIR.rglob("*.parquet")) == []


def test_stage_upload_unknown_zone_is_refused_at_its_field(stage):
    with pytest.raises(UnknownZone) as refusal:
        stage(zone="Mars/Base")

    assert refusal.value.message_dict == {"zone": ["'Mars/Base' is not a time zone."]}


def test_stage_upload_twenty_waiting_is_refused(stage):
    for _ in range(20):
        stage(GOOD_ROW)

    with pytest.raises(TooManyUploads):
        stage(GOOD_ROW)


def test_stage_upload_name_loses_path_and_direction(stage):
    upload = stage(file_name="..\\..\\a\u202eb\0.csv")

    assert upload.file_name == "ab.csv"


def test_commit_upload_stores_bars_and_facts(stage):
    series, merged = commit_upload(upload=stage(), now=NOW)

    assert (merged.n_added, merged.n_corrected) == (3, 0)
    assert list(load_bars(series).close) == [11.0, 12.0, 13.0]
    assert (series.n_rows, series.n_gaps, series.is_simulated) == (3, 0, False)
    assert series.first_at == datetime(2024, 1, 2, 23, 59, 59, tzinfo=UTC)
    assert series.last_at == datetime(2024, 1, 4, 23, 59, 59, tzinfo=UTC)


def test_commit_upload_again_corrects_and_counts(store, stage):
    store()
    rows = "2024-01-04,12,14,11,13.5,300\n2024-01-05,13,15,12,14,400\n"

    series, merged = commit_upload(upload=stage(rows), now=NOW)

    assert (merged.n_added, merged.n_corrected) == (1, 1)
    assert list(load_bars(series).close) == [11.0, 12.0, 13.5, 14.0]
    assert (BarSeries.objects.count(), series.n_rows, series.n_corrected) == (1, 4, 1)


def test_commit_upload_missing_session_is_a_gap(store):
    series = store("2024-01-02,10,12,9,11,100\n2024-01-04,12,14,11,13,300\n", timeframe="1d")

    assert (series.n_gaps, series.n_missing) == (1, 1)


def test_commit_upload_bad_rows_are_refused_unless_skipped(stage):
    upload = stage(GOOD_ROW + BAD_ROW)

    with pytest.raises(UploadHasBadRows, match="1 of 2 rows are bad"):
        commit_upload(upload=upload, now=NOW)
    series, _ = commit_upload(upload=upload, now=NOW, on_bad_rows="skip")

    assert series.n_rows == 1


def test_commit_upload_without_good_rows_is_refused(stage):
    with pytest.raises(NothingToStore):
        commit_upload(upload=stage(BAD_ROW), now=NOW, on_bad_rows="skip")


def test_commit_upload_twice_is_refused(stage):
    upload = stage()
    commit_upload(upload=upload, now=NOW)

    with pytest.raises(UploadDecided):
        commit_upload(upload=upload, now=NOW)


def test_discard_upload_removes_the_file(stage, settings, django_capture_on_commit_callbacks):
    upload = stage()

    with django_capture_on_commit_callbacks(execute=True):
        discard_upload(upload=upload, now=NOW)

    assert upload.status == "DISCARDED"
    assert list(settings.DATA_DIR.rglob("*.parquet")) == []


def test_delete_series_removes_row_and_files(store, django_capture_on_commit_callbacks):
    series = store()
    folder = folder_of(series)

    with django_capture_on_commit_callbacks(execute=True):
        delete_series(series=series)

    assert BarSeries.objects.count() == 0
    assert not folder.exists()


def test_load_bars_range_is_half_open(store):
    series = store()

    bars = load_bars(
        series,
        start=datetime(2024, 1, 2, 23, 59, 59, tzinfo=UTC),
        end=datetime(2024, 1, 3, 23, 59, 59, tzinfo=UTC),
    )

    assert list(bars.close) == [11.0]
    assert load_bars(series, start=NOW) is None


def test_commit_overtaken_by_another_leaves_the_facts_of_the_files(stage, monkeypatch):
    """The other commit comes between the look at the files and the row of the first."""
    first = stage("2024-01-02,10,12,9,11,100\n")
    other = stage("2024-01-03,11,13,10,12,200\n")
    look = series_services._facts
    left = [other]

    def facts_then_the_other(series):
        facts = look(series)
        if left:
            commit_upload(upload=left.pop(), now=NOW)
        return facts

    monkeypatch.setattr(series_services, "_facts", facts_then_the_other)

    series, _ = commit_upload(upload=first, now=NOW)

    series.refresh_from_db()
    assert series.n_rows == 2
    assert series.fingerprint == stored_facts(folder_of(series)).fingerprint
