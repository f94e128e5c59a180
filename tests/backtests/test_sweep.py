"""Results whose run is gone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as ours

from accounts.models import User
from backtests.jobs import remove_lost_results
from backtests.selectors import artifact_folder
from pulse.celery import app
from tests.factories.portfolios import make_portfolio
from tests.factories.runs import NOW, make_run


def write(folder: Path, age: timedelta) -> Path:
    folder.mkdir(parents=True)
    file = folder / "curve.parquet"
    file.write_bytes(b"rows")
    moment = (NOW - age).timestamp()
    for path in (file, folder):
        os.utime(path, (moment, moment))
    return folder


def test_remove_lost_results_keeps_those_of_runs(user: User) -> None:
    run, portfolio = make_run(user), make_portfolio(user)
    kept = [
        write(artifact_folder(run), timedelta(days=9)),
        write(artifact_folder(portfolio), timedelta(days=9)),
    ]
    lost = [
        write(artifact_folder(run).with_name(f"{run.pk + 1}"), timedelta(minutes=61)),
        write(artifact_folder(run).with_name(f"{run.pk}.new"), timedelta(minutes=61)),
        write(artifact_folder(portfolio).with_name(f"{portfolio.pk + 1}"), timedelta(days=1)),
    ]

    assert remove_lost_results(now=NOW) == 3

    assert all(folder.is_dir() for folder in kept)
    assert not any(folder.exists() for folder in lost)


def test_remove_lost_results_of_deleted_user(user: User) -> None:
    folder = write(artifact_folder(make_run(user)), timedelta(hours=2))
    user.delete()

    assert remove_lost_results(now=NOW) == 1
    assert not folder.exists()


@pytest.mark.django_db
def test_remove_lost_results_written_right_now_stay(settings: object) -> None:
    folder = write(Path(settings.DATA_DIR) / "runs" / "5.new", timedelta(hours=2))  # type: ignore[attr-defined]
    moment = (NOW - timedelta(minutes=59)).timestamp()
    os.utime(folder / "curve.parquet", (moment, moment))

    assert remove_lost_results(now=NOW) == 0
    assert folder.is_dir()


def test_every_beat_names_a_task_that_workers_know() -> None:
    app.loader.import_default_modules()

    assert {entry["task"] for entry in ours.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
