"""Rules that a row of an option file must keep, and what the good cells say."""

import re
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from market.engine.bars import Float1D, Int1D
from market.engine.chains.moments import close_of, day_of
from market.engine.chains.sheets import Cells, Sheet
from market.engine.rows import MAX_VALUE, Mask, RowIssues, Words

CONTRACT = re.compile(r"(?:O:|\.)?([A-Z][A-Z0-9]{0,5}) *(\d{6})([CP])(\d{8})")
KINDS = {"c": 1.0, "call": 1.0, "calls": 1.0, "1": 1.0, "+1": 1.0}
KINDS |= {"p": -1.0, "put": -1.0, "puts": -1.0, "-1": -1.0}
MISSING = frozenset({"", "-", "--", "n/a", "na", "null", "none", "\N{EN DASH}"})
FIRST_YEAR, LAST_YEAR = 1990, 2040
ONE_DAY = np.timedelta64(1, "D")
NO_DAY = np.datetime64("NaT", "D")
CENTURY = 2000
MOST_EXPIRATIONS = 2_000
"""More texts than this are no days: reading them would take long for nothing."""
THOUSANDTHS = 1000.0
SAME_STRIKE = 1e-6
WEEKLY_ROOTS = {"SPX": "SPXW", "NDX": "NDXP", "RUT": "RUTW", "VIX": "VIXW", "XSP": "XSPW"}
UNDERLYING_OF = {weekly: root for root, weekly in WEEKLY_ROOTS.items()}
Days = npt.NDArray[np.datetime64]


class Symbols(NamedTuple):
    """Option symbols taken apart: "" and NaN, NaT where a cell is none."""

    root: npt.NDArray[np.str_]
    expires_on: Days
    kind: Float1D
    strike: Float1D

    @property
    def is_known(self) -> Mask:
        """Which cells are option symbols."""
        return self.root != ""


class Contracts(NamedTuple):
    """What identifies each contract; rows with an issue hold whatever was readable."""

    root: npt.NDArray[np.str_]
    expires_on: Days
    kind: Float1D
    strike: Float1D


def symbols_of(cells: Cells) -> Symbols:
    """Take option symbols apart; those that are none are empty, not refused.

    Notes
    -----
    Source: OCC, Options Symbology Initiative (2010). Padded and compact symbols are read, and the
    prefix that Polygon and thinkorswim put before them.
    """
    parsed = [_symbol(cell) for cell in cells.tolist()]
    return Symbols(
        root=np.array([one[0] for one in parsed], dtype=np.str_),
        expires_on=np.array([one[1] for one in parsed], dtype="datetime64[D]"),
        kind=np.array([one[2] for one in parsed], dtype=np.float64),
        strike=np.array([one[3] for one in parsed], dtype=np.float64),
    )


def numbers_of(sheet: Sheet, column: str, issues: RowIssues) -> Float1D:
    """Return a column as float64[n_contracts]: NaN where empty; what is no number is named."""
    size = sheet.lines.size
    if column not in sheet.cells:
        return np.full(size, np.nan)
    cells = sheet.cells[column]
    values = np.array([_number(cell, sheet.decimal_comma) for cell in cells.tolist()], np.float64)
    missing = np.array([cell.lower() in MISSING for cell in cells.tolist()], dtype=bool)
    shown = column.replace("_", " ")
    odd = ~np.isfinite(values) & ~missing
    words = np.array([cell.lower().lstrip("+-") for cell in cells.tolist()], dtype=object)
    is_named = np.isin(words, ["nan", "inf", "infinity"])
    issues.mark(odd & is_named, shown, "finite", Words("{} is not a finite number", cells))
    issues.mark(odd, shown, "number", Words("{} is not a number", cells))
    with np.errstate(invalid="ignore"):
        issues.mark(np.abs(values) > MAX_VALUE, shown, "size", Words("{} is beyond 1e12", values))
    return np.where(np.isfinite(values), values, np.nan)


def contracts_of(sheet: Sheet, symbols: Symbols | None, issues: RowIssues) -> Contracts:
    """Return root, expiry, kind and strike of each row, and name the rows that lack one.

    Parameters
    ----------
    symbols : Symbols or None
        What the option's symbols say; None if the file has none. Columns that say something else
        than the symbol are an issue.
    """
    size = sheet.lines.size
    if symbols is None:
        symbols = Symbols(
            np.full(size, "", dtype="U8"),
            np.full(size, None, dtype="datetime64[D]"),
            np.full(size, np.nan),
            np.full(size, np.nan),
        )
    elif "contract" in sheet.cells:
        cells = sheet.cells["contract"]
        odd = ~symbols.is_known & (cells != "")
        issues.mark(odd, "contract", "contract", Words("{} is no option symbol", cells))
        no_day = symbols.is_known & np.isnat(symbols.expires_on)
        issues.mark(no_day, "contract", "contract", Words("{} names a day that is none", cells))
    root = np.char.upper(sheet.cells["root"].astype(np.str_)) if "root" in sheet.cells else None
    return Contracts(
        root=symbols.root if root is None else np.where(symbols.is_known, symbols.root, root),
        expires_on=_expiries(sheet, symbols, issues),
        kind=_kinds(sheet, symbols, issues),
        strike=_strikes(sheet, symbols, issues),
    )


def check_underlying(
    sheet: Sheet, root: npt.NDArray[np.str_], symbol: str, issues: RowIssues
) -> None:
    """Name the rows whose option is on something else, or on an adjusted deliverable."""
    if "underlying" in sheet.cells:
        named = np.array([underlying_symbol(cell) for cell in sheet.cells["underlying"].tolist()])
        other = (named != "") & (named != symbol)
        words = Words("belongs to {}, not to " + _escaped(symbol), named)
        issues.mark(other, "underlying", "symbol", words)
    roots = roots_of(symbol)
    other = (root != "") & ~np.isin(root, list(roots))
    words = Words("is an option of {}, not of " + _escaped(symbol), root)
    issues.mark(other, "contract", "symbol", words)


def check_expired(expires_on: Days, as_of_ns: int, issues: RowIssues) -> None:
    """Name the rows that had expired when the quotes were taken, or lie beyond the calendar."""
    days = np.unique(expires_on[~np.isnat(expires_on)])
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    is_known = (years >= FIRST_YEAR) & (years <= LAST_YEAR)
    beyond = np.isin(expires_on, days[~is_known])
    issues.mark(beyond, "expiration", "calendar", Words("{} is outside 1990 to 2040", expires_on))
    closes = np.array([close_of(day) for day in days[is_known].astype(date)], dtype=np.int64)
    expired = np.isin(expires_on, days[is_known][closes <= as_of_ns])
    issues.mark(
        expired, "expiration", "expired", Words("{} had passed when this was quoted", expires_on)
    )


def check_quotes(columns: dict[str, Float1D], issues: RowIssues) -> None:
    """Name the rows with a negative price, volume or open interest; a crossed quote is none."""
    for name, values in columns.items():
        with np.errstate(invalid="ignore"):
            issues.mark(
                values < 0, name.replace("_", " "), "negative", Words("{} is negative", values)
            )


def check_repeats(contracts: Contracts, lines: Int1D, issues: RowIssues) -> None:
    """Name every row of a contract but the first."""
    good = np.flatnonzero(~issues.is_bad)
    keys = np.rec.fromarrays(
        [contracts.root[good], contracts.expires_on[good].astype(np.int64),
         contracts.kind[good], contracts.strike[good]]
    )  # fmt: skip
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    repeated = np.zeros(lines.size, bool)
    repeated[good] = first[inverse] != np.arange(good.size)
    original = np.zeros(lines.size, np.int64)
    original[good] = lines[good[first[inverse]]]
    issues.mark(
        repeated, "contract", "duplicate", Words("repeats the contract of row {}", original)
    )


def roots_of(symbol: str) -> frozenset[str]:
    """Return the roots of options with the standard deliverable on an underlying."""
    bare = re.sub(r"[^A-Z0-9]", "", symbol)
    return frozenset({bare, WEEKLY_ROOTS.get(bare, bare)})


def underlying_symbol(cell: str) -> str:
    """Return an underlying's symbol without the marks that vendors put before indices."""
    return cell.strip().upper().lstrip("^$_").split(" ")[0]


def _symbol(cell: str) -> tuple[str, np.datetime64, float, float]:
    found = CONTRACT.fullmatch(cell.upper())
    if found is None:
        return "", NO_DAY, np.nan, np.nan
    root, digits, kind, thousandths = found.groups()
    return root, _day_of_digits(digits), KINDS[kind.lower()], int(thousandths) / THOUSANDTHS


def _day_of_digits(digits: str) -> np.datetime64:
    try:
        day = date(CENTURY + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return NO_DAY
    return np.datetime64(day, "D")


def _expiries(sheet: Sheet, symbols: Symbols, issues: RowIssues) -> Days:
    cells = sheet.cells.get("expiration")
    if cells is None:
        issues.mark(~symbols.is_known, "contract", "empty", Words("is empty"))
        return symbols.expires_on
    n_texts = len(set(cells.tolist()))
    if n_texts > MOST_EXPIRATIONS:
        raise ValueError(f"The file has {n_texts:,} different expirations: it is no option chain.")
    days = np.array([day_of(cell) for cell in cells.tolist()], dtype="datetime64[D]")
    is_empty = (cells == "") & ~symbols.is_known
    issues.mark(is_empty, "expiration", "empty", Words("is empty"))
    odd = np.isnat(days) & (cells != "")
    issues.mark(odd, "expiration", "expiration", Words("{} is not a date", cells))
    # a Saturday in one and the Friday in the other are the same expiry
    other = symbols.is_known & ~np.isnat(days) & (np.abs(days - symbols.expires_on) > ONE_DAY)
    issues.mark(
        other, "expiration", "contract", Words("{} is not the day in the option's symbol", days)
    )
    return np.where(symbols.is_known, symbols.expires_on, days)


def _kinds(sheet: Sheet, symbols: Symbols, issues: RowIssues) -> Float1D:
    cells = sheet.cells.get("kind")
    if cells is None:
        return symbols.kind
    kinds = np.array([KINDS.get(cell.lower(), np.nan) for cell in cells.tolist()], np.float64)
    is_empty = (cells == "") & ~symbols.is_known
    issues.mark(is_empty, "type", "empty", Words("is empty"))
    odd = np.isnan(kinds) & (cells != "")
    issues.mark(odd, "type", "type", Words("{} is neither call nor put", cells))
    other = symbols.is_known & ~np.isnan(kinds) & (kinds != symbols.kind)
    issues.mark(other, "type", "contract", Words("{} is not what the option's symbol says", cells))
    return np.where(symbols.is_known, symbols.kind, kinds)


def _strikes(sheet: Sheet, symbols: Symbols, issues: RowIssues) -> Float1D:
    if "strike" not in sheet.cells:
        strikes = symbols.strike
    else:
        cells = sheet.cells["strike"]
        values = numbers_of(sheet, "strike", issues) / sheet.layout.strike_scale
        is_empty = np.isnan(values) & ~symbols.is_known
        issues.mark(is_empty, "strike", "empty", Words("is empty"))
        with np.errstate(invalid="ignore"):
            other = np.abs(values - symbols.strike) > SAME_STRIKE * symbols.strike
        issues.mark(
            other, "strike", "contract", Words("{} is not the strike in the option's symbol", cells)
        )
        strikes = np.where(symbols.is_known, symbols.strike, values)
    with np.errstate(invalid="ignore"):
        issues.mark(strikes <= 0, "strike", "positive", Words("{} is not above 0", strikes))
    return strikes


def _number(cell: str, decimal_comma: bool) -> float:
    bare = cell.strip("$ ")
    if "," in bare:
        is_decimal = decimal_comma and re.fullmatch(r"-?\d+,\d+", bare)
        bare = bare.replace(",", "." if is_decimal else "")
    try:
        return float(bare)
    except ValueError:
        return np.nan


def _escaped(symbol: str) -> str:
    return symbol.replace("{", "{{").replace("}", "}}")
