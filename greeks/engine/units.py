"""From raw derivatives to the units screens show: each converted column is named by its unit."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray

DAYS_PER_YEAR = 365.0
"""Calendar days: rates, theta and its kin run on nights and weekends too."""
POINTS = 100.0
"""A point is 0.01 of volatility or of a rate."""


class Unit(NamedTuple):
    """The column of a Greek on a screen: its name, what raw values are multiplied by, in words."""

    column: str
    factor: float
    words: str


SCREEN_UNITS = {
    "price": Unit("price", 1.0, "currency"),
    "delta": Unit("delta", 1.0, "currency per 1.00 of spot"),
    "gamma": Unit("gamma", 1.0, "delta per 1.00 of spot"),
    "vega": Unit("vega_per_point", 1 / POINTS, "currency per volatility point"),
    "theta": Unit("theta_per_day", 1 / DAYS_PER_YEAR, "currency per calendar day"),
    "rho": Unit("rho_per_point", 1 / POINTS, "currency per 1 % of rate"),
    "epsilon": Unit("epsilon_per_point", 1 / POINTS, "currency per 1 % of dividend yield"),
    "lambda": Unit("lambda", 1.0, "percent of price per percent of spot"),
    "vanna": Unit("vanna_per_point", 1 / POINTS, "delta per volatility point"),
    "charm": Unit("charm_per_day", 1 / DAYS_PER_YEAR, "delta per calendar day"),
    "vomma": Unit("vomma_per_point", 1 / POINTS**2, "vega per point, per volatility point"),
    "veta": Unit("veta_per_day", 1 / POINTS / DAYS_PER_YEAR, "vega per point, per calendar day"),
    "speed": Unit("speed", 1.0, "gamma per 1.00 of spot"),
    "zomma": Unit("zomma_per_point", 1 / POINTS, "gamma per volatility point"),
    "color": Unit("color_per_day", 1 / DAYS_PER_YEAR, "gamma per calendar day"),
    "ultima": Unit("ultima_per_point", 1 / POINTS**3, "vomma per point, per volatility point"),
    "dual_delta": Unit("dual_delta", 1.0, "currency per 1.00 of strike"),
    "dual_gamma": Unit("dual_gamma", 1.0, "dual delta per 1.00 of strike"),
    "prob_itm": Unit("prob_itm", 1.0, "risk-neutral probability, 0 to 1"),
}


def theta_per_day(theta: npt.ArrayLike) -> FloatArray:
    """Return what an option earns per calendar day, from theta per year."""
    return np.asarray(theta, dtype=np.float64) / DAYS_PER_YEAR


def vega_per_point(vega: npt.ArrayLike) -> FloatArray:
    """Return what an option gains per volatility point, from vega per 1.00."""
    return np.asarray(vega, dtype=np.float64) / POINTS


def rho_per_point(rho: npt.ArrayLike) -> FloatArray:
    """Return what an option gains per 1 % of rate, from rho per 1.00."""
    return np.asarray(rho, dtype=np.float64) / POINTS


def gamma_per_percent(gamma: npt.ArrayLike, spot: npt.ArrayLike) -> FloatArray:
    """Return the delta gained when `spot` moves by 1 %, from gamma per 1.00 of spot."""
    return np.asarray(gamma, dtype=np.float64) * np.asarray(spot, dtype=np.float64) / 100.0


def in_screen_units(values: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return raw Greeks as the columns of a screen; a column that is no Greek stays as it is."""
    converted: dict[str, npt.NDArray[Any]] = {}
    for name, column in values.items():
        unit = SCREEN_UNITS.get(name, Unit(name, 1.0, ""))
        converted[unit.column] = column if unit.factor == 1.0 else column * unit.factor
    return converted
