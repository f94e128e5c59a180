"""Options on futures and forwards (Black 1976): the European engine with no cost of carry.

A forward costs nothing to hold, so it is a spot whose dividend yield is the rate.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, Kind
from greeks.engine.backend import Backend
from greeks.engine.european import GREEK_NAMES, greeks, price
from greeks.engine.iv import implied_vol
from greeks.engine.status import ImpliedVol

FORWARD_GREEKS = tuple(name for name in GREEK_NAMES if name != "epsilon")
"""A forward already contains its dividends: nothing is left to derive by their yield."""


def black76_price(
    kind: Kind,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    backend: Backend = "auto",
) -> FloatArray:
    """Return prices of European options on a forward, in its currency.

    Parameters
    ----------
    kind, strike, years, rate, vol, backend
        As `greeks.engine.price`.
    forward : float64[...], currency, >= 0
        The price agreed today for delivery at expiry.

    Notes
    -----
    NaN as in `greeks.engine.price`.
    Source: Black (1976), The pricing of commodity contracts, JFE 3.
    """
    return price(kind, forward, strike, years, rate, rate, vol, backend=backend)


def black76_greeks(
    kind: Kind,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    which: Sequence[str] = FORWARD_GREEKS,
    backend: Backend = "auto",
) -> dict[str, npt.NDArray[Any]]:
    """Return prices and Greeks of European options on a forward, and "status", raw units.

    Parameters
    ----------
    kind, strike, years, rate, vol, backend
        As `greeks.engine.price`.
    forward : float64[...], currency, >= 0
    which : names from `FORWARD_GREEKS`

    Raises
    ------
    ValueError
        If a kind or a name is unknown, or the shapes do not broadcast.

    Notes
    -----
    Delta, gamma and their kin are derivatives by the forward, and the forward stays where it is
    when time passes or the rate moves: rho is -years price.
    Source: Haug (2007), The Complete Guide to Option Pricing Formulas, 2nd ed., ch. 1.1.3 and 2.
    """
    if "epsilon" in which:
        raise ValueError("an option on a forward has no epsilon")
    names = dict.fromkeys([*which, "price"])
    found = greeks(
        kind, forward, strike, years, rate, rate, vol, which=tuple(names), backend=backend
    )
    if "rho" in which:
        found["rho"] = -np.asarray(years, dtype=np.float64) * found["price"]
    return {name: found[name] for name in (*which, "status")}


def black76_implied_vol(
    kind: Kind,
    price: npt.ArrayLike,
    forward: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    *,
    backend: Backend = "auto",
) -> ImpliedVol:
    """Return the volatilities at which European options on a forward are worth `price`.

    Parameters
    ----------
    kind, price, strike, years, rate, backend
        As `greeks.engine.implied_vol`.
    forward : float64[...], currency, > 0

    Notes
    -----
    NaN with a status as in `greeks.engine.implied_vol`.
    """
    return implied_vol(kind, price, forward, strike, years, rate, rate, backend=backend)
