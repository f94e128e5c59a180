"""What a worker sweeps up: files that nobody decided about, files whose row is gone."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from market.models import BarSeries, ChainUpload, Upload
from market.selectors import chain_path, folder_of
from market.selectors.chains import staged_chain_path
from market.selectors.uploads import staged_path
from pulse.common.folders import remove_lost

KEEP_STAGED = timedelta(days=1)


def discard_forgotten(*, now: datetime) -> int:
    """Discard what was staged more than a day before `now`; return how many files."""
    before = now - KEEP_STAGED
    with transaction.atomic():
        uploads = list(
            Upload.objects.select_for_update().filter(
                status=Upload.Status.STAGED, created_at__lt=before
            )
        )
        chains = list(
            ChainUpload.objects.select_for_update().filter(
                status=ChainUpload.Status.STAGED, created_at__lt=before
            )
        )
        paths = [*map(staged_path, uploads), *map(staged_chain_path, chains)]
        Upload.objects.filter(pk__in=[one.pk for one in uploads]).update(
            status=Upload.Status.DISCARDED, decided_at=now
        )
        ChainUpload.objects.filter(pk__in=[one.pk for one in chains]).delete()
        for path in paths:
            transaction.on_commit(partial(path.unlink, missing_ok=True))
    return len(paths)


def remove_lost_files(*, now: datetime) -> int:
    """Remove bars, chains and staged files without a row; return how many.

    Notes
    -----
    Files younger than an hour stay: they may be on their way into the tables.
    """
    root = Path(settings.DATA_DIR)
    found = [
        *root.glob("uploads/*/*"),
        *root.glob("chains/*/*"),
        *root.glob("bars/*/*/*/*"),
    ]
    return remove_lost(found, kept=_kept(), now=now)


def _kept() -> set[Path]:
    staged = Upload.objects.filter(status=Upload.Status.STAGED)
    kept = {staged_path(upload) for upload in staged.only("owner_id", "staged_name")}
    for chain in ChainUpload.objects.only("owner_id", "stored_name", "status"):
        kept.add(staged_chain_path(chain) if chain.is_staged else chain_path(chain))
    kept |= {folder_of(series) for series in BarSeries.objects.select_related("instrument")}
    return kept
