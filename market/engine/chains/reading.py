"""Files of option chains, read and checked row by row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from market.engine.chains.columns import ChainColumns
from market.engine.chains.moments import Moment, day_in_new_york, moment_of
from market.engine.chains.rows import (
    UNDERLYING_OF,
    Contracts,
    Symbols,
    check_expired,
    check_quotes,
    check_repeats,
    check_underlying,
    contracts_of,
    numbers_of,
    roots_of,
    symbols_of,
    underlying_symbol,
)
from market.engine.chains.sheets import Sheet, read_sheet
from market.engine.reading import MAX_UPLOAD_BYTES
from market.engine.rows import RowIssue, RowIssues

QUOTED = ("bid", "ask", "latest", "volume", "open_interest")
FIRST_NS = np.datetime64("1990-02-01", "ns").astype(np.int64)
LAST_NS = np.datetime64("2040-12-01", "ns").astype(np.int64)
MOST_ODD_TIMES = 100
"""Unreadable times, each unlike the others, after which the column is given up."""
MOST_OF_A_FRACTION = 1.0
"""A rate above this, per year, was meant in per cent."""


class SymbolUnknown(ValueError):
    """Neither the file nor the caller says what the options are on."""


@dataclass(frozen=True)
class ParsedChain:
    """What an option file says, and what is wrong with it.

    Parameters
    ----------
    symbol : str
        The underlying.
    as_of_ns : int, nanoseconds UTC
        When the quotes were taken.
    spot, rate, dividend_yield, multiplier : float
        Price of the underlying, rates per year as fractions, shares a contract; NaN where the file
        does not say.
    columns : ChainColumns or None
        The good contracts; None if there is none.
    issues : tuple of RowIssue
        The first 100 bad rows in order of lines.
    counts : dict of str to int
        Bad rows by rule.
    notes : tuple of str
        What a person should know about how the file was read.
    layout : str
        Whose layout it is.
    n_rows : int
        Contracts in the file, good and bad.
    """

    symbol: str
    as_of_ns: int
    spot: float
    rate: float
    dividend_yield: float
    multiplier: float
    columns: ChainColumns | None
    issues: tuple[RowIssue, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    layout: str
    n_rows: int

    @property
    def n_bad(self) -> int:
        """Rows that are no contract."""
        return sum(self.counts.values())


def parse_chain(
    source: bytes,
    *,
    now_ns: int,
    symbol: str = "",
    as_of_ns: int | None = None,
    max_bytes: int | None = MAX_UPLOAD_BYTES,
) -> ParsedChain:
    """Read a CSV file of option quotes and say of each bad row what is wrong.

    Parameters
    ----------
    source : bytes
        The file: one row a contract, or one a strike with calls beside puts.
    now_ns : int, nanoseconds UTC
        When the file came; the moment of its quotes if neither it nor the caller says one.
    symbol : str
        The underlying; empty: as the file says.
    as_of_ns : int or None, nanoseconds UTC
        When the quotes were taken; None: as the file says.
    max_bytes : int or None
        Largest file taken.

    Raises
    ------
    SymbolUnknown
        If nothing says what the options are on.
    ValueError
        If the whole file is refused: one sentence for a person.

    Notes
    -----
    A bad row is named by the first rule that it breaks. Crossed quotes are kept: they are a status
    of the contract, as are missing ones. Times without a zone are New York's; a day without a time
    is its close.
    """
    sheet = read_sheet(source, max_bytes)
    notes: list[str] = []
    sheet, symbols = _with_symbols(sheet, notes)
    symbol = _symbol_of(symbol, sheet, symbols)
    moment = _moment_of(as_of_ns, sheet, now_ns, notes)
    issues = RowIssues(sheet.lines)
    issues.add_torn(sheet.torn)
    contracts = contracts_of(sheet, symbols, issues)
    check_underlying(sheet, contracts.root, symbol, issues)
    bare = min(roots_of(symbol), key=len)
    contracts = contracts._replace(root=np.where(contracts.root == "", bare, contracts.root))
    check_expired(contracts.expires_on, moment, issues)
    quoted = {name: numbers_of(sheet, name, issues) for name in QUOTED}
    check_quotes(quoted, issues)
    check_repeats(contracts, sheet.lines, issues)
    columns = _columns(contracts, quoted, issues)
    notes += _notes_on(sheet, columns)
    facts = _facts(sheet)
    return ParsedChain(
        symbol=symbol,
        as_of_ns=moment,
        columns=columns,
        issues=tuple(issues.first()),
        counts=dict(issues.counts),
        notes=tuple(notes),
        layout=sheet.layout.name,
        n_rows=int(sheet.lines.size) + len(sheet.torn),
        **facts,
    )


def _with_symbols(sheet: Sheet, notes: list[str]) -> tuple[Sheet, Symbols | None]:
    """Find which column holds the options' symbols, if any does."""
    cells = dict(sheet.cells)
    either = cells.pop("either", None)
    if either is not None:
        name = "contract" if _share_known(symbols_of(either)) else "underlying"
        cells.setdefault(name, either)
    symbols = symbols_of(cells["contract"]) if "contract" in cells else None
    has_columns = {"expiration", "strike", "kind"} <= cells.keys()
    if symbols is not None and has_columns and not _share_known(symbols):
        notes.append("The options' symbols are not OCC symbols: expiry, type and strike are used.")
        symbols = None
        del cells["contract"]
    if symbols is None and not has_columns:
        raise ValueError(
            "The file has no column with OCC option symbols, and not all of expiration, strike "
            "and type."
        )
    return replace(sheet, cells=cells), symbols


def _share_known(symbols: Symbols) -> bool:
    return bool(symbols.is_known.mean() > 0.5) if symbols.root.size else False  # noqa: PLR2004 -- most rows decide


def _symbol_of(given: str, sheet: Sheet, symbols: Symbols | None) -> str:
    """Return the underlying: as given, named by most rows, named above them, or by the roots."""
    if given:
        return given
    candidates: list[str] = []
    if "underlying" in sheet.cells:
        candidates = [underlying_symbol(cell) for cell in sheet.cells["underlying"].tolist()]
    if not any(candidates) and sheet.above.symbol:
        return underlying_symbol(sheet.above.symbol)
    if not any(candidates) and symbols is not None:
        candidates = symbols.root.tolist()
    if not any(candidates) and "root" in sheet.cells:
        candidates = [cell.upper() for cell in sheet.cells["root"].tolist()]
    counted = Counter(name for name in candidates if name)
    if not counted:
        raise SymbolUnknown("The file does not say what the options are on: write the symbol.")
    name = counted.most_common(1)[0][0]
    return UNDERLYING_OF.get(name, name)


def _moment_of(given: int | None, sheet: Sheet, now_ns: int, notes: list[str]) -> int:
    found = _moments(sheet) or ([sheet.above.moment] if sheet.above.moment else [])
    if given is not None:
        at_ns = given
    elif not found:
        notes.append("The file does not say when it was quoted: the time of the upload counts.")
        at_ns = now_ns
    else:
        days = sorted({day_in_new_york(moment.at_ns) for moment in found})
        if len(days) > 1:
            raise ValueError(
                f"The file holds quotes of {len(days)} days ({days[0]}, {days[1]}, …): upload one "
                "day at a time."
            )
        latest = max(found, key=lambda moment: moment.at_ns)
        if latest.is_day:
            notes.append("The file names the day of its quotes only: they count as of its close.")
        at_ns = latest.at_ns
    if not FIRST_NS <= at_ns <= LAST_NS:
        raise ValueError("The quotes must be of a day from 1990-02-01 to 2040-12-01.")
    return at_ns


def _moments(sheet: Sheet) -> list[Moment]:
    cells = sheet.cells.get("quoted_at")
    if cells is None:
        return []
    found: list[Moment] = []
    odd: list[str] = []
    for cell in filter(None, dict.fromkeys(cells.tolist())):
        moment = moment_of(cell)
        if moment is not None:
            found.append(moment)
            continue
        odd.append(cell)
        if len(odd) > MOST_ODD_TIMES:
            break
    if odd and (not found or len(odd) > MOST_ODD_TIMES):
        raise ValueError(f"The time of the quotes cannot be read: {odd[0][:40]!r}.")
    return found


def _facts(sheet: Sheet) -> dict[str, float]:
    """Return the middle of what the rows say of the underlying; NaN where they say nothing."""
    unnamed = RowIssues(sheet.lines)  # a fact is optional: cells that are none are passed over
    middle = {
        name: _middle(
            numbers_of(sheet, name, unnamed), is_positive=name.startswith(("spot", "mul"))
        )
        for name in ("spot", "spot_bid", "spot_ask", "rate", "dividend_yield", "multiplier")
    }
    quoted = 0.5 * (middle.pop("spot_bid") + middle.pop("spot_ask"))
    spots = (middle["spot"], quoted, sheet.above.spot)
    middle["spot"] = next((spot for spot in spots if spot > 0.0), np.nan)
    for name in ("rate", "dividend_yield"):
        if abs(middle[name]) > MOST_OF_A_FRACTION:
            middle[name] /= 100.0
    return middle


def _middle(values: np.ndarray, *, is_positive: bool) -> float:
    known = values[np.isfinite(values) & ((values > 0.0) | (not is_positive))]
    return float(np.median(known)) if known.size else np.nan


def _columns(
    contracts: Contracts, quoted: dict[str, np.ndarray], issues: RowIssues
) -> ChainColumns | None:
    rows = np.flatnonzero(~issues.is_bad)
    if not rows.size:
        return None
    order = np.lexsort(
        (contracts.kind[rows], contracts.strike[rows], contracts.root[rows],
         contracts.expires_on[rows])
    )  # fmt: skip
    columns = ChainColumns(
        contracts.root, contracts.expires_on, contracts.kind, contracts.strike, **quoted
    )
    return columns.take(rows[order])


def _notes_on(sheet: Sheet, columns: ChainColumns | None) -> list[str]:
    notes = []
    if sheet.layout.strike_scale != 1.0:
        notes.append("Strikes are in thousandths in this layout: they are divided by 1,000.")
    lacking = [name for name in QUOTED if name not in sheet.cells and name != "latest"]
    if lacking:
        words = ", ".join(name.replace("_", " ") for name in lacking)
        notes.append(f"The file has no {words}: unknown for every contract.")
    if columns is None:
        return notes
    with np.errstate(invalid="ignore"):
        n_crossed = int(np.count_nonzero(columns.bid > columns.ask))
    if n_crossed:
        notes.append(f"{n_crossed:,} quotes are crossed (bid above ask): kept, without volatility.")
    return notes
