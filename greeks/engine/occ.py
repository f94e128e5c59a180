"""Option symbols of the Options Clearing Corporation: root, day, kind and strike in one word."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray

ROOT_WIDTH = 6
TAIL = re.compile(r"(\d{2})(\d{2})(\d{2})([CP])(\d{8})")
TAIL_WIDTH = 15
ROOT = re.compile(r"[A-Z][A-Z0-9]{0,5}")
CENTURY = 2000
THOUSANDTHS = 1000
STRIKE_LIMIT = 10**8


@dataclass(frozen=True, slots=True)
class OptionSymbol:
    """What an OCC symbol says; `kind` is +1 for a call and -1 for a put."""

    root: str
    expiry_day: date
    kind: int
    strike: float


class OptionColumns(NamedTuple):
    """Symbols taken apart: `kind` and `strike` are NaN, `expiry_day` NaT where not `is_valid`."""

    root: npt.NDArray[np.str_]
    expiry_day: npt.NDArray[np.datetime64]
    kind: FloatArray
    strike: FloatArray
    is_valid: npt.NDArray[np.bool_]


def parse_occ(symbol: str) -> OptionSymbol:
    """Take an OCC symbol apart, padded (21 characters) or compact (no spaces).

    Raises
    ------
    ValueError
        If it is no OCC symbol, or its day does not exist.

    Notes
    -----
    Source: OCC, Options Symbology Initiative (2010): root of up to 6, yymmdd, C or P, strike in
    thousandths of a dollar with 8 digits.
    """
    word = symbol.strip().upper()
    root, tail = word[:-TAIL_WIDTH].rstrip(), TAIL.fullmatch(word[-TAIL_WIDTH:])
    if tail is None or ROOT.fullmatch(root) is None:
        raise ValueError(f"not an OCC option symbol: {symbol!r}")
    year, month, day, kind, thousandths = tail.groups()
    try:
        expiry_day = date(CENTURY + int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"no such day in option symbol {symbol!r}") from None
    return OptionSymbol(root, expiry_day, 1 if kind == "C" else -1, int(thousandths) / THOUSANDTHS)


def format_occ(option: OptionSymbol, *, is_compact: bool = False) -> str:
    """Return the OCC symbol of an option: 21 characters, or without the padding of its root.

    Raises
    ------
    ValueError
        If root, kind, day or strike cannot be written in an OCC symbol.
    """
    thousandths = round(option.strike * THOUSANDTHS)
    is_exact = abs(option.strike * THOUSANDTHS - thousandths) < 1e-6 * max(1.0, option.strike)
    if not is_exact or not 0 <= thousandths < STRIKE_LIMIT:
        raise ValueError("strike must be in thousandths, from 0 to 99,999.999")
    if ROOT.fullmatch(option.root) is None:
        raise ValueError("root must be one to six capital letters or digits, a letter first")
    if option.kind not in {1, -1} or not CENTURY <= option.expiry_day.year < CENTURY + 100:
        raise ValueError("kind must be +1 or -1, and the year in this century")
    root = option.root if is_compact else option.root.ljust(ROOT_WIDTH)
    letter = "C" if option.kind == 1 else "P"
    return f"{root}{option.expiry_day:%y%m%d}{letter}{thousandths:08d}"


def parse_occ_columns(symbols: Iterable[str]) -> OptionColumns:
    """Take many OCC symbols apart; those that are none are marked, not refused."""
    parsed = [_parsed_or_none(symbol) for symbol in symbols]
    day_type = "datetime64[D]"
    return OptionColumns(
        root=np.array([one.root if one else "" for one in parsed], dtype=np.str_),
        expiry_day=np.array([one.expiry_day if one else None for one in parsed], dtype=day_type),
        kind=np.array([one.kind if one else np.nan for one in parsed], dtype=np.float64),
        strike=np.array([one.strike if one else np.nan for one in parsed], dtype=np.float64),
        is_valid=np.array([one is not None for one in parsed], dtype=np.bool_),
    )


def _parsed_or_none(symbol: str) -> OptionSymbol | None:
    try:
        return parse_occ(symbol)
    except ValueError:
        return None
