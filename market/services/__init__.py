"""Writes of the market app: one use-case, one function."""

from market.services.series import (
    TooManyBars,
    delete_series,
    fetch_bars,
    install_demo_data,
    store_bars,
)
from market.services.uploads import (
    NothingToStore,
    TooManyUploads,
    UnknownZone,
    UnreadableFile,
    UploadDecided,
    UploadHasBadRows,
    commit_upload,
    discard_upload,
    stage_upload,
)

__all__ = [
    "NothingToStore",
    "TooManyBars",
    "TooManyUploads",
    "UnknownZone",
    "UnreadableFile",
    "UploadDecided",
    "UploadHasBadRows",
    "commit_upload",
    "delete_series",
    "discard_upload",
    "fetch_bars",
    "install_demo_data",
    "stage_upload",
    "store_bars",
]
