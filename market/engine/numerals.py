"""How a file writes its numbers: which mark is the decimal one, and which groups thousands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from market.engine.bars import Float1D

SPACES = "[ \u00a0\u202f\u2009'\u2019]"  # what groups thousands beside comma and dot
MAGNITUDES = (("K", 1e3), ("M", 1e6), ("B", 1e9))
NOTHING = ("", "-")  # how vendors write a volume that they do not have


@dataclass(frozen=True)
class Numerals:
    """The marks of a table's numbers.

    Parameters
    ----------
    decimal, group : str
        Comma or dot; `group` is empty where none groups thousands.
    note : str
        What a person should know; empty where the numbers leave no doubt.
    """

    decimal: str = "."
    group: str = ""
    note: str = ""


def numerals_of(columns: Sequence[pa.Array], *, comma_between_cells: bool) -> Numerals:
    """Return how the numbers of a table are written, read off all of its cells together.

    Parameters
    ----------
    columns : sequence of pyarrow.Array[n_rows]
        Every column of numbers; those that are not text are passed over.
    comma_between_cells : bool
        Whether commas separate cells: a writer who does that marks decimals with a dot.
    """
    texts = [column for column in columns if _is_text(column)]
    if all(_is_plain(text) for text in texts):
        return Numerals()
    if not any(_count(text, ",") for text in texts):
        return (
            Numerals(",", ".") if any(_count(text, r"\.\d{3}\.") for text in texts) else Numerals()
        )
    for_decimals = sum(_count(text, r"\..*,|,\d{0,2}\s*$|,\d{4}") for text in texts)
    for_groups = sum(_count(text, r",.*\.|,.*,") for text in texts)
    if for_decimals != for_groups:
        return Numerals(",", ".") if for_decimals > for_groups else Numerals(".", ",")
    if comma_between_cells or any(_count(text, r"\d\.\d") for text in texts):
        return Numerals(".", ",")
    return Numerals(",", ".", "Commas are read as decimal marks: 1,234 is a little above 1.")


def floats_of(text: pa.Array, numerals: Numerals, *, has_magnitudes: bool = False) -> Float1D:
    """Return text as float64[n_rows]; NaN where a cell is no number written in `numerals`.

    Parameters
    ----------
    text : pyarrow.Array[n_rows] of string
        Cells.
    numerals : Numerals
        Marks of the table.
    has_magnitudes : bool
        Whether K, M and B may end a number: 1.2M is 1,200,000.
    """
    if not numerals.group:
        try:
            return text.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass
    plain = _plain(text)
    scale = np.ones(len(plain))
    if has_magnitudes:
        for letter, size in MAGNITUDES:
            scale[pc.ends_with(plain, letter).to_numpy(zero_copy_only=False)] = size
        plain = pc.replace_substring_regex(plain, r"(\d)[KMB]$", r"\1")
    if numerals.group:
        group, decimal = re.escape(numerals.group), re.escape(numerals.decimal)
        is_whole = pc.match_substring_regex(
            plain, rf"^[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({decimal}\d*)?$"
        )
        bare = pc.replace_substring(plain, numerals.group, "")
        plain = pc.if_else(is_whole, pc.replace_substring(bare, numerals.decimal, "."), plain)
        if numerals.decimal == ",":
            is_foreign = pc.and_(pc.invert(is_whole), pc.match_substring(plain, "."))
            plain = pc.if_else(is_foreign, _foreign(plain), plain)
    return pd.to_numeric(plain.to_pandas(), errors="coerce").to_numpy(np.float64) * scale


def is_unknown(text: pa.Array) -> bool:
    """Return whether no cell of a column says anything."""
    if len(text) and text[0].as_py().strip() not in NOTHING:
        return False
    return bool(pc.all(pc.is_in(_plain(text), value_set=pa.array(NOTHING))).as_py())


def _is_plain(text: pa.Array) -> bool:
    """Whether every cell is a number as programs write it: seldom not, and soon known."""
    try:
        text.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _foreign(text: pa.Array) -> pa.Array:
    """Keep a number with a decimal dot (1.25) that stands among decimal commas."""
    return pc.if_else(pc.match_substring_regex(text, r"^[+-]?\d*\.\d+$"), text, "")


def _plain(text: pa.Array) -> pa.Array:
    """Return cells without currency signs, and without the spaces that group thousands."""
    trimmed = pc.utf8_ltrim(pc.utf8_trim_whitespace(text), characters="$€£¥")
    if not pc.any(pc.match_substring_regex(trimmed, SPACES)).as_py():
        return trimmed
    return pc.if_else(
        pc.match_substring_regex(trimmed, rf"^[+-]?\d{{1,3}}({SPACES}\d{{3}})+([.,]\d*)?$"),
        pc.replace_substring_regex(trimmed, SPACES, ""),
        trimmed,
    )


def _count(text: pa.Array, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(text, pattern)).as_py() or 0)


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))
