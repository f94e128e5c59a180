"""The contracts of an exposure: signed open interest and what each contract's Greeks are."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, Kind, StatusArray, broadcast_columns, input_status
from greeks.engine.european import greeks
from greeks.engine.status import Status
from greeks.engine.units import POINTS

PERCENT = 1.0 / POINTS

SignModel: TypeAlias = Literal[
    "calls_long_puts_short", "calls_short_puts_long", "inverse", "both_short", "absolute"
]

DEALER_SIGNS: dict[str, tuple[float, float]] = {
    "calls_long_puts_short": (1.0, -1.0),
    "calls_short_puts_long": (-1.0, 1.0),
    "inverse": (-1.0, 1.0),
    "both_short": (-1.0, -1.0),
    "absolute": (1.0, 1.0),
}
"""Assumed position of dealers in a (call, put): +1 long, -1 short."""

SIGN_MODEL_WORDS: dict[str, str] = {
    "calls_long_puts_short": "Dealers are assumed long every call and short every put.",
    "calls_short_puts_long": "Dealers are assumed short every call and long every put.",
    "inverse": "Dealers are assumed short every call and long every put.",
    "both_short": "Dealers are assumed short every option.",
    "absolute": "No sign is assumed: the size of all gamma, whoever holds it.",
}
"""The assumption as a sentence for the page; exposure figures are never shown without it."""


class Book(NamedTuple):
    """Contracts as flat columns, each float64[n_contracts]; `held` is sign x open interest x size.

    Contracts that cannot count (see `status`) have `held` 0 and harmless other columns; so has an
    impossible spot, at which none counts.
    """

    kind: FloatArray
    strike: FloatArray
    years: FloatArray
    vol: FloatArray
    open_interest: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    multiplier: FloatArray
    sign: FloatArray
    held: FloatArray
    status: StatusArray
    spot: float


class Sensitivities(NamedTuple):
    """Per contract and share, raw units; charm is per year of calendar time passing."""

    delta: FloatArray
    gamma: FloatArray
    vanna: FloatArray
    charm: FloatArray


def dealer_signs(sign_model: str | npt.ArrayLike, kind: FloatArray) -> FloatArray:
    """Return the assumed dealer position, +1 long to -1 short, of each contract.

    Parameters
    ----------
    sign_model : str or float64[n_contracts]
        A name of `DEALER_SIGNS`, or signs of one's own (from classified volume) in [-1, 1].
    kind : float64[n_contracts]
        +1 for calls, -1 for puts.

    Raises
    ------
    ValueError
        If the name is unknown or a sign lies outside [-1, 1].
    """
    if isinstance(sign_model, str):
        if sign_model not in DEALER_SIGNS:
            raise ValueError(f"sign_model must be one of {', '.join(DEALER_SIGNS)}")
        of_calls, of_puts = DEALER_SIGNS[sign_model]
        return np.where(kind > 0.0, of_calls, of_puts)
    signs = np.array(np.broadcast_to(np.asarray(sign_model, dtype=np.float64), kind.shape))
    if not (np.abs(signs) <= 1.0).all():
        raise ValueError("signs must lie between -1 and 1")
    return signs


def make_book(
    kind: Kind,
    columns: tuple[npt.ArrayLike, ...],
    *,
    spot: float,
    sign_model: str | npt.ArrayLike,
) -> Book:
    """Return the book of `kind` and the columns of `exposure`, with a status per contract."""
    shape, flat = broadcast_columns(kind, *columns)
    signs = flat[0] if len(shape) == 0 else flat[0].reshape(shape)
    sign = dealer_signs(sign_model, signs).reshape(-1)
    status = _contract_status(flat, float(spot))
    is_used = status == Status.OK
    kind_, *rest = flat
    strike, years, vol, open_interest, rate, dividend_yield, multiplier = (
        np.where(is_used, column, harmless)
        for column, harmless in zip(rest, (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0), strict=True)
    )
    held = sign * open_interest * multiplier
    return Book(
        kind_, strike, years, vol, open_interest, rate, dividend_yield, multiplier, sign, held,
        status, float(spot) if 0.0 < spot < np.inf else 1.0,
    )  # fmt: skip


def _contract_status(flat: list[FloatArray], spot: float) -> StatusArray:
    _, strike, years, vol, open_interest, rate, dividend_yield, multiplier = flat
    spots = np.full(strike.shape, spot)
    status = input_status(spots, strike, years, rate, dividend_yield, vol)
    is_used = status == Status.OK
    is_nan = np.isnan(open_interest) | np.isnan(multiplier)
    is_finite = np.isfinite(open_interest) & np.isfinite(multiplier)
    is_bad = ~is_finite | (open_interest < 0.0) | (multiplier <= 0.0)
    is_degenerate = (vol == 0.0) | (strike == 0.0) | (spots == 0.0)
    status[is_used & (is_bad | is_degenerate)] = Status.BAD_INPUT
    status[is_nan] = Status.NAN_INPUT
    return status


def sensitivities(book: Book) -> Sensitivities:
    """Return delta, gamma, vanna and charm of each contract at the book's spot."""
    found = greeks(
        book.kind, book.spot, book.strike, book.years, book.rate, book.dividend_yield, book.vol,
        which=Sensitivities._fields,
    )  # fmt: skip
    columns = (np.asarray(found[name], dtype=np.float64) for name in Sensitivities._fields)
    return Sensitivities._make(columns)
