"""The legs of a position: options and stock, signed, with what was paid for each."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.american import american_price
from greeks.engine.arrays import FloatArray
from greeks.engine.european import price

STOCK = 0.0
KIND_WORDS = {"call": 1.0, "put": -1.0, "stock": STOCK}


class Legs(NamedTuple):
    """Columns of a position: float64[n_legs] each; of stock only the last four columns count.

    `kind` is +1 for calls, -1 for puts, 0 for stock; `quantity` is signed (long above 0) and in
    lots of `multiplier` shares; `premium` is the price paid or received, per share; `early` is 1
    for options that may be exercised before their expiry, else 0.
    """

    kind: FloatArray
    strike: FloatArray
    years: FloatArray
    vol: FloatArray
    quantity: FloatArray
    premium: FloatArray
    multiplier: FloatArray
    early: FloatArray

    @property
    def is_stock(self) -> npt.NDArray[np.bool_]:
        """Which legs are stock."""
        return self.kind == STOCK

    @property
    def shares(self) -> FloatArray:
        """Signed quantity x multiplier."""
        return self.quantity * self.multiplier

    @property
    def cost(self) -> float:
        """What the position cost, in currency; below 0 a credit."""
        return float((self.shares * self.premium).sum())

    @property
    def first_expiry_years(self) -> float:
        """Time to the first expiry of an option; NaN for stock alone."""
        options = self.years[~self.is_stock]
        return float(options.min()) if options.size else np.nan

    @property
    def has_one_expiry(self) -> bool:
        """Whether all options expire together: then the outcome is a broken line, known exactly."""
        options = self.years[~self.is_stock]
        return bool((options == options[:1]).all())


def make_legs(
    kind: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    quantity: npt.ArrayLike,
    premium: npt.ArrayLike,
    multiplier: npt.ArrayLike = 100.0,
    is_american: npt.ArrayLike = False,
) -> Legs:
    """Return the legs of a position, broadcast to one length.

    Parameters
    ----------
    kind : "call", "put", "stock", or +1, -1, 0
    strike, premium : float64[n_legs], currency per share, >= 0; for stock the strike is ignored
    years : float64[n_legs], years to expiry, >= 0; ignored for stock
    vol : float64[n_legs], per year; NaN if unknown
    quantity : float64[n_legs], lots, above 0 long
    multiplier : float64[n_legs], shares per lot, > 0
    is_american : bool[n_legs]
        Whether an option may be exercised early.

    Raises
    ------
    ValueError
        If there is no leg, a kind is unknown, or a number is impossible.
    """
    columns = (strike, years, vol, quantity, premium, multiplier, is_american)
    given = [_signs(kind), *(np.asarray(column, dtype=np.float64) for column in columns)]
    wide = np.broadcast_arrays(*given)
    legs = Legs(*(np.array(column, dtype=np.float64).reshape(-1) for column in wide))
    if not legs.kind.size:
        raise ValueError("a position needs a leg")
    known = np.where(legs.is_stock, 0.0, legs.strike + legs.years) + legs.quantity + legs.multiplier
    if not np.isfinite(known + legs.premium).all():
        raise ValueError("strike, years, quantity, premium and multiplier must be finite")
    options = ~legs.is_stock
    if (legs.strike[options] < 0.0).any() or (legs.years[options] < 0.0).any():
        raise ValueError("strike and years must not be negative")
    if (legs.vol[options] < 0.0).any() or (legs.multiplier <= 0.0).any():
        raise ValueError("vol must not be negative, and multiplier above 0")
    return legs


def _signs(kind: npt.ArrayLike) -> FloatArray:
    given = np.asarray(kind)
    if given.dtype.kind in "US":
        words = [str(word).lower() for word in given.reshape(-1)]
        if not set(words) <= set(KIND_WORDS):
            raise ValueError("kind must be 'call', 'put' or 'stock'")
        return np.array([KIND_WORDS[word] for word in words]).reshape(given.shape)
    signs = given.astype(np.float64)
    if not np.isin(signs, (1.0, -1.0, STOCK)).all():
        raise ValueError("kind must be +1, -1 or 0")
    return signs


def leg_values(
    legs: Legs,
    spots: FloatArray,
    *,
    years_passed: float = 0.0,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    vol_shift: float | FloatArray = 0.0,
) -> FloatArray:
    """Return the value of one share of each leg: float64[n_legs, n_spots], currency.

    `vol_shift` is one for all spots, or one for each.

    Notes
    -----
    An option at or past its expiry is worth its intrinsic value at the spot, and needs no
    volatility. Volatilities do not go below 0.
    """
    left = np.maximum(legs.years - years_passed, 0.0)
    strike, kind = legs.strike[:, None], legs.kind[:, None]
    values = np.maximum(kind * (spots - strike), 0.0)
    values[legs.is_stock] = spots
    alive = (left > 0.0) & ~legs.is_stock
    for rows, worth in (
        (alive & (legs.early == 0.0), price),
        (alive & (legs.early != 0.0), american_price),
    ):
        if rows.any():
            vol = np.maximum(legs.vol[rows, None] + vol_shift, 0.0)
            values[rows] = worth(
                kind[rows], spots, strike[rows], left[rows, None], rate, dividend_yield, vol
            )
    return values
