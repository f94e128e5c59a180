"""Implied volatility of European options: the public door."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import (
    FloatArray,
    Kind,
    StatusArray,
    chosen_rows,
    input_status,
    narrow_columns,
    widened,
)
from greeks.engine.backend import Backend, kernel_columns, kernels, takes_compiled
from greeks.engine.european_plain import Options, intrinsic_of, terms_of
from greeks.engine.iv_plain import Target, solve_deviation
from greeks.engine.status import ImpliedVol, Status

ROUNDING = 4.0 * np.finfo(np.float64).eps
"""Share of the larger of forward and strike (present values) that a price cannot resolve."""


class Bounds(NamedTuple):
    """Where arbitrage lets a price be, present values, float64[n] each."""

    intrinsic: FloatArray  # kind (forward - strike); negative when out of the money
    largest: FloatArray
    scale: FloatArray  # the larger of forward and strike


def implied_vol(
    kind: Kind,
    price: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    *,
    backend: Backend = "auto",
) -> ImpliedVol:
    """Return the volatilities at which European options are worth `price`, per year.

    Parameters
    ----------
    kind : +1, -1, "call", "put" or an array of them
    price : float64[...], currency
    spot, strike : float64[...], currency, > 0
    years : float64[...], years to expiry, > 0
    rate, dividend_yield : float64[...], per year, continuously compounded, of either sign
    backend : "auto", "plain" or "compiled"
        As `greeks.engine.price`.

    Returns
    -------
    ImpliedVol
        vol : float64[...] and status : int8[...], shaped as the inputs broadcast. The vol is NaN
        unless the status is OK.

    Raises
    ------
    ValueError
        If a kind is unknown or the shapes do not broadcast.

    Notes
    -----
    A price within rounding of its lower bound is AT_INTRINSIC, below it BELOW_INTRINSIC, of its
    upper bound or beyond ABOVE_MAX: no number is invented for them. Elsewhere the error is that
    of rounding the price to a double.
    Source: Stefanica & Radoicic (2017), IJTAF 20(7); Jaeckel (2015), Wilmott 2015(75).
    """
    shape, columns = narrow_columns(kind, spot, strike, years, rate, dividend_yield, price)
    n_rows = math.prod(shape)
    if not takes_compiled(backend, n_rows):
        vol, status = _plainly(Options(*widened(columns, n_rows)))
    else:
        vol, marks = kernels().implied_vol(kernel_columns(columns), n_rows)
        status, unusual = np.zeros(n_rows, dtype=np.int8), np.flatnonzero(marks)
        if unusual.size:
            rows = Options(*chosen_rows(columns, unusual))
            vol[unusual], status[unusual] = _plainly(rows)
    return ImpliedVol(vol.reshape(shape), status.reshape(shape))


def _plainly(options: Options) -> ImpliedVol:
    """Solve in numpy; `options` have the price in the place of the vol."""
    status = _price_status(options)
    vol = np.full(status.size, np.nan)
    solvable = status == Status.OK
    if solvable.any():
        rows = options.rows(solvable)
        with np.errstate(all="ignore"):  # what overflows or underflows does not converge
            deviation, settled = solve_deviation(_target_of(rows))
        vol[solvable] = np.where(settled, deviation / np.sqrt(rows.years), np.nan)
        status[solvable] = np.where(settled, Status.OK, Status.NOT_CONVERGED)
    return ImpliedVol(vol, status)


def _bounds_of(options: Options) -> Bounds:
    present = options.spot * np.exp(-options.dividend_yield * options.years)
    discounted = options.strike * np.exp(-options.rate * options.years)
    return Bounds(
        intrinsic_of(options),
        np.where(options.kind > 0.0, present, discounted),
        np.maximum(present, discounted),
    )


def _price_status(options: Options) -> StatusArray:
    """Return `OK` where a volatility exists, and elsewhere why none does."""
    price = options.vol
    with np.errstate(all="ignore"):
        status = input_status(*options[1:-1], np.abs(price))
        bounds = _bounds_of(options)
        tolerance = ROUNDING * bounds.scale
        lowest = np.maximum(bounds.intrinsic, 0.0)
        reasons = [
            (status != Status.OK, status),
            ((options.spot == 0.0) | (options.strike == 0.0), Status.BAD_INPUT),
            (price < lowest - tolerance, Status.BELOW_INTRINSIC),
            ((bounds.intrinsic > 0.0) & (price <= lowest + tolerance), Status.AT_INTRINSIC),
            (price < 0.0, Status.BELOW_INTRINSIC),
            (price == 0.0, Status.ZERO_PRICE),
            (price >= bounds.largest - tolerance, Status.ABOVE_MAX),
        ]
    conditions, choices = zip(*reasons, strict=True)
    return np.select(conditions, choices, Status.OK).astype(np.int8)


def _target_of(options: Options) -> Target:
    """Return the normalised out-of-the-money side of options with a volatility."""
    price = options.vol
    bounds, terms = _bounds_of(options), terms_of(options._replace(vol=np.ones(price.size)))
    root = np.sqrt(options.spot * terms.growth) * np.sqrt(options.strike * terms.discount)
    time_value = price - np.maximum(bounds.intrinsic, 0.0)
    return Target(
        -np.abs(terms.moneyness),
        np.log(time_value / root),
        np.log((bounds.largest - price) / root),
    )
