"""A named strategy set on the strikes and expiries that are listed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.positions.catalogue import LegPlan, StrategyPlan


class PlacedLegs(NamedTuple):
    """Legs with real strikes; columns of n_legs. Stock has the strike NaN and the expiry 0."""

    kind: npt.NDArray[np.str_]
    quantity: FloatArray
    strike: FloatArray
    expiry: npt.NDArray[np.int64]


def place_strategy(
    plan: StrategyPlan, *, spot: float, strikes: Sequence[npt.ArrayLike], width: int = 1
) -> PlacedLegs:
    """Return the legs of a named strategy around the strike nearest to the spot.

    Parameters
    ----------
    plan : StrategyPlan
    spot : float, currency
    strikes : one float64[n_strikes] for each expiry, nearest expiry first
        Listed strikes, ascending.
    width : int, >= 1
        Listed strikes of the first expiry in one step of the plan.

    Raises
    ------
    ValueError
        If the listed strikes or expiries do not reach far enough.

    Notes
    -----
    A later leg takes the listed strike of its expiry nearest to the one the first expiry has.
    """
    listed = [np.asarray(column, dtype=np.float64) for column in strikes]
    if width < 1 or not listed or not all(column.size for column in listed):
        raise ValueError("width must be at least 1, and every expiry needs strikes")
    middle = int(np.abs(listed[0] - spot).argmin())
    placed = [_strike_of(leg, listed, middle, width) for leg in plan.legs]
    return PlacedLegs(
        kind=np.array([leg.kind for leg in plan.legs]),
        quantity=np.array([leg.quantity for leg in plan.legs], dtype=np.float64),
        strike=np.array(placed, dtype=np.float64),
        expiry=np.array([leg.expiry for leg in plan.legs], dtype=np.int64),
    )


def _strike_of(leg: LegPlan, listed: list[FloatArray], middle: int, width: int) -> float:
    if leg.kind == "stock":
        return np.nan
    place = middle + leg.step * width
    if not 0 <= place < listed[0].size:
        raise ValueError("the listed strikes do not reach far enough for this strategy")
    if leg.expiry >= len(listed):
        raise ValueError("this strategy needs a later expiry")
    own = listed[leg.expiry]
    return float(own[np.abs(own - listed[0][place]).argmin()])
