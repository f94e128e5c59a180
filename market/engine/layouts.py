"""Column names that vendors give to bars, and what each vendor's timestamps mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

ALIASES: dict[str, tuple[str, ...]] = {
    "open": ("open", "o", "open_price", "1. open", "first"),
    "high": ("high", "h", "high_price", "2. high", "max"),
    "low": ("low", "l", "low_price", "3. low", "min"),
    "close": ("close", "c", "close_price", "4. close", "close/last", "price", "last"),
    "volume": (
        "volume",
        "v",
        "vol",
        "vol.",
        "5. volume",
        "tick_volume",
        "tickvol",
        "volume_traded",
    ),
}
MOMENTS = ("ts_ns", "timestamp", "datetime", "date_time", "t", "ts", "ts_event", "unix", "epoch")
MOMENTS_OF_OPEN = ("open_time", "ts_event")
DATES = ("date", "day", "dt")
TIMES = ("time", "hour", "clock")
OTHERS = ("gmt time", "local time", "close_time", "open_time", "index", "", "unnamed: 0")
ADJUSTED = ("adj close", "adj_close", "adjclose", "adjusted close", "adjusted_close")
SYMBOLS = ("symbol", "ticker")


@dataclass(frozen=True)
class Layout:
    """Where the columns of bars stand in a table.

    Parameters
    ----------
    name : str
        Vendor or program that writes this layout.
    moment : int
        Index of the column with the timestamp, or with the date.
    clock : int or None
        Index of the column with the time of day, where date and time are apart.
    columns : dict of str to int
        Index of ``open``, ``high``, ``low``, ``close`` and, if present, ``volume``.
    symbol : int or None
        Index of a column that names the instrument.
    stamps_open : bool
        Whether the vendor stamps a bar by its opening.
    notes : tuple of str
        What a person should know about how the file was read.
    """

    name: str
    moment: int
    clock: int | None
    columns: dict[str, int]
    symbol: int | None
    stamps_open: bool
    notes: tuple[str, ...]


def layout_of(header: Sequence[str]) -> Layout:
    """Return where the columns of bars stand under `header`.

    Raises
    ------
    ValueError
        If a price column or the time column is missing; the message names it.
    """
    names = [_plain(name) for name in header]
    columns = {}
    for column, aliases in ALIASES.items():
        place = _first(names, aliases)
        if place is not None:
            columns[column] = place
    missing = [column for column in ("open", "high", "low", "close") if column not in columns]
    if missing:
        raise ValueError(
            f"The file has no column for {', '.join(missing)}. "
            "It needs a date or time, open, high, low and close."
        )
    moment, clock = _moment_of(names, taken=set(columns.values()))
    adjusted = _first(names, ADJUSTED)
    notes = []
    if adjusted is not None:
        notes.append(f"{header[adjusted].strip()} is left out: prices are as traded.")
    if "volume" not in columns:
        notes.append("The file has no volume: it is 0 for every bar.")
    name = _vendor_of(header, names, adjusted is not None)
    return Layout(
        name=name,
        moment=moment,
        clock=clock,
        columns=columns,
        symbol=_first(names, SYMBOLS),
        stamps_open=name == "Alpaca" or names[moment] in MOMENTS_OF_OPEN,
        notes=tuple(notes),
    )


def layout_without_header(n_columns: int) -> Layout:
    """Return the layout of a file that starts with data: time, open, high, low, close, volume.

    Raises
    ------
    ValueError
        If the table has fewer than five columns or more than seven.
    """
    if not 5 <= n_columns <= 7:  # noqa: PLR2004 -- time and four prices; a clock and volume more
        raise ValueError("The file has no header line that names its columns.")
    clock = 1 if n_columns == 7 else None  # noqa: PLR2004 -- date, time, prices, volume
    first = 1 if clock is None else 2
    columns = {name: first + place for place, name in enumerate(("open", "high", "low", "close"))}
    notes = ["The file has no header: columns are read as time, open, high, low, close, volume."]
    if first + 4 < n_columns:
        columns["volume"] = first + 4
    else:
        notes.append("The file has no volume: it is 0 for every bar.")
    return Layout("no header", 0, clock, columns, None, stamps_open=False, notes=tuple(notes))


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip().strip("<>\"'").strip().lower())


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    for name in wanted:
        if name in names:
            return names.index(name)
    return None


def _moment_of(names: Sequence[str], taken: set[int]) -> tuple[int, int | None]:
    moment = _first(names, MOMENTS)
    if moment is not None:
        return moment, None
    date, clock = _first(names, DATES), _first(names, TIMES)
    if date is not None:
        return date, clock
    for place in (clock, _first(names, OTHERS)):
        if place is not None:
            return place, None
    if 0 not in taken:
        return 0, None
    if names[0] == "price" and len(names) > 1:
        return 0, None
    raise ValueError("The file has no column for the date or time.")


def _vendor_of(header: Sequence[str], names: Sequence[str], has_adjusted: bool) -> str:
    if any(name.strip().startswith("<") for name in header):
        return "Stooq"
    if {"t", "o", "h", "l", "c"} <= set(names) or {"trade_count", "vwap"} & set(names):
        return "Alpaca"
    if has_adjusted:
        return "Yahoo"
    if names[0] in ("", "unnamed: 0"):
        return "pandas"
    return "generic"
