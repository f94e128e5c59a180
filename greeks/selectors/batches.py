"""Many options in one call: columns in, columns out, with a status for each row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from greeks.engine import (
    Status,
    american_greeks,
    american_implied_vol,
    greeks,
    implied_vol,
)
from greeks.engine.american import AMERICAN_GREEK_NAMES
from greeks.engine.arrays import FloatArray, as_kind
from greeks.engine.clock import CalendarClock
from greeks.engine.european import GREEK_NAMES
from greeks.engine.units import SCREEN_UNITS, in_screen_units
from pulse.common.errors import DomainError
from pulse.common.time import to_ns

MOST_ROWS = 100_000
MOST_AMERICAN_ROWS = 2_000
"""American options are searched, not written down: a hundred times the work."""
MOST_TWO_BOUNDARIES = 50
"""With negative rates exercise may have two boundaries: a grid for each option, slower again."""
SHOWN_FIRST = ("price", "delta", "gamma", "vega", "theta", "rho")
STYLES = ("european", "american")
UNITS = ("screen", "raw")
MODELS = {
    "european": "Black-Scholes-Merton, European exercise",
    "american": "Andersen-Lake-Offengenden collocation, American exercise, accuracy fast",
}
MOST_DIVIDENDS = 20
DIVIDEND_WORDS = f"Say at most {MOST_DIVIDENDS} pairs of years and cash: [[0.1, 0.5]]."
CASH_MODEL = "Finite differences, American exercise, the spot falls by each cash dividend"
KIND_WORDS = "Each is call or put, or 1 or -1."
GIVEN_YEARS = "years as given by the caller"
RAW_WORDS = {
    "vega": "currency per 1.00 of volatility",
    "theta": "currency per year passing",
    "rho": "currency per 1.00 of rate",
    "epsilon": "currency per 1.00 of dividend yield",
    "vanna": "delta per 1.00 of volatility",
    "charm": "delta per year passing",
    "vomma": "vega per 1.00 of volatility",
    "veta": "vega per year passing",
    "zomma": "gamma per 1.00 of volatility",
    "color": "gamma per year passing",
    "ultima": "vomma per 1.00 of volatility",
}
STATUS_WORDS = np.array([status.name.lower() for status in Status])
MARKET = ("spot", "strike", "rate", "dividend_yield")


class TooManyRows(DomainError):
    """The batch is longer than one request may be."""

    default_code = "too_many_rows"
    http_status = 413


class BadColumns(DomainError):
    """A column is no number, no list of numbers, or of another length."""

    default_code = "bad_columns"
    http_status = 400


class Batch(TypedDict):
    """What a batch answers; `values` are lists with null where there is no number."""

    as_of: datetime
    model: str
    clock: str
    units: dict[str, str]
    n_rows: int
    status: list[str]
    values: dict[str, list[float | None]]


def price_batch(given: Mapping[str, Any], *, now: datetime) -> Batch:
    """Return prices and Greeks of many options.

    Parameters
    ----------
    given : mapping
        `kind`, `spot`, `strike`, `years` or `expires_at`, `rate`, `dividend_yield`, `vol`: a value
        or a list of at most `MOST_ROWS`, null for a missing number; `style` and `units` ("screen"
        or "raw"); `which` Greeks; `dividends`, pairs of years and cash per share that every row
        sees, of American options alone.
    now : datetime
        The moment from which `expires_at` is counted.

    Raises
    ------
    TooManyRows, BadColumns
        If the batch is no table that one request may hold.

    Notes
    -----
    What is wrong with a row is its status, never an error; its values are null.
    """
    style, which = _style_of(given), _which_of(given)
    units_name = given.get("units", "screen")
    if units_name not in UNITS:
        raise BadColumns({"units": f"The units are one of {', '.join(UNITS)}."})
    columns, clock = _columns_of(given, "vol", style=style, now=now)
    dividends = _dividends_of(given, columns)
    if style == "american":
        found = american_greeks(*columns, dividends=dividends)
        found = {name: found[name] for name in (*which, "status")}
    else:
        found = greeks(*columns, which=which)
    status = found.pop("status")
    if units_name == "raw":
        units = {name: RAW_WORDS.get(name, SCREEN_UNITS[name].words) for name in which}
    else:
        units = {SCREEN_UNITS[name].column: SCREEN_UNITS[name].words for name in which}
        found = in_screen_units(found)
    return _batch(found, status, units, model_of(style, dividends), clock, now)


def implied_vol_batch(given: Mapping[str, Any], *, now: datetime) -> Batch:
    """Return implied volatilities of many options; `given` has `price` instead of `vol`.

    Raises
    ------
    TooManyRows, BadColumns
        As `price_batch`.
    """
    style = _style_of(given)
    columns, clock = _columns_of(given, "price", style=style, now=now)
    kind, *market, price = columns
    dividends = _dividends_of(given, columns)
    if style == "american":
        found = american_implied_vol(kind, price, *market, dividends=dividends)
    else:
        found = implied_vol(kind, price, *market)
    units = {"vol": "per year, 0.2 is 20 %"}
    return _batch({"vol": found.vol}, found.status, units, model_of(style, dividends), clock, now)


def _batch(
    values: Mapping[str, npt.NDArray[Any]],
    status: npt.NDArray[Any],
    units: dict[str, str],
    model: str,
    clock: str,
    now: datetime,
) -> Batch:
    return {
        "as_of": now,
        "model": model,
        "clock": clock,
        "units": units,
        "n_rows": int(status.size),
        "status": STATUS_WORDS[status].tolist(),
        "values": {name: with_nulls(column) for name, column in values.items()},
    }


def with_nulls(column: npt.NDArray[Any]) -> list[float | None]:
    """Return numbers as JSON can hold them: null for what is no finite number."""
    is_number = np.isfinite(column)
    if is_number.all():
        return list(column.tolist())
    return [
        number if known else None for number, known in zip(column.tolist(), is_number, strict=True)
    ]


def _style_of(given: Mapping[str, Any]) -> str:
    style = given.get("style", "european")
    if style not in STYLES:
        raise BadColumns({"style": f"The style is one of {', '.join(STYLES)}."})
    return str(style)


def model_of(style: str, dividends: Sequence[tuple[float, float]]) -> str:
    """Return what prices of a style rest on."""
    return CASH_MODEL if dividends else MODELS[style]


def _dividends_of(
    given: Mapping[str, Any], columns: Sequence[FloatArray]
) -> list[tuple[float, float]]:
    """Return cash dividends as pairs of years and cash; refuse them where none can be."""
    pairs = given.get("dividends") or []
    if not isinstance(pairs, list) or len(pairs) > MOST_DIVIDENDS:
        raise BadColumns({"dividends": DIVIDEND_WORDS})
    found = []
    for pair in pairs:
        is_pair = isinstance(pair, list | tuple) and len(pair) == len(("years", "cash"))
        if not is_pair or not {type(one) for one in pair} <= {int, float}:
            raise BadColumns({"dividends": DIVIDEND_WORDS})
        years, cash = (float(one) for one in pair)
        if not (0.0 < years < np.inf and 0.0 <= cash < np.inf):
            raise BadColumns({"dividends": "Years are above 0, cash is not negative."})
        found.append((years, cash))
    if found and _style_of(given) != "american":
        raise BadColumns({"dividends": "Cash dividends need the style american."})
    if found and columns[0].size > MOST_TWO_BOUNDARIES:
        raise TooManyRows(f"A request may hold {MOST_TWO_BOUNDARIES} options with cash dividends.")
    return found


def _which_of(given: Mapping[str, Any]) -> tuple[str, ...]:
    given_names = given.get("which") or SHOWN_FIRST
    known = AMERICAN_GREEK_NAMES if _style_of(given) == "american" else GREEK_NAMES
    if not isinstance(given_names, list | tuple) or any(n not in known for n in given_names):
        raise BadColumns({"which": f"Choose a list from {', '.join(known)}."})
    return tuple(dict.fromkeys(given_names))


def _columns_of(
    given: Mapping[str, Any], level: str, *, style: str, now: datetime
) -> tuple[list[FloatArray], str]:
    """Return kind, spot, strike, years, rate, dividend_yield and `level`, of one length."""
    years_name = "expires_at" if "expires_at" in given else "years"
    names = ("kind", "spot", "strike", years_name, "rate", "dividend_yield", level)
    n_rows = _n_rows(given, names, MOST_ROWS if style == "european" else MOST_AMERICAN_ROWS)
    kind = _kinds(given["kind"])
    if years_name == "years":
        years, clock = _numbers("years", given["years"]), GIVEN_YEARS
    else:
        years, clock = _years_until(given["expires_at"], now), CalendarClock().label
    spot, strike, rate, dividend_yield = (_numbers(name, given[name]) for name in MARKET)
    n_negative = np.count_nonzero(np.broadcast_to((rate < 0.0) | (dividend_yield < 0.0), n_rows))
    if style == "american" and n_negative > MOST_TWO_BOUNDARIES:
        raise TooManyRows(
            f"A request may hold {MOST_TWO_BOUNDARIES} American options with negative rates."
        )
    columns = (kind, spot, strike, years, rate, dividend_yield, _numbers(level, given[level]))
    return [np.ascontiguousarray(np.broadcast_to(c, (n_rows,))) for c in columns], clock


def _n_rows(given: Mapping[str, Any], names: Sequence[str], most: int) -> int:
    lengths = {}
    for name in names:
        if name not in given:
            raise BadColumns({name: "Say it, as a number or a list of numbers."})
        if isinstance(given[name], list):
            lengths[name] = len(given[name])
    longest = max(lengths.values(), default=1)
    if longest > most:
        raise TooManyRows(f"A request may hold {most:,} rows of this style; this one has more.")
    for name, length in lengths.items():
        if length not in {1, longest}:
            raise BadColumns({name: f"It has {length:,} values where others have {longest:,}."})
    return longest


def _kinds(given: Any) -> FloatArray:
    kinds = given if isinstance(given, list) else [given]
    if not {type(kind) for kind in kinds} <= {str, int, float}:
        raise BadColumns({"kind": KIND_WORDS})
    try:
        return as_kind(np.array(kinds, dtype=object)) if kinds else np.zeros(0)
    except ValueError as error:
        raise BadColumns({"kind": KIND_WORDS}) from error


def _numbers(name: str, given: Any) -> FloatArray:
    numbers = given if isinstance(given, list) else [given]
    if not {type(number) for number in numbers} <= {int, float, type(None)}:
        raise BadColumns({name: "Each is a number, or null where none is known."})
    try:
        return np.array(numbers, dtype=np.float64)
    except OverflowError as error:
        raise BadColumns({name: "A number is too large."}) from error


def _years_until(given: Any, now: datetime) -> FloatArray:
    moments = given if isinstance(given, list) else [given]
    is_known = np.array([moment is not None for moment in moments], dtype=np.bool_)
    now_ns = to_ns(now)
    try:
        parsed = [datetime.fromisoformat(m) if m is not None else now for m in moments]
        expires = np.array([to_ns(moment) for moment in parsed], dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadColumns(
            {"expires_at": "Each is a time with its zone, as 2026-12-18T16:00:00-05:00."}
        ) from error
    return np.where(is_known, CalendarClock().years(now_ns, expires).years, np.nan)
