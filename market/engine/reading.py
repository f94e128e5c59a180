"""Price files of any common layout, read and checked row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from market.engine.bars import PRICES, Bars, Float1D, Int1D
from market.engine.layouts import Layout, layout_of, layout_without_header
from market.engine.numerals import Numerals, is_unknown, numerals_of
from market.engine.rows import (
    Mask,
    RowIssue,
    RowIssues,
    Words,
    check_order,
    check_prices,
    numbers_of,
)
from market.engine.stamps import END_OF_DAY_NS, Stamps, joined, stamps_of, zone_of
from market.engine.tables import (
    Table,
    head_of,
    is_parquet,
    open_parquet,
    parquet_table,
    read_source,
    text_table,
)
from market.engine.timeframes import DAY_NS, infer_timeframe, timeframe_ns

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
StampedBy = Literal["auto", "open", "close"]


@dataclass(frozen=True)
class ParsedBars:
    """What a file says, and what is wrong with it.

    Parameters
    ----------
    bars : Bars or None
        The good rows; None if there is none.
    issues : tuple of RowIssue
        The first 100 bad rows in order of lines.
    counts : dict of str to int
        Bad rows by rule.
    notes : tuple of str
        What a person should know about how the file was read.
    layout : str
        Whose layout it is.
    n_rows : int
        Rows in the file without its header.
    timeframe : str
        Code of the bar length that the good rows show; empty without bars.
    """

    bars: Bars | None
    issues: tuple[RowIssue, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    layout: str
    n_rows: int
    timeframe: str

    @property
    def n_bad(self) -> int:
        """Rows that cannot become a bar."""
        return sum(self.counts.values())


def read_bars(path: str | Path, *, zone: str = "UTC", stamped_by: StampedBy = "auto") -> Bars:
    """Return the bars of a CSV or Parquet file, all of whose rows must be good.

    Parameters
    ----------
    path : str or Path
        CSV (comma, semicolon, tab or bar; any layout of `layouts`) or Parquet.
    zone : str
        IANA zone of times without one.
    stamped_by : {"auto", "open", "close"}
        What the file's times mark; "auto" knows the vendors that stamp by the open.

    Raises
    ------
    ValueError
        If the file is no table of prices, or a row is bad: the first is named.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Dates without a time of day are stamped 23:59:59 UTC. NaN is refused.
    """
    parsed = parse_bars(Path(path), zone=zone, stamped_by=stamped_by, max_bytes=None)
    if parsed.issues:
        issue = parsed.issues[0]
        raise ValueError(
            f"row {issue.line}, {issue.column}: {issue.reason} ({parsed.n_bad} bad rows in all)"
        )
    if parsed.bars is None:
        raise ValueError("The file has a header but no rows.")
    return parsed.bars


def parse_bars(
    source: bytes | str | Path,
    *,
    zone: str = "UTC",
    stamped_by: StampedBy = "auto",
    max_bytes: int | None = MAX_UPLOAD_BYTES,
) -> ParsedBars:
    """Read a CSV or Parquet file and say of each bad row what is wrong.

    Parameters
    ----------
    source : bytes, str or Path
        The file, or where it is.
    zone : str
        IANA zone of times without one.
    stamped_by : {"auto", "open", "close"}
        What the file's times mark.
    max_bytes : int or None
        Largest file taken.

    Raises
    ------
    ValueError
        If the whole file is refused: one sentence for a person.

    Notes
    -----
    Bad rows are left out of ``bars``; a row is named by the first rule that it breaks. A file
    that runs backwards as a whole is turned round.
    """
    zone_of(zone)  # a wrong name is refused even where all times carry an offset
    data = read_source(source, max_bytes)
    layout, table = _from_parquet(data) if is_parquet(data) else _from_text(data)
    table = _without_blank_rows(table)
    issues = RowIssues(table.lines)
    issues.add_torn(table.torn)
    _check_one_symbol(layout, table)
    stamps = _stamps(layout, table, zone, issues)
    numerals = numerals_of(
        [table.columns[place] for place in layout.columns.values()],
        comma_between_cells=table.comma_between_cells,
    )
    prices = {
        name: numbers_of(table, layout.columns[name], name, issues, numerals) for name in PRICES
    }
    volume, words = _volume(layout, table, issues, numerals)
    check_prices(prices, volume, issues)
    is_reversed = check_order(stamps.ts_ns, issues)
    notes = [*layout.notes, *stamps.notes, *filter(None, (numerals.note, words))]
    if is_reversed:
        notes.append("The file runs from the latest bar to the oldest: it is turned round.")
    rows = np.flatnonzero(~issues.is_bad)
    rows = rows[::-1] if is_reversed else rows
    bars, timeframe = _bars(rows, stamps, prices, volume, _by_open(stamped_by, layout), notes)
    return ParsedBars(
        bars=bars,
        issues=tuple(issues.first()),
        counts=dict(issues.counts),
        notes=tuple(notes),
        layout=layout.name,
        n_rows=int(table.lines.size) + len(table.torn),
        timeframe=timeframe,
    )


def _by_open(stamped_by: StampedBy, layout: Layout) -> bool:
    return layout.stamps_open if stamped_by == "auto" else stamped_by == "open"


def _bars(
    rows: Int1D,
    stamps: Stamps,
    prices: dict[str, Float1D],
    volume: Float1D,
    by_open: bool,
    notes: list[str],
) -> tuple[Bars | None, str]:
    if not rows.size:
        return None, ""
    everything = rows.size == volume.size and (rows.size == 1 or rows[0] < rows[-1])
    take = slice(None) if everything else rows
    ts_ns = stamps.ts_ns[take]
    timeframe = infer_timeframe(ts_ns)
    if stamps.is_date_only:
        notes.append("Rows carry dates: each bar is stamped 23:59:59 UTC of its day.")
    elif by_open:
        ts_ns = _closes(ts_ns, timeframe)
        notes.append("Times mark the open of a bar: each bar is stamped by its close.")
    open_, high, low, close = (prices[name][take] for name in PRICES)
    return Bars(ts_ns, open_, high, low, close, volume[take]), timeframe


def _closes(ts_ns: Int1D, timeframe: str) -> Int1D:
    """Turn opening times into closing times; a day's bar closes at the end of its date."""
    length = timeframe_ns(timeframe)
    if length < DAY_NS:
        return ts_ns + length
    return ts_ns - ts_ns % DAY_NS + END_OF_DAY_NS


def _from_parquet(data: bytes) -> tuple[Layout, Table]:
    file = open_parquet(data)
    layout = layout_of(file.schema_arrow.names)
    return layout, parquet_table(file, _places(layout))


def _from_text(data: bytes) -> tuple[Layout, Table]:
    head = head_of(data)
    layout = layout_of(head.names) if head.has_header else layout_without_header(len(head.names))
    return layout, text_table(data, head, _places(layout))


def _places(layout: Layout) -> list[int]:
    optional = (layout.clock, layout.symbol)
    wanted = {layout.moment, *layout.columns.values(), *(p for p in optional if p is not None)}
    return sorted(wanted)


def _without_blank_rows(table: Table) -> Table:
    """Leave out lines that hold nothing; the others keep their numbers."""
    columns = list(table.columns.values())
    if not all(pa.types.is_string(column.type) for column in columns):
        return table
    blank = np.ones(table.lines.size, bool)
    for column in columns:
        blank &= pc.equal(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False)
        if not blank.any():
            return table
    keep = pa.array(~blank)
    columns_kept = {place: column.filter(keep) for place, column in table.columns.items()}
    return Table(columns_kept, table.lines[~blank], table.torn, table.comma_between_cells)


def _check_one_symbol(layout: Layout, table: Table) -> None:
    if layout.symbol is None or not table.lines.size:
        return
    symbols = pc.unique(table.columns[layout.symbol])
    if len(symbols) > 1:
        raise ValueError(
            f"The file holds {len(symbols)} symbols ({symbols[0]}, {symbols[1]}, …): "
            "upload one file for each."
        )


def _stamps(layout: Layout, table: Table, zone: str, issues: RowIssues) -> Stamps:
    column = table.columns[layout.moment]
    if layout.clock is not None:
        column = joined(column, table.columns[layout.clock])
    if not table.lines.size:
        return Stamps(np.zeros(0, np.int64), np.zeros(0, bool), is_date_only=False)
    stamps = stamps_of(column, zone=zone)
    _mark_stamps(stamps.is_bad, column, issues)
    return stamps


def _mark_stamps(is_bad: Mask, column: pa.Array, issues: RowIssues) -> None:
    if is_bad.any():
        issues.mark(is_bad, "time", "time", Words("{} is not a date or time", column))


def _volume(
    layout: Layout, table: Table, issues: RowIssues, numerals: Numerals
) -> tuple[Float1D, str]:
    """Return the volume, and a note where the file has the column but nothing in it."""
    if "volume" not in layout.columns:
        return np.zeros(table.lines.size), ""
    column = table.columns[layout.columns["volume"]]
    if table.lines.size and pa.types.is_string(column.type) and is_unknown(column):
        return np.zeros(table.lines.size), "The volume column is empty: it is 0 for every bar."
    return numbers_of(table, layout.columns["volume"], "volume", issues, numerals), ""
