"""Exposure of chains, stored."""

from datetime import datetime
from typing import Any, Literal

from accounts.models import User
from greeks.jobs import NothingMeasured, store_exposure
from greeks.models import ExposureSnapshot
from greeks.selectors.sources import OptionSource, UploadedSource, source_of_upload
from market.models import ChainUpload
from market.services import commit_chain

__all__ = ["NothingMeasured", "store_chain", "take_snapshot"]


def store_chain(
    *, upload: ChainUpload, now: datetime, on_bad_rows: Literal["refuse", "skip"] = "refuse"
) -> tuple[ChainUpload, ExposureSnapshot | None]:
    """Store a chain that waits, and the exposure measured from it.

    Returns
    -------
    upload, snapshot
        The stored chain; the snapshot under the default assumption, None if nothing counts.

    Raises
    ------
    UploadDecided, NothingToStore, UploadHasBadRows, ChainTermsWrong
        As `commit_chain`.
    """
    commit_chain(upload=upload, now=now, on_bad_rows=on_bad_rows)
    try:
        snapshots = store_exposure(source_of_upload(upload), owner_id=upload.owner_id, now=now)
    except NothingMeasured:
        return upload, None
    return upload, snapshots[0]


def take_snapshot(*, user: User | Any, source: OptionSource, now: datetime) -> ExposureSnapshot:
    """Store the exposure of a source as its quotes stand now.

    Parameters
    ----------
    user : User
        Who asks; owner of the snapshot if the quotes are of an uploaded chain.

    Raises
    ------
    NothingMeasured, NoOptions
        As `store_exposure`.
    """
    owner_id = user.pk if isinstance(source, UploadedSource) else None
    return store_exposure(source, owner_id=owner_id, now=now)[0]
