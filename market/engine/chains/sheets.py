"""The text of an option file as a header, rows of cells, and what stands above them."""

import csv
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from market.engine.bars import Int1D
from market.engine.chains.headings import ChainLayout, layout_of, n_known
from market.engine.chains.moments import Moment, moment_of
from market.engine.tables import DELIMITERS, MAX_COLUMNS, SNIFFED_BYTES, read_source

MAX_CONTRACTS = 50_000
HEADER_WITHIN = 20
"""The header is among this many first lines."""
LEAST_KNOWN = 3
Cells = npt.NDArray[np.object_]

SYMBOL_ABOVE = re.compile(r"\(\s*\^?([A-Z][A-Z0-9.]{0,9})\s*[):]")
SPOT_ABOVE = re.compile(r"Last:\s*\$?([\d,]*\.?\d+)", re.IGNORECASE)
DATE_ABOVE = re.compile(r"Date:\s*(.+?)(?:\"|,\s*Bid|\s*$)", re.IGNORECASE)


@dataclass(frozen=True)
class Above:
    """What the lines above the header say; empty, NaN or None where nothing."""

    symbol: str = ""
    spot: float = float("nan")
    moment: Moment | None = None


@dataclass(frozen=True)
class Sheet:
    """Contracts of a file as columns of text, one row a contract.

    Parameters
    ----------
    layout : ChainLayout
    cells : dict of str to str[n_contracts]
        Columns by the names of `headings`; only those that the file has.
    lines : int64[n_contracts]
        Line of each contract in the file; the two sides of a row share it.
    torn : list of (int, str)
        Lines with another number of cells than the header, and what is wrong.
    above : Above
    decimal_comma : bool
        Whether a comma may mark decimals (cells are not separated by commas).
    """

    layout: ChainLayout
    cells: dict[str, Cells]
    lines: Int1D
    torn: list[tuple[int, str]]
    above: Above
    decimal_comma: bool


def read_sheet(source: bytes, max_bytes: int | None) -> Sheet:
    """Read a text file of option quotes.

    Raises
    ------
    ValueError
        If it is too large, no text, no table, has no header, or too many rows: one sentence.
    """
    text = _text_of(read_source(source, max_bytes))
    lines = text.splitlines()
    place, delimiter = _header_of(lines)
    rows, torn, header = _rows_of(lines[place:], delimiter, place + 1)
    layout = layout_of(header)
    cells, numbers = _contracts_of(rows, layout)
    return Sheet(layout, cells, numbers, torn, _above(lines[:place]), delimiter != ",")


def _text_of(data: bytes) -> str:
    if any(byte < 9 or 13 < byte < 32 for byte in data[:SNIFFED_BYTES]):  # noqa: PLR2004 -- control characters
        raise ValueError("The file is not text: a CSV file of option quotes is needed.")
    if data.count(b"\n") > 4 * MAX_CONTRACTS:
        raise ValueError(f"The file has too many lines; at most {MAX_CONTRACTS:,} rows are taken.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ValueError("The file is not UTF-8 text: save it as CSV in UTF-8.") from error


def _header_of(lines: list[str]) -> tuple[int, str]:
    """Return the place of the header line and what stands between its cells."""
    found = [
        (n_known(next(csv.reader([line], delimiter=delimiter), [])), -place, delimiter)
        for place, line in enumerate(lines[:HEADER_WITHIN])
        for delimiter in DELIMITERS
        if delimiter in line
    ]
    best = max(found, default=(0, 0, ","))
    if best[0] < LEAST_KNOWN:
        raise ValueError(
            "The file has no header line with the columns of an option chain: the option's symbol, "
            "or expiration, strike and type; and bid, ask and open interest."
        )
    return -best[1], best[2]


def _rows_of(
    lines: list[str], delimiter: str, first_line: int
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]], list[str]]:
    """Return numbered rows, torn lines and the header; blank lines are left out."""
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    torn: list[tuple[int, str]] = []
    try:
        header = next(reader)
        if len(header) > MAX_COLUMNS:
            raise ValueError(
                f"The file has {len(header)} columns; at most {MAX_COLUMNS} are taken."
            )
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            line = first_line + reader.line_num - 1
            if len(cells) < len(header) or any(cells[len(header) :]):
                torn.append((line, f"{len(cells)} cells where {len(header)} belong"))
            else:
                rows.append((line, cells))
            if len(rows) + len(torn) > MAX_CONTRACTS:
                raise ValueError(f"The file has more than {MAX_CONTRACTS:,} rows: upload fewer.")
    except csv.Error as error:
        raise ValueError("The file is not a table: its rows cannot be told apart.") from error
    if not rows and not torn:
        raise ValueError("The file has a header but no rows.")
    return rows, torn, header


def _contracts_of(
    rows: list[tuple[int, list[str]]], layout: ChainLayout
) -> tuple[dict[str, Cells], Int1D]:
    """Return one row a contract: where a line holds a call and a put, two."""
    table = np.array([cells for _, cells in _squared(rows)], dtype=object)
    lines = np.array([line for line, _ in rows], dtype=np.int64)
    if not rows:
        table = np.empty((0, 10**3), dtype=object)
    shared = dict(layout.shared)
    if layout.either is not None:
        shared["either"] = layout.either
    parts: list[dict[str, Cells]] = []
    kept: list[Int1D] = []
    own_names = sorted({name for _, places in layout.sides for name in places})
    for side, places in layout.sides:
        own = {name: _column(table, places.get(name)) for name in own_names}
        part = own | {name: table[:, place] for name, place in shared.items()}
        there = np.ones(lines.size, bool)
        if side:
            part["kind"] = np.full(lines.size, side, dtype=object)
            there = np.any([column != "" for column in own.values()], axis=0)
        parts.append({name: column[there] for name, column in part.items()})
        kept.append(lines[there])
    cells = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return cells, np.concatenate(kept)


def _squared(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Cut the blank cells that some rows have beyond the header."""
    width = min((len(cells) for _, cells in rows), default=0)
    return [(line, cells[:width]) for line, cells in rows]


def _column(table: Cells, place: int | None) -> Cells:
    return np.full(table.shape[0], "", dtype=object) if place is None else table[:, place]


def _above(lines: list[str]) -> Above:
    whole = "\n".join(lines)
    symbol, spot = SYMBOL_ABOVE.search(whole), SPOT_ABOVE.search(whole)
    moment = None
    for line in lines:
        dated = DATE_ABOVE.search(line)
        found = moment_of(dated.group(1)) if dated else None
        for cell in [] if found else next(csv.reader([line]), []):
            found = found or _moment_in(cell)
        moment = moment or found
    value = float(spot.group(1).replace(",", "")) if spot else _second_cell(lines)
    return Above(symbol.group(1) if symbol else "", value, moment)


def _moment_in(cell: str) -> Moment | None:
    """Return the moment a cell is, unless it is a mere number."""
    return None if re.fullmatch(r"[\s\d.,+-]*", cell) else moment_of(cell)


def _second_cell(lines: list[str]) -> float:
    """Return the price beside the name of the underlying, as in ``SPY (SPDR ...),601.23,+1.10``."""
    cells = next((next(csv.reader([line])) for line in lines if line.strip()), [])
    try:
        return float(cells[1].replace(",", "")) if len(cells) > 1 else float("nan")
    except ValueError:
        return float("nan")
