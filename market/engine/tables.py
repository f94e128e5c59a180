"""Files as tables of text columns, bounded before anything is unpacked."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from market.engine.bars import Int1D

MAX_ROWS = 25_000_000
MAX_COLUMNS = 64
MAX_BAD_ROWS = 100_000
MAX_UNPACKED_BYTES = 4 * 1024**3
SNIFFED_BYTES = 65_536
BLOCK_BYTES = 1 << 22
SHORTEST_ROW = 8  # bytes; each line costs columns of memory, however short it is
DELIMITERS = ",;\t|"
ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf",
    b"Rar!",
)
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Head:
    """The first lines of a text table.

    Parameters
    ----------
    names : tuple of str
        Cells of the header, or of the first data row where there is no header.
    has_header : bool
        Whether the first row names the columns.
    delimiter : str
        What stands between cells.
    n_skipped : int
        Lines above the first data row.
    """

    names: tuple[str, ...]
    has_header: bool
    delimiter: str
    n_skipped: int


@dataclass(frozen=True)
class Table:
    """Chosen columns of a file.

    Parameters
    ----------
    columns : dict of int to pyarrow.Array[n_rows]
        Columns by their place in the file.
    lines : int64[n_rows]
        Line of each row in the file, the header being line 1; in a Parquet file rows count from 1.
    torn : list of (int, str)
        Lines with another number of cells than the header, and what is wrong.
    comma_between_cells : bool
        Whether commas separate the cells, so that a comma inside one marks no decimals.
    """

    columns: dict[int, pa.Array]
    lines: Int1D
    torn: list[tuple[int, str]] = field(default_factory=list)
    comma_between_cells: bool = True


def read_source(source: bytes | str | Path, max_bytes: int | None) -> bytes:
    """Return the bytes of a file that may be a table.

    Raises
    ------
    ValueError
        If the file is larger than `max_bytes`, empty or an archive: one sentence.
    """
    if not isinstance(source, bytes):
        size = Path(source).stat().st_size
        check_size(size, max_bytes)
        source = Path(source).read_bytes()
    check_size(len(source), max_bytes)
    if not source[:SNIFFED_BYTES].strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise ValueError("The file is empty.")
    if source.startswith(ARCHIVES):
        raise ValueError("The file is an archive. Unpack it and upload the CSV or Parquet file.")
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        source = _utf8_of_utf16(source)
    return source.removeprefix(b"\xef\xbb\xbf")


def check_size(size: int, max_bytes: int | None) -> None:
    """Refuse a file of more than `max_bytes` (None: any size) with a ValueError."""
    if max_bytes is not None and size > max_bytes:
        raise ValueError(
            f"The file has {size / 2**20:,.1f} MiB; at most {max_bytes // 2**20} MiB are taken."
        )


def is_parquet(data: bytes) -> bool:
    """Return whether the bytes say that they are a Parquet file."""
    return data.startswith(PARQUET)


def open_parquet(data: bytes) -> pq.ParquetFile:
    """Open a Parquet file after checking what it says it will unpack to.

    Raises
    ------
    ValueError
        If it is damaged, empty, or holds more rows, columns or bytes than allowed.
    """
    try:
        file = pq.ParquetFile(BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise ValueError("The Parquet file is damaged and cannot be read.") from error
    facts = file.metadata
    _check_columns(facts.num_columns)
    if facts.num_rows == 0:
        raise ValueError("The file has a header but no rows.")
    if facts.num_rows > MAX_ROWS:
        raise ValueError(f"The file has {facts.num_rows:,} rows; at most {MAX_ROWS:,} are taken.")
    unpacked = sum(facts.row_group(place).total_byte_size for place in range(facts.num_row_groups))
    if unpacked > MAX_UNPACKED_BYTES:
        raise ValueError("The Parquet file would unpack to more than 4 GiB.")
    return file


def parquet_table(file: pq.ParquetFile, places: Sequence[int]) -> Table:
    """Read the columns at `places`.

    Raises
    ------
    ValueError
        If the data are damaged.
    """
    names = file.schema_arrow.names
    try:
        table = file.read(columns=[names[place] for place in places])
        table.validate(full=True)  # text that is no UTF-8 would break its readers
        columns = {place: _one(table.column(names[place])) for place in places}
    except (pa.ArrowException, OSError) as error:
        raise ValueError("The Parquet file is damaged and cannot be read.") from error
    return Table(columns, np.arange(1, table.num_rows + 1))


def head_of(data: bytes) -> Head:
    """Read delimiter and header of a text table; blank and # lines above it are skipped.

    Raises
    ------
    ValueError
        If the bytes are not text, no table, only a header, or have too many columns.
    """
    sniffed = data[:SNIFFED_BYTES]
    if any(byte < 9 or 13 < byte < 32 for byte in sniffed):  # noqa: PLR2004 -- control characters
        raise ValueError("The file is not text: a CSV or Parquet file is needed.")
    if not data.isascii():
        _check_utf8(data)
    text = sniffed.decode(errors="ignore")
    rows = text.splitlines()
    skipped = 0
    while skipped < len(rows) and (not rows[skipped].strip() or rows[skipped].startswith("#")):
        skipped += 1
    if skipped == len(rows):
        raise ValueError("The file is empty.")
    delimiter = max(DELIMITERS, key=rows[skipped].count)
    names = tuple(next(csv.reader([rows[skipped]], delimiter=delimiter)))
    _check_columns(len(names))
    has_header = not _is_number(names[-1]) or not any(_is_number(name) for name in names[1:])
    n_skipped = skipped + has_header
    if has_header and names[0].strip().lower() == "price":
        n_skipped += sum(
            row.startswith(("Ticker,", "Date,,")) for row in rows[skipped + 1 : skipped + 3]
        )
    if not any(row.strip() for row in rows[n_skipped:]) and len(data) <= SNIFFED_BYTES:
        raise ValueError("The file has a header but no rows.")
    return Head(names, has_header, delimiter, n_skipped)


def text_table(data: bytes, head: Head, places: Sequence[int]) -> Table:
    """Read the columns at `places` as text; rows with other cells than the header are named.

    Raises
    ------
    ValueError
        If it is no table: not UTF-8, endless lines, or too many torn rows.
    """
    torn: list[tuple[int, str]] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        if len(torn) >= MAX_BAD_ROWS:
            return "error"
        torn.append((row.number, f"{row.actual_columns} cells where {row.expected_columns} belong"))
        return "skip"

    if data.count(b"\n") > len(data) // SHORTEST_ROW + SNIFFED_BYTES:
        raise ValueError("The file is not a table: it is mostly blank lines.")
    names = [f"c{place}" for place in range(len(head.names))]
    try:
        table = pa_csv.read_csv(
            BytesIO(data),
            pa_csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK_BYTES,
                column_names=names,
                skip_rows=head.n_skipped,
            ),
            pa_csv.ParseOptions(
                delimiter=head.delimiter, invalid_row_handler=keep, ignore_empty_lines=False
            ),
            pa_csv.ConvertOptions(
                include_columns=[names[place] for place in places],
                column_types={names[place]: pa.string() for place in places},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        is_torn = len(torn) >= MAX_BAD_ROWS
        reason = f"over {MAX_BAD_ROWS:,} rows lack cells" if is_torn else _reason(error)
        raise ValueError(f"The file is not a table: {reason}.") from error
    first = head.n_skipped + 1
    lines = np.arange(first, first + table.num_rows + len(torn))
    lines = np.delete(lines, [line - first for line, _ in torn]) if torn else lines
    columns = {place: _one(table.column(names[place])) for place in places}
    return Table(columns, lines, torn, comma_between_cells=head.delimiter == ",")


def _one(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return pa.concat_arrays(combined.chunks)
    return combined


def _reason(error: Exception) -> str:
    return "a line is too long" if "straddling" in str(error) else "its rows cannot be told apart"


def _check_columns(n_columns: int) -> None:
    if n_columns > MAX_COLUMNS:
        raise ValueError(f"The file has {n_columns} columns; at most {MAX_COLUMNS} are taken.")


def _check_utf8(data: bytes) -> None:
    """Refuse other encodings as a whole: the reader of torn rows cannot take them."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise ValueError("The file is not UTF-8 text: save it as CSV in UTF-8.") from error


def _utf8_of_utf16(data: bytes) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise ValueError("The file is not text: a CSV or Parquet file is needed.") from error


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
