"""Option symbols of the Options Clearing Corporation: root, day, kind and strike in one word."""

import re
from dataclasses import dataclass
from datetime import date

ROOT_WIDTH = 6
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


def format_occ(option: OptionSymbol, *, is_compact: bool = False) -> str:
    """Return the OCC symbol of an option: 21 characters, or without the padding of its root.

    Raises
    ------
    ValueError
        If root, kind, day or strike cannot be written in an OCC symbol.

    Notes
    -----
    Source: OCC, Options Symbology Initiative (2010): root of up to 6, yymmdd, C or P, strike in
    thousandths of a dollar with 8 digits. `market.engine.chains` reads them.
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
