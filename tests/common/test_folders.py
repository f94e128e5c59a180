"""Whose data folder it is: a second database must not judge the files of the first."""

import os
from pathlib import Path
from typing import Any

import pytest

from backtests.tasks import sweep_files
from pulse.common.folders import data_folder_is_ours


def test_folder_is_marked_first_and_swept_from_the_second_time_on(settings: Any) -> None:
    assert [data_folder_is_ours() for _ in range(3)] == [False, True, True]


def test_folder_of_another_database_is_never_ours(settings: Any) -> None:
    settings.DATA_DIR.mkdir(parents=True)
    (settings.DATA_DIR / ".database").write_text("of another one")

    assert [data_folder_is_ours() for _ in range(2)] == [False, False]


@pytest.mark.django_db
def test_sweep_leaves_results_of_another_database(settings: Any, tmp_path: Path) -> None:
    lost = settings.DATA_DIR / "runs" / "7"
    lost.mkdir(parents=True)
    os.utime(lost, (0, 0))
    mark = settings.DATA_DIR / ".database"
    mark.write_text("of another one")

    sweep_files()
    assert lost.exists()

    mark.unlink()
    sweep_files()  # marks the folder
    sweep_files()
    assert not lost.exists()
