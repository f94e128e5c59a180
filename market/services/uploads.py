"""Uploads: read and staged, then stored or discarded by their owner."""

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any, Literal

import numpy as np
from django.conf import settings
from django.db import transaction

from accounts.models import User
from market.engine import Bars, ParsedBars, parse_bars
from market.engine.reading import StampedBy
from market.engine.stamps import zone_of
from market.engine.store import Merged, open_bars, save_bars
from market.engine.tables import check_size
from market.models import BarSeries, Upload
from market.selectors.uploads import staged_path
from market.services.series import listing_of, store_bars
from pulse.common.errors import DomainError
from pulse.common.time import from_ns

MAX_STAGED = 20
PREVIEW_ROWS = 5


class UnreadableFile(DomainError):
    """The file is no table of prices."""

    default_code = "unreadable_file"
    http_status = 422


class UnknownZone(DomainError):
    """The zone is no IANA name."""

    default_code = "unknown_zone"
    http_status = 422


class TooManyUploads(DomainError):
    """The owner has too many files that wait for a decision."""

    default_code = "too_many_uploads"


class UploadHasBadRows(DomainError):
    """Some rows are bad, and the owner did not say to leave them out."""

    default_code = "upload_has_bad_rows"
    http_status = 422


class NothingToStore(DomainError):
    """No row of the file is good."""

    default_code = "nothing_to_store"
    http_status = 422


class UploadDecided(DomainError):
    """The upload was stored or discarded before."""

    default_code = "upload_decided"


def stage_upload(
    *,
    owner: User,
    file: IO[bytes] | Any,
    file_name: str,
    symbol: str,
    now: datetime,
    timeframe: str = "",
    zone: str = "UTC",
    calendar: str = "",
    stamped_by: StampedBy = "auto",
) -> Upload:
    """Read a CSV or Parquet file, check every row, and keep it until its owner decides.

    Parameters
    ----------
    owner : User
        Who uploads.
    file : binary file
        At most 50 MiB.
    file_name : str
        Name shown in the library.
    symbol : str
        Instrument of the file.
    now : aware datetime
        Time of the upload.
    timeframe, calendar : str
        Length of the bars, exchange calendar; empty: read off the timestamps.
    zone : str
        IANA zone of times without one.
    stamped_by : {"auto", "open", "close"}
        What the file's times mark.

    Raises
    ------
    UnreadableFile
        If the file is too large, empty, an archive, no text, or has no price columns.
    UnknownZone
        If `zone` is no IANA name.
    TooManyUploads
        If 20 files wait already.
    ValidationError
        If the symbol breaks its rule.
    """
    if Upload.objects.filter(owner=owner, status=Upload.Status.STAGED).count() >= MAX_STAGED:
        raise TooManyUploads(f"{MAX_STAGED} files wait for your decision: store or discard some.")
    limit = settings.MAX_UPLOAD_BYTES
    try:
        zone_of(zone)
    except ValueError as error:
        raise UnknownZone({"zone": str(error)}) from error
    try:
        check_size(getattr(file, "size", 0), limit)
        parsed = parse_bars(file.read(limit + 1), zone=zone, stamped_by=stamped_by, max_bytes=limit)
    except ValueError as error:
        raise UnreadableFile({"file": str(error)}) from error
    calendar = calendar or (listing_of(symbol, parsed.bars).calendar if parsed.bars else "XNYS")
    upload = Upload(
        owner=owner,
        file_name=clean_name(file_name),
        symbol=symbol,
        timeframe=timeframe or parsed.timeframe or "1d",
        calendar=calendar,
        zone=zone,
        layout=parsed.layout,
        n_rows=parsed.n_rows,
        n_bad=parsed.n_bad,
        issues=[asdict(issue) for issue in parsed.issues],
        counts=dict(parsed.counts),
        notes=list(parsed.notes),
        preview=_preview(parsed),
        staged_name=uuid.uuid4(),
        created_at=now,
    )
    upload.full_clean(exclude=["owner", "issues", "counts", "notes", "preview"])
    if parsed.bars is not None:
        save_bars(staged_path(upload), parsed.bars)
    upload.save()
    return upload


def commit_upload(
    *, upload: Upload, now: datetime, on_bad_rows: Literal["refuse", "skip"] = "refuse"
) -> tuple[BarSeries, Merged]:
    """Store the good rows of an upload in its owner's library.

    Raises
    ------
    UploadDecided
        If it was stored or discarded before.
    UploadHasBadRows
        If rows are bad and `on_bad_rows` is "refuse".
    NothingToStore
        If no row is good.
    """
    if not upload.is_staged:
        raise UploadDecided(f"This upload was {upload.get_status_display().lower()} before.")
    if not upload.n_good:
        raise NothingToStore("No row of this file is good. Discard it and upload another.")
    if upload.n_bad and on_bad_rows == "refuse":
        raise UploadHasBadRows(
            f"{upload.n_bad:,} of {upload.n_rows:,} rows are bad. Leave them out, or discard the "
            "file and upload a corrected one."
        )
    bars = open_bars(staged_path(upload))
    series, merged = store_bars(
        owner=upload.owner,
        listing=listing_of(upload.symbol, bars, upload.calendar),
        source=BarSeries.Source.UPLOAD,
        timeframe=upload.timeframe,
        bars=bars,
        now=now,
    )
    _decide(upload, Upload.Status.COMMITTED, now, series)
    return series, merged


def discard_upload(*, upload: Upload, now: datetime) -> None:
    """Forget the rows of an upload.

    Raises
    ------
    UploadDecided
        If it was stored or discarded before.
    """
    if not upload.is_staged:
        raise UploadDecided(f"This upload was {upload.get_status_display().lower()} before.")
    _decide(upload, Upload.Status.DISCARDED, now, None)


def _decide(upload: Upload, status: str, now: datetime, series: BarSeries | None) -> None:
    staged = Upload.objects.filter(pk=upload.pk, status=Upload.Status.STAGED)
    if not staged.update(status=status, decided_at=now, series=series):
        raise UploadDecided("This upload was decided in another window.")
    upload.status, upload.decided_at, upload.series = status, now, series
    path = staged_path(upload)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def clean_name(name: str) -> str:
    """Keep the last part of a path without control or direction characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:120] or "upload"


def _preview(parsed: ParsedBars) -> list[dict[str, Any]]:
    if parsed.bars is None:
        return []
    n_bars = len(parsed.bars)
    rows = np.unique(np.r_[0 : min(PREVIEW_ROWS, n_bars), max(0, n_bars - PREVIEW_ROWS) : n_bars])
    return [_preview_row(parsed.bars, int(row)) for row in rows]


def _preview_row(bars: Bars, row: int) -> dict[str, Any]:
    values = {
        name: float(getattr(bars, name)[row]) for name in ("open", "high", "low", "close", "volume")
    }
    return {"bar": row + 1, "closes_at": f"{from_ns(bars.ts_ns[row]):%Y-%m-%d %H:%M:%S}", **values}
