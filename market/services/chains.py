"""Uploaded option chains: read and staged, then stored, restated or deleted by their owner."""

import math
import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any, Literal, TypedDict, Unpack

from django.conf import settings
from django.db import transaction

from accounts.models import User
from market.engine.chains import (
    ChainColumns,
    ParsedChain,
    SymbolUnknown,
    parse_chain,
    previous_session_day,
    save_columns,
)
from market.engine.tables import check_size
from market.models import ChainUpload
from market.selectors.chains import chain_path, staged_chain_path
from market.services.uploads import (
    NothingToStore,
    TooManyUploads,
    UnreadableFile,
    UploadDecided,
    UploadHasBadRows,
    clean_name,
)
from pulse.common.errors import DomainError
from pulse.common.time import from_ns, to_ns

MAX_STAGED = 20
MAX_STORED = 1_000
PREVIEW_ROWS = 6
LARGEST_RATE = 1.0
AHEAD = timedelta(minutes=15)
"""Clocks differ: quotes may be this far in the future."""
STANDARD_MULTIPLIER = 100.0


class ChainTermsWrong(DomainError):
    """A term of the chain is missing or cannot be: time of the quotes, spot, rate or yield."""

    default_code = "chain_terms_wrong"
    http_status = 422


class ChainTerms(TypedDict, total=False):
    """What a file may not say; None: as the file does.

    `symbol` the underlying, `as_of` aware datetime of the quotes, `spot` currency per share, `rate`
    and `dividend_yield` per year as fractions, `multiplier` shares a contract.
    """

    symbol: str
    as_of: datetime | None
    spot: float | None
    rate: float | None
    dividend_yield: float | None
    multiplier: float | None


def stage_chain(
    *,
    owner: User,
    file: IO[bytes] | Any,
    file_name: str,
    now: datetime,
    **terms: Unpack[ChainTerms],
) -> ChainUpload:
    """Read a CSV file of option quotes, check every row, and keep it until its owner decides.

    Parameters
    ----------
    owner : User
        Who uploads.
    file : binary file
        At most 50 MiB and 50,000 contracts.
    file_name : str
        Name shown with the chain.
    now : aware datetime
        Time of the upload.
    terms : ChainTerms
        What the file may not say; it may be said later, with `restate_chain`.

    Raises
    ------
    UnreadableFile
        If the file is too large, empty, an archive, no text, or no table of option quotes.
    ChainTermsWrong
        If a term is impossible, or nothing says what the options are on.
    TooManyUploads
        If 20 chains wait already, or 1,000 are stored.
    """
    mine = ChainUpload.objects.filter(owner=owner)
    if mine.filter(status=ChainUpload.Status.STAGED).count() >= MAX_STAGED:
        raise TooManyUploads(f"{MAX_STAGED} chains wait for your decision: store or delete some.")
    if mine.count() >= MAX_STORED:
        raise TooManyUploads(f"You have {MAX_STORED:,} chains: delete some.")
    limit = settings.MAX_UPLOAD_BYTES
    try:
        check_size(getattr(file, "size", 0) or 0, limit)
        source = file.read(limit + 1)
    except ValueError as error:
        raise UnreadableFile({"file": str(error)}) from error
    upload = ChainUpload(
        owner=owner, file_name=clean_name(file_name), stored_name=uuid.uuid4(), created_at=now
    )
    _read_into(upload, source, now=now, terms=terms)
    path = staged_chain_path(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)
    try:
        upload.save()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def restate_chain(
    *, upload: ChainUpload, now: datetime, **terms: Unpack[ChainTerms]
) -> ChainUpload:
    """Read the file of a chain that waits again, with other terms.

    Raises
    ------
    UploadDecided
        If it was stored before.
    UnreadableFile, ChainTermsWrong
        As `stage_chain`; the chain stays as it was.
    """
    _check_staged(upload)
    _read_into(upload, _staged_source(upload), now=upload.created_at, terms=terms)
    upload.save()
    return upload


def commit_chain(
    *, upload: ChainUpload, now: datetime, on_bad_rows: Literal["refuse", "skip"] = "refuse"
) -> ChainUpload:
    """Store the good contracts of a chain: from now on it is a source of quotes for its owner.

    Raises
    ------
    UploadDecided
        If it was stored before.
    NothingToStore
        If no row is good.
    UploadHasBadRows
        If rows are bad and `on_bad_rows` is "refuse".
    ChainTermsWrong
        If nobody has said the price of the underlying.
    """
    _check_staged(upload)
    if not upload.n_contracts:
        raise NothingToStore("No row of this file is good. Delete it and upload another.")
    if upload.n_bad and on_bad_rows == "refuse":
        raise UploadHasBadRows(
            f"{upload.n_bad:,} of {upload.n_rows:,} rows are bad. Leave them out, or delete the "
            "file and upload a corrected one."
        )
    if upload.spot is None:
        raise ChainTermsWrong({"spot": "Say the price of the underlying: the file does not."})
    staged, path = staged_chain_path(upload), chain_path(upload)
    parsed = _parsed(_staged_source(upload), upload.symbol, upload.as_of, upload.created_at)
    if parsed.columns is None:
        raise NothingToStore("No row of this file is good. Delete it and upload another.")
    n_bytes = save_columns(path, parsed.columns)
    waiting = ChainUpload.objects.filter(pk=upload.pk, status=ChainUpload.Status.STAGED)
    status = ChainUpload.Status.COMMITTED
    if not waiting.update(status=status, decided_at=now, n_bytes=n_bytes):
        raise UploadDecided("This chain was decided in another window.")
    upload.status, upload.decided_at, upload.n_bytes = status, now, n_bytes
    transaction.on_commit(partial(staged.unlink, missing_ok=True))
    return upload


def delete_chain(*, upload: ChainUpload) -> None:
    """Delete a chain with its file, and with the exposure measured from it."""
    paths = staged_chain_path(upload), chain_path(upload)
    upload.delete()
    for path in paths:
        transaction.on_commit(partial(path.unlink, missing_ok=True))


def _check_staged(upload: ChainUpload) -> None:
    if not upload.is_staged:
        raise UploadDecided("This chain was stored before.")


def _staged_source(upload: ChainUpload) -> bytes:
    try:
        return staged_chain_path(upload).read_bytes()
    except FileNotFoundError as error:
        raise UploadDecided("This chain was decided in another window.") from error


def _read_into(upload: ChainUpload, source: bytes, *, now: datetime, terms: ChainTerms) -> None:
    """Put what the file and the terms say into the row."""
    _check_terms(terms, now)
    parsed = _parsed(source, terms.get("symbol") or "", terms.get("as_of"), now)
    if parsed.as_of_ns > to_ns(now + AHEAD):
        raise ChainTermsWrong({"as_of": "The quotes are of the future: say when they were taken."})
    columns, notes = parsed.columns, list(parsed.notes)
    upload.symbol, upload.layout = parsed.symbol, parsed.layout
    upload.as_of = from_ns(parsed.as_of_ns)
    upload.open_interest_on = previous_session_day(parsed.as_of_ns)
    upload.spot = _first_known(terms.get("spot"), parsed.spot)
    rate = _first_known(terms.get("rate"), parsed.rate)
    dividend_yield = _first_known(terms.get("dividend_yield"), parsed.dividend_yield)
    if rate is None:
        notes.append("Nothing says the interest rate: 0 counts where put-call parity cannot tell.")
    upload.rate, upload.dividend_yield = rate or 0.0, dividend_yield or 0.0
    multiplier = _first_known(terms.get("multiplier"), parsed.multiplier)
    upload.multiplier = multiplier or STANDARD_MULTIPLIER
    upload.n_rows, upload.n_bad = parsed.n_rows, parsed.n_bad
    upload.n_contracts = 0 if columns is None else len(columns)
    days = [] if columns is None else sorted(set(columns.expires_on.astype(str).tolist()))
    upload.expirations = days
    upload.issues = [asdict(issue) for issue in parsed.issues]
    upload.counts, upload.notes = dict(parsed.counts), notes
    upload.preview = [] if columns is None else _preview(columns, upload.spot)
    upload.full_clean(exclude=["owner", *_JSON_FIELDS])


_JSON_FIELDS = ("expirations", "issues", "counts", "notes", "preview")


def _parsed(source: bytes, symbol: str, as_of: datetime | None, now: datetime) -> ParsedChain:
    try:
        return parse_chain(
            source,
            now_ns=to_ns(now),
            symbol=symbol,
            as_of_ns=None if as_of is None else to_ns(as_of),
            max_bytes=settings.MAX_UPLOAD_BYTES,
        )
    except SymbolUnknown as error:
        raise ChainTermsWrong({"symbol": str(error)}) from error
    except ValueError as error:
        raise UnreadableFile({"file": str(error)}) from error


def _check_terms(terms: ChainTerms, now: datetime) -> None:
    wrong: dict[str, str] = {}
    as_of = terms.get("as_of")
    if as_of is not None and as_of > now + AHEAD:
        wrong["as_of"] = "The quotes cannot be of the future."
    for name, words in (("spot", "The price"), ("multiplier", "The number of shares")):
        value = terms.get(name)
        if isinstance(value, float) and not 0.0 < value < math.inf:
            wrong[name] = f"{words} must be above 0."
    for name in ("rate", "dividend_yield"):
        value = terms.get(name)
        if isinstance(value, float) and not abs(value) <= LARGEST_RATE:
            wrong[name] = "A rate lies between -100 % and 100 %."
    if wrong:
        raise ChainTermsWrong(wrong)


def _first_known(*values: float | None) -> float | None:
    return next((one for one in values if one is not None and math.isfinite(one)), None)


def _preview(columns: ChainColumns, spot: float | None) -> list[dict[str, Any]]:
    """Return the contracts nearest to the money of the first expiry, or the first of the file."""
    first = [i for i in range(len(columns)) if columns.expires_on[i] == columns.expires_on[0]]
    money = spot if spot is not None else float(columns.strike[first[len(first) // 2]])
    first.sort(key=lambda i: abs(float(columns.strike[i]) - money))
    return [_preview_row(columns, i) for i in sorted(first[:PREVIEW_ROWS])]


def _preview_row(columns: ChainColumns, i: int) -> dict[str, Any]:
    figures = {
        name: _first_known(float(getattr(columns, name)[i]))
        for name in ("strike", "bid", "ask", "latest", "volume", "open_interest")
    }
    kind = "call" if columns.kind[i] > 0 else "put"
    return {"expires_on": str(columns.expires_on[i]), "kind": kind, **figures}
