"""Files that nobody decided about, and files whose row is gone."""

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from market.jobs import discard_forgotten, remove_lost_files
from market.models import ChainUpload, Upload
from market.selectors import chain_path, folder_of
from market.selectors.chains import staged_chain_path
from market.selectors.uploads import staged_path
from market.services import commit_chain, stage_chain
from tests.market.conftest import NOW

CHAIN = b"contract,bid,ask,open_interest\nSPY361219C00650000,90,91,5\n"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def stage_one_chain(owner):
    def staged(**terms):
        return stage_chain(
            owner=owner, file=BytesIO(CHAIN), file_name="chain.csv", now=NOW, **terms
        )

    return staged


def aged(folder: Path, age: timedelta) -> None:
    """Let everything under `folder` be `age` old at `NOW`."""
    moment = (NOW - age).timestamp()
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


def test_discard_forgotten_a_day_later_leaves_no_file(
    stage, stage_one_chain, django_capture_on_commit_callbacks
):
    upload, chain = stage(), stage_one_chain()
    paths = staged_path(upload), staged_chain_path(chain)
    assert all(path.is_file() for path in paths)

    with django_capture_on_commit_callbacks(execute=True):
        assert discard_forgotten(now=NOW + DAY + SECOND) == 2

    upload.refresh_from_db()
    assert (upload.status, upload.decided_at) == (Upload.Status.DISCARDED, NOW + DAY + SECOND)
    assert not ChainUpload.objects.exists()
    assert not any(path.exists() for path in paths)


def test_discard_forgotten_within_a_day_or_decided_keeps(
    stage, store, stage_one_chain, django_capture_on_commit_callbacks
):
    series, upload = store(), stage(symbol="MSFT")
    stored, waiting = stage_one_chain(spot=650.0), stage_one_chain()
    commit_chain(upload=stored, now=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        assert discard_forgotten(now=NOW + DAY - SECOND) == 0

    assert staged_path(upload).is_file()
    assert staged_chain_path(waiting).is_file()
    with django_capture_on_commit_callbacks(execute=True):
        assert discard_forgotten(now=NOW + 9 * DAY) == 2
    assert chain_path(stored).is_file()
    assert folder_of(series).is_dir()
    assert ChainUpload.objects.get() == stored


def test_remove_lost_files_of_a_deleted_user_after_an_hour(
    owner, stage, store, stage_one_chain, settings
):
    series, upload, chain = store(), stage(symbol="MSFT"), stage_one_chain(spot=650.0)
    commit_chain(upload=chain, now=NOW)
    paths = folder_of(series), staged_path(upload), chain_path(chain)
    owner.delete()
    aged(settings.DATA_DIR, timedelta(minutes=59))

    assert remove_lost_files(now=NOW) == 0
    assert all(path.exists() for path in paths)

    aged(settings.DATA_DIR, timedelta(minutes=61))
    remove_lost_files(now=NOW)

    assert [path for path in settings.DATA_DIR.rglob("*") if path.is_file()] == []
    assert not folder_of(series).exists()


def test_remove_lost_files_keeps_what_has_a_row(stage, store, stage_one_chain, settings):
    series, upload, chain, waiting = (
        store(symbol="BRK/B"),
        stage(symbol="MSFT"),
        stage_one_chain(spot=650.0),
        stage_one_chain(),
    )
    commit_chain(upload=chain, now=NOW)
    staged_chain_path(chain).unlink(missing_ok=True)
    staged = sorted(settings.DATA_DIR.glob("uploads/*/*.parquet"))
    for path in staged:
        if path != staged_path(upload):
            path.unlink()  # of the stored series: deleted on commit, which a test never reaches
    aged(settings.DATA_DIR, 30 * DAY)

    assert remove_lost_files(now=NOW) == 0

    assert chain_path(chain).is_file()
    assert staged_path(upload).is_file()
    assert staged_chain_path(waiting).is_file()
    assert list(folder_of(series).glob("*.parquet"))


def test_remove_lost_files_without_a_data_folder_does_nothing(db, settings):
    assert not settings.DATA_DIR.exists()

    assert remove_lost_files(now=NOW) == 0
