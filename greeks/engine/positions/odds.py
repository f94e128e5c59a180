"""Chances and the expected profit of a position at its first expiry, by integration."""

from typing import NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.positions.legs import Legs
from greeks.engine.positions.profit import profit_at_first_expiry
from greeks.engine.surface.arbitrage import density
from greeks.engine.surface.svi import Svi

N_POINTS = 4001
DEVIATIONS = 8.0


class Odds(NamedTuple):
    """Risk-neutral, at the first expiry: a probability in [0, 1], and an average in currency."""

    probability_of_profit: float
    expected_profit: float


UNKNOWN = Odds(np.nan, np.nan)


def lognormal_odds(
    legs: Legs, *, spot: float, rate: float = 0.0, dividend_yield: float = 0.0, vol: float
) -> Odds:
    """Return the odds with one volatility for every price: a lognormal price at expiry.

    Parameters
    ----------
    spot : float, currency, > 0
    rate, dividend_yield : float, per year
    vol : float, per year, > 0

    Notes
    -----
    Trapezoidal rule on 4,001 points over eight standard deviations to either side; the expected
    profit is not discounted. NaN without an option, time or volatility.
    """
    years = legs.first_expiry_years
    spread = vol * np.sqrt(years)
    if not (spread > 0.0 and np.isfinite(spread)):
        return UNKNOWN
    z = np.linspace(-DEVIATIONS, DEVIATIONS, N_POINTS)
    forward = spot * np.exp((rate - dividend_yield) * years)
    ends = forward * np.exp(spread * z - 0.5 * spread**2)
    profits = profit_at_first_expiry(legs, ends, rate=rate, dividend_yield=dividend_yield)
    return _odds(profits, np.exp(-0.5 * z * z))


def smile_odds(
    legs: Legs, curve: Svi, *, forward: float, rate: float = 0.0, dividend_yield: float = 0.0
) -> Odds:
    """Return the odds under the density that a smile implies.

    Parameters
    ----------
    curve : Svi
        Total variance by log-moneyness at the first expiry.
    forward : float, currency, > 0
        Price for delivery at the first expiry.

    Notes
    -----
    Where a fitted curve has a negative density it counts as zero, and the rest is scaled to one.
    Source: Gatheral & Jacquier (2014), Quantitative Finance 14(1), section 2.2.
    """
    at_money = float(curve.curve(np.zeros(1)).variance[0])
    if not (at_money > 0.0 and np.isfinite(legs.first_expiry_years)):
        return UNKNOWN
    k = np.linspace(-DEVIATIONS, DEVIATIONS, N_POINTS) * np.sqrt(at_money)
    weights = np.maximum(np.nan_to_num(density(k, curve.curve(k))), 0.0)
    ends = forward * np.exp(k)
    profits = profit_at_first_expiry(legs, ends, rate=rate, dividend_yield=dividend_yield)
    return _odds(profits, weights)


def _odds(profits: FloatArray, weights: FloatArray) -> Odds:
    """Weigh profits at points of equal distance; the part of a step above zero counts in part."""
    if not np.isfinite(profits).all() or not weights.sum() > 0.0:
        return UNKNOWN
    early, late = profits[:-1], profits[1:]
    mass = 0.5 * (weights[:-1] + weights[1:])
    rise = np.abs(late - early)
    above = np.maximum(early, 0.0) + np.maximum(late, 0.0)
    below = np.maximum(-early, 0.0) + np.maximum(-late, 0.0)
    share = np.where(early * late < 0.0, above / np.where(rise > 0.0, rise, 1.0), above > below)
    return Odds(
        float((share * mass).sum() / mass.sum()),
        float((profits * weights).sum() / weights.sum()),
    )
