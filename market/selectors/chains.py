"""Option chains that users uploaded."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from market.models import ChainUpload


def chains_visible_to(user: User | Any) -> QuerySet[ChainUpload]:
    """Return the uploaded chains of `user`, stored ones and those that wait, latest first."""
    return ChainUpload.objects.filter(owner_id=user.pk)


def stored_chains_of(user: User | Any) -> QuerySet[ChainUpload]:
    """Return the stored chains of `user`, those of one symbol together, latest quotes first."""
    stored = chains_visible_to(user).filter(status=ChainUpload.Status.COMMITTED)
    return stored.order_by("symbol", "-as_of", "-pk")


def staged_chain_path(upload: ChainUpload) -> Path:
    """Return where the file of a chain that waits lies, as it came."""
    return _folder("uploads", upload) / f"{upload.stored_name}.csv"


def chain_path(upload: ChainUpload) -> Path:
    """Return where the contracts of a stored chain lie."""
    return _folder("chains", upload) / f"{upload.stored_name}.parquet"


def _folder(kind: str, upload: ChainUpload) -> Path:
    return Path(settings.DATA_DIR) / kind / str(upload.owner_id)
