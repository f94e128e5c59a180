"""Writes of the market app: one use-case, one function."""

from market.services.chains import (
    ChainTermsWrong,
    commit_chain,
    delete_chain,
    restate_chain,
    stage_chain,
)
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
    "ChainTermsWrong",
    "NothingToStore",
    "TooManyBars",
    "TooManyUploads",
    "UnknownZone",
    "UnreadableFile",
    "UploadDecided",
    "UploadHasBadRows",
    "commit_chain",
    "commit_upload",
    "delete_chain",
    "delete_series",
    "discard_upload",
    "fetch_bars",
    "install_demo_data",
    "restate_chain",
    "stage_chain",
    "stage_upload",
    "store_bars",
]
