"""Files whose row is gone, and how to tell them from files that are just being written."""

import hashlib
import logging
import shutil
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from pulse.common.time import to_ns

logger = logging.getLogger(__name__)

MARK = ".database"
QUIET = timedelta(hours=1)
"""A file is written before its row is seen by others: younger ones are left alone."""


def data_folder_is_ours() -> bool:
    """Tell whether the data folder belongs to the present database.

    The first database that asks puts its mark there, and is not told yes before it asks again: a
    second database on the same folder would take every file of the first for lost.
    """
    mark = Path(settings.DATA_DIR) / MARK
    database = settings.DATABASES["default"]
    words = "|".join(str(database.get(part, "")) for part in ("ENGINE", "HOST", "PORT", "NAME"))
    own = hashlib.sha256(words.encode()).hexdigest()
    if not mark.exists():
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(own)
        return False
    if mark.read_text() != own:
        logger.warning("Data folder of another database: its files are left alone")
        return False
    return True


def remove_lost(found: Iterable[Path], *, kept: Collection[Path], now: datetime) -> int:
    """Remove the files and folders that nobody keeps and nobody has touched for an hour.

    Parameters
    ----------
    found : iterable of Path
        What was on disk *before* `kept` was asked for: later arrivals are not judged.
    kept : collection of Path
        What rows of the database stand for.
    now : aware datetime
        Time of the sweep.

    Returns
    -------
    int
        How many were removed.
    """
    before_ns = to_ns(now - QUIET)
    lost = [path for path in found if path not in kept and _changed_ns(path) < before_ns]
    for path in lost:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(lost)


def _changed_ns(path: Path) -> int:
    """Return the latest change in a file or folder, nanoseconds UTC; 0 if it has gone."""
    changed = [0]
    for each in (path, *path.rglob("*")):
        try:
            changed.append(each.stat().st_mtime_ns)
        except FileNotFoundError:
            continue
    return max(changed)
