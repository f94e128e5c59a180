"""Documents on their way out: made in a spool file, sent in parts, named after what was run."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify

from backtests.documents.report import Report
from backtests.documents.tables import (
    equity_csv,
    trades_csv,
    write_equity_parquet,
    write_trades_parquet,
)
from backtests.documents.tearsheet import tearsheet
from backtests.documents.workbook import write_workbook

CHUNK_BYTES = 1 << 18
SERVED_ROWS = 200_000  # of a sheet: a million rows take half a minute to write
NAME_LENGTH = 80
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"


class Export(NamedTuple):
    """One file that a result can be taken away as."""

    ending: str
    content_type: str
    chunks: Callable[[Report], Iterator[bytes]]


def _encoded(lines: Callable[[Report], Iterator[str]]) -> Callable[[Report], Iterator[bytes]]:
    return lambda report: (text.encode() for text in lines(report))


class Spool:
    """A file without a name that is read in parts and gone when it is closed."""

    def __init__(self, write: Callable[[IO[bytes]], None]) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 -- closed with the answer
        write(self._file)
        self._file.seek(0)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = b"" if self._file.closed else self._file.read(CHUNK_BYTES)
        if not part:
            self.close()
            raise StopIteration
        return part

    def close(self) -> None:
        """Let the file go; an answer that nobody read is closed, too."""
        self._file.close()


def _spooled(write: Callable[[Report, IO[bytes]], None]) -> Callable[[Report], Iterator[bytes]]:
    """Write the whole file first, so that a fault comes before the first byte."""
    return lambda report: Spool(partial(write, report))


EXPORTS = {
    "trades_csv": Export("trades.csv", "text/csv", _encoded(trades_csv)),
    "equity_csv": Export("equity.csv", "text/csv", _encoded(equity_csv)),
    "trades_parquet": Export("trades.parquet", PARQUET, _spooled(write_trades_parquet)),
    "equity_parquet": Export("equity.parquet", PARQUET, _spooled(write_equity_parquet)),
    "xlsx": Export("report.xlsx", XLSX, _spooled(partial(write_workbook, max_rows=SERVED_ROWS))),
    "html": Export(
        "tearsheet.html", "text/html", lambda report: iter([tearsheet(report).encode()])
    ),
}


def kind_of(path: Path, table: str = "trades") -> str:
    """Return which of `EXPORTS` a file's ending asks for; CSV and Parquet hold one table.

    Raises
    ------
    ValueError
        If there is no document of this ending.
    """
    ending = path.suffix.removeprefix(".").lower()
    kind = f"{table}_{ending}" if ending in ("csv", "parquet") else ending
    if kind not in EXPORTS:
        raise ValueError(f"there is no document of the ending {path.suffix or '(none)'}")
    return kind


def write_file(report: Report, path: Path, *, table: str = "trades") -> None:
    """Write the document that the ending of `path` asks for; see `kind_of` for what is refused."""
    kind = kind_of(path, table)
    with path.open("wb") as file:
        if kind == "xlsx":
            write_workbook(report, file)
        else:
            file.writelines(EXPORTS[kind].chunks(report))


def file_name(report: Report, ending: str) -> str:
    """Return a name made of what was run: `sma-cross-goog-1d-run-7-trades.csv`."""
    words = slugify(re.sub(r"[/_]", " ", f"{report.strategy} {report.data_label}"))[:NAME_LENGTH]
    number = f"-run-{report.number}" if report.number is not None else ""
    return f"{words.strip('-') or 'backtest'}{number}-{ending}"


def download(request: HttpRequest, report: Report, kind: str) -> StreamingHttpResponse:
    """Return the answer that sends one of `EXPORTS` in parts, whatever its size."""
    export = EXPORTS[kind]
    chunks = export.chunks(report)
    content = _in_thread(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(content, content_type=export.content_type)
    name = file_name(report, export.ending)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take each part in a worker thread: Django would gather a plain iterator in memory first."""

    def following() -> bytes | None:
        return next(chunks, None)

    step = sync_to_async(following, thread_sensitive=False)
    try:
        while (part := await step()) is not None:
            yield part
    finally:
        if isinstance(chunks, Spool):
            chunks.close()
