"""The door of the public functions: kinds, broadcasting and the status of inputs."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.status import Status

FloatArray: TypeAlias = npt.NDArray[np.float64]
StatusArray: TypeAlias = npt.NDArray[np.int8]
Kind: TypeAlias = npt.ArrayLike
Shape: TypeAlias = tuple[int, ...]

LARGEST_EXPONENT = 200.0
"""The largest rate x years; beyond it products of discounts and prices overflow."""
SMALLEST_AMOUNT, LARGEST_AMOUNT = 1e-100, 1e100
"""Between these is every spot and strike that is not 0."""
CALL_WORDS = ("call", "c")
PUT_WORDS = ("put", "p")


def as_kind(kind: Kind) -> FloatArray:
    """Return +1.0 for calls and -1.0 for puts, in the shape of `kind`.

    Parameters
    ----------
    kind : int, float, str or array of them
        +1 or "call", "c" for a call, -1 or "put", "p" for a put; letters of any case.

    Raises
    ------
    ValueError
        If an element is none of these: a kind is written by a programmer, not by a market.
    """
    given = np.asarray(kind)
    if given.dtype.kind == "O":
        given = _from_objects(given)
    if given.dtype.kind in "US":
        return _from_words(given.astype(str))
    if given.dtype.kind not in "iuf":
        raise ValueError("kind must be +1, -1, 'call' or 'put'")
    signs = given.astype(np.float64, copy=False)
    if np.count_nonzero(signs == 1.0) + np.count_nonzero(signs == -1.0) < signs.size:
        raise ValueError("kind must be +1, -1, 'call' or 'put'")
    return signs


def _from_objects(given: npt.NDArray[np.object_]) -> npt.NDArray[np.generic]:
    """Give a column of Python objects (a table's) one dtype."""
    if all(isinstance(word, str) for word in given.flat):
        return given.astype(str)
    try:
        return given.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("kind must be +1, -1, 'call' or 'put'") from None


def _from_words(words: npt.NDArray[np.str_]) -> FloatArray:
    lower = np.strings.lower(words)
    is_call = np.isin(lower, CALL_WORDS)
    if not (is_call | np.isin(lower, PUT_WORDS)).all():
        raise ValueError("kind must be +1, -1, 'call' or 'put'")
    return np.where(is_call, 1.0, -1.0)


def broadcast_columns(kind: Kind, *columns: npt.ArrayLike) -> tuple[Shape, list[FloatArray]]:
    """Return the common shape, and `kind` and `columns` as flat float64 C-order arrays of it.

    Give results back in the callers' shape with `values.reshape(shape)` (0-d for scalars).

    Raises
    ------
    ValueError
        If the shapes do not broadcast, a column is not numeric, or a kind is unknown.
    """
    shape, narrow = narrow_columns(kind, *columns)
    return shape, widened(narrow, int(np.prod(shape)))


def narrow_columns(kind: Kind, *columns: npt.ArrayLike) -> tuple[Shape, list[FloatArray]]:
    """Return what `broadcast_columns` does, but a column of one value stays one value.

    Raises
    ------
    ValueError
        As `broadcast_columns`.
    """
    given = [as_kind(kind), *(np.asarray(column, dtype=np.float64) for column in columns)]
    shape = np.broadcast_shapes(*(column.shape for column in given))
    return shape, [_flat(column, shape) for column in given]


def widened(columns: list[FloatArray], n_rows: int) -> list[FloatArray]:
    """Return `columns` with `n_rows` rows each, those of one value repeated."""
    return [column if column.size == n_rows else np.full(n_rows, column[0]) for column in columns]


def chosen_rows(columns: list[FloatArray], rows: npt.NDArray[np.int64]) -> list[FloatArray]:
    """Return the rows of `columns`, of which those of one value are repeated."""
    return [
        column[rows] if column.size > 1 else np.full(rows.size, column[0]) for column in columns
    ]


def _flat(column: FloatArray, shape: Shape) -> FloatArray:
    if column.size == 1:
        return column.reshape(-1)
    if column.shape != shape:
        column = np.broadcast_to(column, shape)
    return np.ascontiguousarray(column).reshape(-1)


def input_status(
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    level: FloatArray,
) -> StatusArray:
    """Return `NAN_INPUT`, `BAD_INPUT`, `EXPIRED` (years <= 0) or `OK`, int8, for each element.

    Parameters
    ----------
    spot, strike, years, rate, dividend_yield : float64[...]
        Broadcastable; rates may have either sign.
    level : float64[...]
        The volatility, or the option price of an implied volatility; not below 0.

    Notes
    -----
    The first reason in the order NaN, impossible, expired is told. Impossible are infinities,
    negative amounts, amounts beyond 1e100 or below 1e-100, and |rate x years| above 200.
    """
    status = np.where(years <= 0.0, Status.EXPIRED, Status.OK).astype(np.int8)
    with np.errstate(over="ignore", invalid="ignore"):
        total = spot + strike + years + rate + dividend_yield + level
        exponent = np.maximum(np.abs(rate), np.abs(dividend_yield)) * np.abs(years)
        impossible = (level < 0.0) | (exponent > LARGEST_EXPONENT)
        for amount in (spot, strike):
            impossible = impossible | (amount < 0.0) | (amount > LARGEST_AMOUNT)
            impossible = impossible | ((amount > 0.0) & (amount < SMALLEST_AMOUNT))
    if np.isfinite(total).all() and not impossible.any():
        return np.broadcast_to(status, total.shape).copy()
    columns = np.broadcast_arrays(spot, strike, years, rate, dividend_yield, level)
    is_nan, is_infinite = (
        np.any([test(c) for c in columns], axis=0) for test in (np.isnan, np.isinf)
    )
    status = np.where(impossible | is_infinite, Status.BAD_INPUT, status)
    return np.where(is_nan, Status.NAN_INPUT, status).astype(np.int8)
