"""European option prices and Greeks under Black, Scholes and Merton: the public door."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import (
    FloatArray,
    Kind,
    Shape,
    StatusArray,
    chosen_rows,
    input_status,
    narrow_columns,
    widened,
)
from greeks.engine.backend import Backend, kernel_columns, kernels, takes_compiled
from greeks.engine.european_limits import limit_greeks, limit_price
from greeks.engine.european_plain import (
    FIRST_ORDER,
    Mask,
    Options,
    is_regular,
    plain_first_order,
    plain_greeks,
    plain_price,
)
from greeks.engine.status import Status

Values: TypeAlias = dict[str, FloatArray]

GREEK_NAMES = (
    "price",
    "delta",
    "gamma",
    "vega",
    "theta",
    "rho",
    "epsilon",
    "lambda",
    "vanna",
    "charm",
    "vomma",
    "veta",
    "speed",
    "zomma",
    "color",
    "ultima",
    "dual_delta",
    "dual_gamma",
    "prob_itm",
)


def price(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    backend: Backend = "auto",
) -> FloatArray:
    """Return European option prices, in the currency of spot, shaped as the inputs broadcast.

    Parameters
    ----------
    kind : +1, -1, "call", "put" or an array of them
    spot, strike : float64[...], currency, >= 0
    years : float64[...], years to expiry; at 0 the intrinsic value, below 0 NaN
    rate, dividend_yield : float64[...], per year, continuously compounded, of either sign
    vol : float64[...], per year (0.2 is 20 %), >= 0
    backend : "auto", "plain" or "compiled"
        numpy, or the compiled kernels, which "auto" takes once they are loaded.

    Raises
    ------
    ValueError
        If a kind is unknown or the shapes do not broadcast.

    Notes
    -----
    NaN and impossible numbers (negative spot, strike or vol; infinities) give NaN. Relative error
    below 1e-11 where the price is above 1e-8 of a spot of 100.
    Source: Black & Scholes (1973), JPE 81(3); Merton (1973), Bell Journal 4(1).
    """
    shape, columns = narrow_columns(kind, spot, strike, years, rate, dividend_yield, vol)
    values, _ = _evaluate(shape, columns, ("price",), backend)
    return values["price"].reshape(shape)


def greeks(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    which: Sequence[str] = GREEK_NAMES,
    backend: Backend = "auto",
) -> dict[str, npt.NDArray[Any]]:
    """Return European prices and Greeks, raw units, shaped as the inputs broadcast.

    Parameters
    ----------
    kind, spot, strike, years, rate, dividend_yield, vol
        As `price`.
    which : names from `GREEK_NAMES`
        What to compute; all when not said.
    backend : "auto", "plain" or "compiled"
        As `price`.

    Returns
    -------
    dict of float64[...], plus "status" : int8[...], values of `Status`
        price; delta, gamma (per currency unit of spot); vega (per 1.00 of vol); theta (per year
        of calendar time passing); rho, epsilon (per 1.00 of rate, of dividend yield); lambda
        (delta spot / price); vanna (delta per 1.00 of vol); charm, veta, color (delta, vega and
        gamma per year passing); vomma, ultima; speed, zomma; dual_delta, dual_gamma (by strike);
        prob_itm (risk-neutral).

    Raises
    ------
    ValueError
        If a kind or a name is unknown, or the shapes do not broadcast.

    Notes
    -----
    Status EXPIRED with years exactly 0 keeps the limits at expiry; every other status but OK is
    NaN throughout. Where vol, spot or strike is 0 the limits are given, with status OK.
    Source: Haug (2007), The Complete Guide to Option Pricing Formulas, 2nd ed., ch. 2.
    """
    unknown = set(which) - set(GREEK_NAMES)
    if unknown:
        raise ValueError(f"unknown Greeks: {', '.join(sorted(unknown))}")
    shape, columns = narrow_columns(kind, spot, strike, years, rate, dividend_yield, vol)
    values, status = _evaluate(shape, columns, which, backend)
    result: dict[str, npt.NDArray[Any]] = {name: values[name].reshape(shape) for name in which}
    result["status"] = status.reshape(shape)
    return result


def _evaluate(
    shape: Shape, columns: list[FloatArray], names: Sequence[str], backend: Backend
) -> tuple[Values, StatusArray]:
    """Return the named columns and the status of rows, whatever the rows are."""
    n_rows = math.prod(shape)
    if not takes_compiled(backend, n_rows):
        return _plainly(Options(*widened(columns, n_rows)), names)
    slots = np.array([GREEK_NAMES.index(name) for name in names])
    out, marks = kernels().greeks(kernel_columns(columns), slots, n_rows)
    values, status = dict(zip(names, out, strict=True)), np.zeros(n_rows, dtype=np.int8)
    unusual = np.flatnonzero(marks)
    if unusual.size:
        found, status[unusual] = _plainly(Options(*chosen_rows(columns, unusual)), names)
        for name in names:
            values[name][unusual] = found[name]
    return values, status


def _plainly(options: Options, names: Sequence[str]) -> tuple[Values, StatusArray]:
    """Do it in numpy: the formula, the limits where it divides by zero, NaN for the rest."""
    status = input_status(*options[1:])
    usable = (status == Status.OK) | ((status == Status.EXPIRED) & (options.years == 0.0))
    with np.errstate(all="ignore"):
        regular = usable & is_regular(options)
        if regular.all():
            return _formula(options, names), status
        values = {name: np.full(status.size, np.nan) for name in names}
        _fill(values, regular, _formula, options)
        _fill(values, usable & ~regular, _limits, options)
    return values, status


def _formula(options: Options, names: Sequence[str]) -> Values:
    if tuple(names) == ("price",):
        return {"price": plain_price(options)}
    return plain_first_order(options) if FIRST_ORDER.issuperset(names) else plain_greeks(options)


def _limits(options: Options, names: Sequence[str]) -> Values:
    return {"price": limit_price(options)} if tuple(names) == ("price",) else limit_greeks(options)


def _fill(
    values: Values,
    where: Mask,
    evaluate: Callable[[Options, Sequence[str]], Values],
    options: Options,
) -> None:
    """Write what `evaluate` says about the chosen rows."""
    if where.any():
        found = evaluate(options.rows(where), tuple(values))
        for name, column in values.items():
            column[where] = found[name]
