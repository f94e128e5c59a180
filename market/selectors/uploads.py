"""Where staged bars lie."""

from pathlib import Path

from django.conf import settings

from market.models import Upload


def staged_path(upload: Upload) -> Path:
    """Return where the good rows of an upload wait for their owner's decision."""
    folder = Path(settings.DATA_DIR) / "uploads" / str(upload.owner_id)
    return folder / f"{upload.staged_name}.parquet"
