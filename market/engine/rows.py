"""Rules that a row of prices must keep, and the names of the rows that break them."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from market.engine.bars import PRICES, Float1D, Int1D
from market.engine.numerals import Numerals, floats_of
from market.engine.tables import Table

MAX_VALUE = 1e12
MAX_LISTED = 100
MAX_SHOWN = 40
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RowIssue:
    """A row that cannot become a bar.

    Parameters
    ----------
    line : int
        Line in the file; the header is line 1. In a Parquet file rows count from 1.
    column : str
        Column that breaks the rule.
    reason : str
        What is wrong, with the value.
    rule : str
        Short name of the rule; issues are counted by it.
    """

    line: int
    column: str
    reason: str
    rule: str


@dataclass
class RowIssues:
    """Bad rows, each named once by the first rule that it breaks.

    Parameters
    ----------
    lines : int64[n_rows]
        Line of each row in the file.
    """

    lines: Int1D
    is_bad: Mask = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    listed: list[RowIssue] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_bad = np.zeros(self.lines.size, bool)

    def mark(self, broken: Mask, column: str, rule: str, words: "Words") -> None:
        """Name the rows where `broken`, unless an earlier rule named them."""
        fresh = broken & ~self.is_bad
        n_fresh = int(np.count_nonzero(fresh))
        if not n_fresh:
            return
        self.counts[rule] += n_fresh
        for row in np.flatnonzero(fresh)[:MAX_LISTED]:
            self.listed.append(RowIssue(int(self.lines[row]), column, words(int(row)), rule))
        self.is_bad |= fresh

    def add_torn(self, torn: list[tuple[int, str]]) -> None:
        """Name lines with another number of cells than the header."""
        if torn:
            self.counts["cells"] += len(torn)
            issues = (RowIssue(line, "row", reason, "cells") for line, reason in torn[:MAX_LISTED])
            self.listed.extend(issues)

    def first(self) -> list[RowIssue]:
        """Return the first issues of the file in order of lines."""
        return sorted(self.listed, key=lambda issue: issue.line)[:MAX_LISTED]


class Words:
    """Sentence about a row, written only for rows that are shown.

    Parameters
    ----------
    template : str
        Text with one {} a column.
    columns : arrays[n_rows]
        Values to show.
    """

    def __init__(self, template: str, *columns: object) -> None:
        self.template, self.columns = template, columns

    def __call__(self, row: int) -> str:
        """Return the sentence about one row."""
        return self.template.format(*(_shown(column[row]) for column in self.columns))  # type: ignore[index]  # arrays of two libraries


def numbers_of(
    table: Table, place: int, column: str, issues: RowIssues, numerals: Numerals
) -> Float1D:
    """Return a column as float64[n_rows]; cells that are no number are named and NaN.

    Raises
    ------
    ValueError
        If the file's type of the column is no number.
    """
    raw = table.columns[place]
    if pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type):
        values = floats_of(raw, numerals, has_magnitudes=column == "volume")
    else:
        try:
            values = raw.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        except pa.ArrowException as error:
            raise ValueError(f"Column {column} holds {raw.type}, not numbers.") from error
    values = np.ascontiguousarray(values, np.float64)
    _mark_text(values, raw, column, issues)
    return values


def check_prices(prices: dict[str, Float1D], volume: Float1D, issues: RowIssues) -> None:
    """Name rows whose numbers cannot be a bar."""
    for column, values in (*prices.items(), ("volume", volume)):
        with np.errstate(invalid="ignore"):
            broken = np.abs(values) > MAX_VALUE
        issues.mark(broken, column, "size", Words("{} is beyond 1e12", values))
    for column in PRICES:
        values = prices[column]
        issues.mark(values <= 0, column, "positive", Words("{} is not above 0", values))
    high, low, open_, close = (prices[name] for name in ("high", "low", "open", "close"))
    pair = Words("{} is below the low {}", high, low)
    issues.mark(high < low, "high", "range", pair)
    for name, values in (("open", open_), ("close", close)):
        words = Words("{} is below the " + name + " {}", high, values)
        issues.mark(high < values, "high", "range", words)
        words = Words("{} is above the " + name + " {}", low, values)
        issues.mark(low > values, "low", "range", words)
    issues.mark(volume < 0, "volume", "volume", Words("{} is negative", volume))


def check_order(ts_ns: Int1D, issues: RowIssues) -> bool:
    """Name repeated and disordered rows; return whether the whole file runs backwards."""
    good = np.flatnonzero(~issues.is_bad)
    stamps = ts_ns[good]
    steps = np.diff(stamps)
    if not steps.size or (steps > 0).all():
        return False
    is_reversed = bool((steps <= 0).all()) and stamps[0] > stamps[-1]
    _, first, inverse = np.unique(stamps, return_index=True, return_inverse=True)
    is_repeat = first[inverse] != np.arange(stamps.size)
    repeated = np.zeros(ts_ns.size, bool)
    repeated[good] = is_repeat
    original = np.zeros(ts_ns.size, np.int64)
    original[good] = issues.lines[good[first[inverse]]]
    issues.mark(repeated, "time", "duplicate", Words("repeats the time of row {}", original))
    if is_reversed:
        return True
    latest = np.maximum.accumulate(stamps)
    late = np.zeros(ts_ns.size, bool)
    late[good[1:]] = stamps[1:] < latest[:-1]
    shown = ts_ns.astype("datetime64[ns]").astype("datetime64[s]")
    issues.mark(late, "time", "order", Words("{} is earlier than the row before", shown))
    return False


def _mark_text(values: Float1D, shown: pa.Array, column: str, issues: RowIssues) -> None:
    broken = ~np.isfinite(values)
    if not broken.any():
        return
    if pa.types.is_string(shown.type) or pa.types.is_large_string(shown.type):
        text = pc.utf8_trim_whitespace(shown)
        empty = pc.fill_null(pc.equal(text, ""), True).to_numpy(zero_copy_only=False)
    else:
        empty = shown.is_null().to_numpy(zero_copy_only=False)
    issues.mark(broken & empty, column, "empty", Words("is empty"))
    infinite = np.isinf(values)
    issues.mark(infinite, column, "finite", Words("{} is not a finite number", shown))
    issues.mark(broken, column, "number", Words("{} is not a number", shown))


def _shown(value: object) -> str:
    if isinstance(value, pa.Scalar):
        value = value.as_py()
    if isinstance(value, float):
        return f"{value:,.10g}"
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
