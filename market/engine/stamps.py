"""Timestamps of a table's rows: text, dates or numbers in, nanoseconds UTC out."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from market.engine.bars import Int1D
from market.engine.timeframes import DAY_NS, SECOND_NS

END_OF_DAY_NS = DAY_NS - SECOND_NS
FORMATS = (
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y.%m.%d",
    "%Y/%m/%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%d %B %Y",
    "%Y%m%d",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%d-%b-%y",
)
CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %H%M%S", " %I:%M %p")
EPOCH_UNITS = ((1e11, "s", SECOND_NS), (1e14, "ms", 10**6), (1e17, "us", 10**3), (np.inf, "ns", 1))
SAMPLE = 1000


@dataclass(frozen=True)
class Stamps:
    """Moments of the rows of a table.

    Parameters
    ----------
    ts_ns : int64[n_rows], nanoseconds UTC
        0 where `is_bad`.
    is_bad : bool[n_rows]
        Whether the row's time could not be read.
    is_date_only : bool
        Whether no row has a time of day; such rows are stamped 23:59:59 UTC of their date.
    notes : tuple of str
        What a person should know about how times were read.
    """

    ts_ns: Int1D
    is_bad: npt.NDArray[np.bool_]
    is_date_only: bool
    notes: tuple[str, ...] = ()


def stamps_of(column: pa.Array, *, zone: str) -> Stamps:
    """Return the moments that a column of text, dates, timestamps or numbers holds.

    Parameters
    ----------
    column : pyarrow.Array[n_rows]
        Text, date, timestamp, integer or float.
    zone : str
        IANA name of the zone of times that carry none.

    Raises
    ------
    ValueError
        If the column is of another type, or `zone` is unknown.
    """
    kind = column.type
    if pa.types.is_date(kind):
        return _finished(pd.DatetimeIndex(column.cast(pa.timestamp("ns")).to_pandas()), zone)
    if pa.types.is_timestamp(kind):
        moments = pd.DatetimeIndex(column.to_pandas())
        return _finished(moments, zone)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        whole = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
        return _from_numbers(numbers, whole, zone)
    if pa.types.is_null(kind):
        return Stamps(np.zeros(len(column), np.int64), np.ones(len(column), bool), False)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise ValueError(f"The time column holds {kind}, not times.")
    return _from_text(pc.fill_null(pc.utf8_trim_whitespace(column), ""), zone)


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; ValueError for any other text."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, IndexError) as error:
        raise ValueError(f"{name[:40]!r} is not a time zone.") from error


def joined(dates: pa.Array, clocks: pa.Array) -> pa.Array:
    """Return text "date time" of two columns; bare digits (093000, 0930) become 09:30[:00]."""
    clocks = pc.utf8_trim_whitespace(clocks.cast(pa.string()))
    clocks = pc.replace_substring_regex(clocks, r"^(\d\d)(\d\d)(\d\d)$", r"\1:\2:\3")
    clocks = pc.replace_substring_regex(clocks, r"^(\d\d)(\d\d)$", r"\1:\2")
    dates = pc.utf8_trim_whitespace(dates.cast(pa.string()))
    dates = pc.replace_substring_regex(dates, r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3")
    return pc.binary_join_element_wise(dates, clocks, " ")


def _from_text(text: pa.Array, zone: str) -> Stamps:
    sample = text.slice(0, SAMPLE)
    if _share(sample, r"^\d{8}$") > 0.5:  # noqa: PLR2004 -- most rows decide
        return _by_format(text, ("%Y%m%d",), zone)
    if _share(sample, r"^-?\d+(\.\d+)?$") > 0.5:  # noqa: PLR2004 -- most rows decide
        numbers = pd.to_numeric(text.to_pandas(), errors="coerce").to_numpy(np.float64)
        try:
            whole = text.cast(pa.int64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            whole = numbers
        return _from_numbers(numbers, whole, zone)
    if _share(sample, r"^\d{4}-\d\d?-\d\d?") > 0.5:  # noqa: PLR2004 -- most rows decide
        return _from_iso(text, zone)
    formats = [day + clock for day in FORMATS for clock in CLOCKS]
    return _by_format(text, formats, zone)


def _from_iso(text: pa.Array, zone: str) -> Stamps:
    if _all(text, r"^\d{4}-\d\d-\d\d([T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?)?$"):
        text = pc.utf8_slice_codeunits(text, 0, 10)
    try:
        moments = pd.DatetimeIndex(text.cast(pa.timestamp("ns")).to_pandas())
    except pa.ArrowInvalid:
        has_offset = _share(text.slice(0, SAMPLE), r"(Z|[+-]\d\d:?\d\d)$") > 0.5  # noqa: PLR2004 -- most rows decide
        moments = _iso_by_pandas(text.to_pandas(), zone, has_offset)
    return _finished(moments, zone)


def _iso_by_pandas(text: "pd.Series[str]", zone: str, has_offset: bool) -> pd.DatetimeIndex:
    if not has_offset:
        naive = text.where(~text.str.contains(r":.*(?:Z|[+-]\d\d:?\d\d)$", regex=True), None)
        return pd.DatetimeIndex(pd.to_datetime(naive, format="ISO8601", errors="coerce"))
    aware = text.where(text.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True), None)
    return pd.DatetimeIndex(pd.to_datetime(aware, format="ISO8601", errors="coerce", utc=True))


def _by_format(text: pa.Array, formats: Iterable[str], zone: str) -> Stamps:
    sample = text.slice(0, SAMPLE).to_pandas()
    parsed = {
        form: int(pd.to_datetime(sample, format=form, errors="coerce").notna().sum())
        for form in formats
    }
    best = max(parsed, key=lambda form: parsed[form])
    other = _swapped(best)
    moments = _parsed(text, best)
    if other == best or not parsed[best] or parsed.get(other) != parsed[best]:
        return _finished(moments, zone)
    swapped = _parsed(text, other)  # the first rows fit both orders: the others may settle it
    merits = [(int(np.count_nonzero(one.notna())), _is_ordered(one)) for one in (moments, swapped)]
    if merits[0] != merits[1]:
        return _finished(moments if merits[0] > merits[1] else swapped, zone)
    order = "month/day/year" if best.startswith("%m") else "day/month/year"
    note = f"Dates are read as {order}, but fit the other order too: 2024-06-03 leaves no doubt."
    return _finished(moments, zone, (note,))


def _parsed(text: pa.Array, form: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.to_datetime(text.to_pandas(), format=form, errors="coerce"))


def _swapped(form: str) -> str:
    """Return a format with day and month in each other's place."""
    return form.replace("%d", "%-").replace("%m", "%d").replace("%-", "%m")


def _is_ordered(moments: pd.DatetimeIndex) -> bool:
    """Whether the rows run one way, forwards or backwards."""
    known = moments[moments.notna()]
    return bool(known.is_monotonic_increasing or known.is_monotonic_decreasing)


def _from_numbers(
    numbers: npt.NDArray[np.float64], whole: npt.NDArray[np.generic], zone: str
) -> Stamps:
    finite = numbers[np.isfinite(numbers)]
    size = float(np.median(np.abs(finite))) if finite.size else 0.0
    if 19_000_101 <= size <= 21_001_231 and bool((finite == np.floor(finite)).all()):  # noqa: PLR2004 -- 1900-01-01 to 2100-12-31
        days = pd.Series(np.where(np.isfinite(numbers), numbers, 0).astype(np.int64)).astype(str)
        return _finished(
            pd.DatetimeIndex(pd.to_datetime(days, format="%Y%m%d", errors="coerce")), zone
        )
    scale = next(scale for limit, _, scale in EPOCH_UNITS if size < limit)
    with np.errstate(invalid="ignore", over="ignore"):
        is_bad = ~np.isfinite(numbers) | (np.abs(numbers) * scale > 9.2e18)  # noqa: PLR2004 -- int64
        if np.issubdtype(whole.dtype, np.integer):
            ts_ns = np.where(is_bad, 0, whole).astype(np.int64) * scale
        else:
            ts_ns = np.rint(np.where(is_bad, 0.0, numbers) * scale).astype(np.int64)
    return _stamped(ts_ns, is_bad)


def _finished(moments: pd.DatetimeIndex, zone: str, notes: tuple[str, ...] = ()) -> Stamps:
    """Turn local or aware times into UTC; only midnights mean dates without a time of day."""
    moments = moments.as_unit("ns")
    is_bad = np.asarray(moments.isna())
    if moments.tz is None:
        wall = np.where(is_bad, 0, moments.asi8)
        if not (wall % DAY_NS).any():
            return _stamped(wall, is_bad, notes)
        moments = _localised(moments, zone)
        is_bad = np.asarray(moments.isna())
    return _stamped(np.where(is_bad, 0, moments.asi8), is_bad, notes)


def _stamped(ts_ns: Int1D, is_bad: npt.NDArray[np.bool_], notes: tuple[str, ...] = ()) -> Stamps:
    is_date_only = not (ts_ns % DAY_NS).any()
    if is_date_only:
        ts_ns = np.where(is_bad, 0, ts_ns + END_OF_DAY_NS)
    return Stamps(np.ascontiguousarray(ts_ns, np.int64), is_bad, is_date_only, notes)


def _localised(moments: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    place = zone_of(zone)
    try:
        return moments.tz_localize(place, ambiguous="infer", nonexistent="NaT")
    except ValueError:  # a repeated hour that the order of rows does not settle
        return moments.tz_localize(place, ambiguous="NaT", nonexistent="NaT")


def _share(text: pa.Array, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(text, pattern).cast(pa.float64())).as_py() or 0)


def _all(text: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())
