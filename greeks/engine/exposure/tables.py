"""Exposure summed by strike, by expiry, and both."""

from typing import NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.exposure.book import Book
from greeks.engine.status import Status
from greeks.engine.units import DAYS_PER_YEAR

SAME_EXPIRY_YEARS = 1.0 / (DAYS_PER_YEAR * 86_400.0)
"""One second: expiries closer than this are one."""


MOST_CELLS = 1_000_000


class Dollars(NamedTuple):
    """Exposure of each contract in dollars, 0 where it does not count: float64[n_contracts]."""

    gex: FloatArray
    dex: FloatArray
    vex: FloatArray
    chex: FloatArray


class StrikeTable(NamedTuple):
    """Exposure of each strike, ascending.

    `call`, `put`, `net` and `abs` are gamma in dollars per 1 % move; then net dollars of delta, per
    volatility point and per calendar day; open interest in contracts.
    """

    strike: FloatArray
    call: FloatArray
    put: FloatArray
    net: FloatArray
    abs: FloatArray
    dex_usd: FloatArray
    vex_usd_per_1volpt: FloatArray
    chex_usd_per_day: FloatArray
    call_open_interest: FloatArray
    put_open_interest: FloatArray


class ExpiryTable(NamedTuple):
    """Exposure of each time to expiry, ascending; units as in `StrikeTable`."""

    days: FloatArray
    call: FloatArray
    put: FloatArray
    net: FloatArray
    abs: FloatArray
    dex_usd: FloatArray
    vex_usd_per_1volpt: FloatArray
    chex_usd_per_day: FloatArray


class Grid(NamedTuple):
    """Net dollars per 1 % move: `net` float64[n_strikes, n_expiries]."""

    strike: FloatArray
    days: FloatArray
    net: FloatArray


class ShortcutFlips(NamedTuple):
    """Flip levels read off the strike table, as other sites do; NaN where none exists.

    Neither is where dealers' gamma is zero: that needs repricing (`zero_gamma`).
    """

    cumulative: float
    first_sign_change: float


def strike_table(book: Book, dollars: Dollars) -> StrikeTable:
    """Sum exposure and open interest by strike, over contracts that count."""
    strikes, place = _groups(book, book.strike)
    is_call = book.kind > 0.0
    size = strikes.size
    open_interests = (
        _sum(place, np.where(is_call, book.open_interest, 0.0), size),
        _sum(place, np.where(is_call, 0.0, book.open_interest), size),
    )
    sides = _sides(place, dollars, is_call=is_call, size=size)
    return StrikeTable._make((strikes, *sides, *open_interests))


def expiry_table(book: Book, dollars: Dollars) -> ExpiryTable:
    """Sum exposure by time to expiry, over contracts that count."""
    years, place = _groups(book, _to_second(book.years))
    sides = _sides(place, dollars, is_call=book.kind > 0.0, size=years.size)
    return ExpiryTable._make((years * DAYS_PER_YEAR, *sides))


def grid_of(book: Book, gex: FloatArray) -> Grid:
    """Sum `gex` (dollars per 1 %) by strike and time to expiry.

    Raises
    ------
    ValueError
        If the table would have more than `MOST_CELLS`.
    """
    strikes, row = _groups(book, book.strike)
    years, column = _groups(book, _to_second(book.years))
    if strikes.size * years.size > MOST_CELLS:
        raise ValueError(f"a table of {strikes.size} strikes by {years.size} expiries is too large")
    counted = np.where(book.status == Status.OK, gex, 0.0)
    cells = _sum(row * years.size + column, counted, strikes.size * years.size)
    return Grid(strikes, years * DAYS_PER_YEAR, cells.reshape(strikes.size, years.size))


def shortcut_flips(table: StrikeTable) -> ShortcutFlips:
    """Return the two flip levels that need no repricing, by linear interpolation over strikes."""
    return ShortcutFlips(
        cumulative=_first_zero(table.strike, np.cumsum(table.net)),
        first_sign_change=_first_zero(table.strike, table.net),
    )


def _first_zero(x: FloatArray, y: FloatArray) -> float:
    change = np.flatnonzero(y[:-1] * y[1:] < 0.0)
    if not change.size:
        return np.nan
    i = change[0]
    return float(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i]))


def _to_second(years: FloatArray) -> FloatArray:
    return np.round(years / SAME_EXPIRY_YEARS) * SAME_EXPIRY_YEARS


def _groups(book: Book, column: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """Return the distinct values of the contracts that count, and each contract's place there."""
    is_used = book.status == Status.OK
    distinct = np.unique(column[is_used])
    place = np.searchsorted(distinct, column)
    # A contract that does not count has no exposure: any place will do.
    return distinct, np.where(is_used, place, 0)


def _sum(place: np.ndarray, values: FloatArray, size: int) -> FloatArray:
    if not size:
        return np.zeros(0)
    return np.bincount(place, weights=values, minlength=size).astype(np.float64)


def _sides(
    place: np.ndarray, dollars: Dollars, *, is_call: np.ndarray, size: int
) -> tuple[FloatArray, ...]:
    """Return the sums of gamma in calls, puts, both, and its size; then delta, vanna, charm."""
    call = _sum(place, np.where(is_call, dollars.gex, 0.0), size)
    put = _sum(place, np.where(is_call, 0.0, dollars.gex), size)
    rest = (_sum(place, column, size) for column in dollars[1:])
    return call, put, call + put, _sum(place, np.abs(dollars.gex), size), *rest
