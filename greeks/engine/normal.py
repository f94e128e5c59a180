"""The standard normal distribution, exact in both tails."""

import numpy as np
from scipy.special import erfcx, ndtr

from greeks.engine.arrays import FloatArray

SQRT_HALF = np.sqrt(0.5)
SQRT_HALF_PI = np.sqrt(np.pi / 2.0)
INVERSE_SQRT_2PI = 1.0 / np.sqrt(2.0 * np.pi)


def density(z: FloatArray) -> FloatArray:
    """Return the normal density at `z`."""
    return INVERSE_SQRT_2PI * np.exp(-0.5 * z * z)


def distribution(z: FloatArray) -> FloatArray:
    """Return the normal distribution function at `z`, with full relative accuracy below zero."""
    return ndtr(z)


def mills(z: FloatArray) -> FloatArray:
    """Return distribution over density at `z`: about 1/|z| far below zero, never an underflow."""
    return SQRT_HALF_PI * erfcx(-SQRT_HALF * z)


def mills_difference(centre: FloatArray, half_width: FloatArray) -> FloatArray:
    """Return mills(centre + half_width) - mills(centre - half_width), without the subtraction.

    Parameters
    ----------
    centre : float64[...]
        At most 0.
    half_width : float64[...]
        From 0 to 0.5.

    Notes
    -----
    The odd Taylor series about the centre. With m the ratio, m' = 1 + z m, and each further
    derivative is m(n+1) = z m(n) + n m(n-1). Eleven terms leave 1e-16 at a half width of 0.5.
    The subtraction would lose |centre| / half_width units of rounding.
    Source: Jaeckel (2015), Let's be rational, Wilmott 2015(75), the small-t expansion.
    """
    even = mills(centre)
    odd = 1.0 + centre * even
    square = half_width * half_width
    factor = 2.0 * half_width
    total = factor * odd
    for n in range(1, 21, 2):
        even = centre * odd + n * even
        odd = centre * even + (n + 1) * odd
        factor = factor * square / ((n + 1) * (n + 2))
        total = total + factor * odd
    return total
