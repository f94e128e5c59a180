"""Static arbitrage of curves of total variance: butterflies and calendars."""

from typing import NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray

TOLERANCE = 1e-9


class Curve(NamedTuple):
    """Total variance and its first two derivatives by log-moneyness: float64[n] each."""

    variance: FloatArray
    slope: FloatArray
    curvature: FloatArray


def butterfly(log_moneyness: FloatArray, curve: Curve) -> FloatArray:
    """Return Durrleman's g(k): a butterfly is free or worse where it is negative.

    Notes
    -----
    Source: Gatheral & Jacquier (2014), Arbitrage-free SVI volatility surfaces, eq. 2.1.
    """
    w, slope, curvature = curve
    with np.errstate(divide="ignore", invalid="ignore"):
        skewed = 1.0 - 0.5 * log_moneyness * slope / w
        return skewed**2 - 0.25 * slope**2 * (1.0 / w + 0.25) + 0.5 * curvature


def density(log_moneyness: FloatArray, curve: Curve) -> FloatArray:
    """Return the risk-neutral density of ln(price at expiry / forward).

    Notes
    -----
    Source: Gatheral & Jacquier (2014), section 2.2.
    """
    root = np.sqrt(curve.variance)
    d2 = -log_moneyness / root - 0.5 * root
    bell = np.exp(-0.5 * d2 * d2) / np.sqrt(2.0 * np.pi)
    return butterfly(log_moneyness, curve) * bell / root


def is_butterfly_free(g: FloatArray) -> bool:
    """Return whether no butterfly costs less than nothing."""
    return bool((g >= -TOLERANCE).all())


def is_calendar_free(earlier: FloatArray, later: FloatArray) -> bool:
    """Return whether total variance never falls from one expiry to the next."""
    return bool((later - earlier >= -TOLERANCE).all())
