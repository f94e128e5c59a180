"""Files whose row is gone, and how to tell them from files that are just being written."""

import shutil
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from pulse.common.time import to_ns

QUIET = timedelta(hours=1)
"""A file is written before its row is seen by others: younger ones are left alone."""


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
