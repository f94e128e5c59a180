"""Exponential, logarithm and normal tail without branches, for loops the compiler turns to lanes.

The C library's functions branch, and a loop that calls them stays scalar; these are polynomials
and bit arithmetic, so a loop over options becomes vector instructions.
"""

import math

import numpy as np
from numba import njit

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.693147180369123816490
LN2_LOW = 1.90821492927058770002e-10
ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest integer in the low bits
EXPONENT = np.int64(52)
MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
ONE_BITS = np.int64(0x3FF0000000000000)
HALF_STEP = np.int64(0x0009_5F61_9980_C434)  # makes the mantissa split at sqrt(1/2), not at 1
TWO_52_BITS = np.int64(0x4330000000000000)
TWO_52_AND_BIAS = 4503599627370496.0 + 1023.0
SQRT_HALF = math.sqrt(0.5)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def lane_exp(x: float) -> float:
    """Return e**x for one lane, relative error 3e-16; arguments are cut to [-700, 700]."""
    x = min(max(x, -700.0), 700.0)
    shifted = x * LOG2_E + ROUND
    whole = shifted - ROUND
    r = (x - whole * LN2_HIGH) - whole * LN2_LOW
    p = 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    scale = np.float64(shifted).view(np.int64) << EXPONENT
    return np.int64(np.float64(p).view(np.int64) + scale).view(np.float64)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def lane_log(x: float) -> float:
    """Return ln x for one lane, relative error 4e-16; x is positive and normal."""
    bits = np.float64(x).view(np.int64)
    shifted = bits + HALF_STEP
    exponent = np.int64((shifted >> EXPONENT) | TWO_52_BITS).view(np.float64) - TWO_52_AND_BIAS
    mantissa = np.int64((shifted & MANTISSA) + (ONE_BITS - HALF_STEP)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    p = 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    return exponent * LN2_HIGH + (2.0 * s + (2.0 * s * z * p + exponent * LN2_LOW))


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def lane_half_erfcx(d: float) -> float:
    """Return Phi(-abs(d)) * exp(d*d/2): half the scaled complementary error function.

    Notes
    -----
    (1 + 2x) erfcx(x) is a polynomial of degree 20 in (x - 3.75)/(x + 3.75) to 3e-15; the form is
    Shepherd and Laframboise (1981), Mathematics of Computation 36(153), the coefficients are a
    Chebyshev fit to 60 digits.
    """
    x = abs(d) * SQRT_HALF
    above = x + 3.75
    slope = 1.0 + 2.0 * x
    inverse = 0.5 / (above * slope)
    t = (x - 3.75) * slope * (inverse + inverse)
    p = 1.7552176307433927e-08
    p = p * t + 8.526359817483033e-09
    p = p * t - 2.143069227582364e-07
    p = p * t - 2.7749611122883763e-08
    p = p * t + 1.6959958079430478e-06
    p = p * t - 1.0083452170479683e-06
    p = p * t - 1.1399726074447365e-05
    p = p * t + 2.2410019228612918e-05
    p = p * t + 5.162601622259853e-05
    p = p * t - 0.00029016629854870584
    p = p * t + 0.0002937214295671746
    p = p * t + 0.0017556295098350434
    p = p * t - 0.009746581194305737
    p = p * t + 0.028362276757789878
    p = p * t - 0.058693398387769276
    p = p * t + 0.09230432122630407
    p = p * t - 0.10880393015455231
    p = p * t + 0.08227673848712364
    p = p * t + 0.003585415485781718
    p = p * t - 0.1402405985855061
    p = p * t + 1.2375126308378264
    return p * above * inverse
