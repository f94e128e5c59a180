"""Elementary functions without branches, for loops the compiler turns into vector instructions.

The C library's functions branch, and a loop that calls them stays scalar. These are polynomials
and bit arithmetic. Compiled with products and sums fused (contract), and without any licence to
reorder.
"""

from typing import TypeAlias

import numpy as np
from numba import njit

Pair: TypeAlias = tuple[float, float]

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.693147180369123816490  # 33 bits: a whole number of them is exact
LN2_LOW = 1.90821492927058770002e-10
SQRT_HALF = 0.7071067811865476
LARGEST_EXPONENT = 708.0
ROUNDER = 6755399441055744.0  # 1.5 * 2**52: added, it leaves the nearest whole in the low bits
MANTISSA_BITS = np.int64(52)
ONE_BITS = np.int64(0x3FF0000000000000)
SPLIT = np.int64(0x0009_5F61_9980_C434)  # moves the mantissa from [1, 2) to [0.71, 1.41)
WHOLE_BITS = np.int64(0x4330000000000000)  # 2**52, whose low bits count wholes
WHOLE_AND_BIAS = 4503599627370496.0 + 1023.0


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def exp_and_less_one(x: float) -> Pair:
    """Return e**x and e**x - 1, each to 3e-16 relative; x is cut to [-708, 708].

    Notes
    -----
    e**x = 2**n e**r with |r| <= 0.35; the series of e**r - 1 ends at r**13 / 13!.
    """
    x = min(max(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    shifted = x * LOG2_E + ROUNDER
    whole = shifted - ROUNDER
    r = (x - whole * LN2_HIGH) - whole * LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 1.0 / 2.0
    grown = r + r * r * p
    bits = (np.float64(shifted).view(np.int64) << MANTISSA_BITS) + ONE_BITS
    scale = np.int64(bits).view(np.float64)
    return scale * grown + scale, scale * grown + (scale - 1.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def log_ratio(a: float, b: float) -> float:
    """Return log(a / b) to 3e-16 relative, also where the two are nearly equal.

    Notes
    -----
    b is scaled by a power of two next to a, then log = n log 2 + 2 artanh((a - b) / (a + b)),
    and that difference is exact. The quotient is positive and normal.
    """
    shifted = np.float64(a / b).view(np.int64) + SPLIT
    whole = np.int64((shifted >> MANTISSA_BITS) | WHOLE_BITS).view(np.float64) - WHOLE_AND_BIAS
    scale = np.int64((shifted >> MANTISSA_BITS) << MANTISSA_BITS).view(np.float64)
    near = b * scale
    z = (a - near) / (a + near)
    square = z * z
    p = 1.0 / 21.0
    p = p * square + 1.0 / 19.0
    p = p * square + 1.0 / 17.0
    p = p * square + 1.0 / 15.0
    p = p * square + 1.0 / 13.0
    p = p * square + 1.0 / 11.0
    p = p * square + 1.0 / 9.0
    p = p * square + 1.0 / 7.0
    p = p * square + 1.0 / 5.0
    p = p * square + 1.0 / 3.0
    return whole * LN2_HIGH + (2.0 * z + (2.0 * z * square * p + whole * LN2_LOW))


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _scaled_tail(t: float) -> float:
    """Return (1 + 2x) erfcx(x) / 2 where t = (x - 3.75) / (x + 3.75), to 1e-17 absolute.

    Notes
    -----
    Source: Shepherd & Laframboise (1981), Mathematics of Computation 36(153), for the form; the
    coefficients are a Chebyshev fit at 60 digits, halved.
    """
    square = t * t
    even = 2.1257357223981949e-10
    even = even * square - 2.5869951070056548e-9
    even = even * square + 1.9337667121111178e-8
    even = even * square - 1.2933425358077943e-7
    even = even * square + 8.7581882442453107e-7
    even = even * square - 5.7220731188502617e-6
    even = even * square + 2.5824549446341202e-5
    even = even * square + 0.00014685683279567241
    even = even * square - 0.0048732897790146378
    even = even * square - 0.029346699294818387
    even = even * square - 0.054401965070874429
    even = even * square + 0.0017927077427322147
    even = even * square + 0.61875631541891379
    odd = 1.5557166904899626e-10
    odd = odd * square - 1.8721050404810093e-9
    odd = odd * square + 1.1631754354429562e-8
    odd = odd * square - 2.8609115301612044e-8
    odd = odd * square - 4.8677994836838747e-7
    odd = odd * square + 1.1192119577541115e-5
    odd = odd * square - 0.00014507704027042086
    odd = odd * square + 0.00087781292644764768
    odd = odd * square + 0.014181138709478202
    odd = odd * square + 0.046152160580188739
    odd = odd * square + 0.041138369245072604
    odd = odd * square - 0.070120299292773481
    return even + t * odd


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def tails_over_kernel(first: float, second: float) -> Pair:
    """Return Phi(-|z|) exp(z^2 / 2), half of erfcx(|z| / sqrt 2), of two numbers, to 1e-15.

    Notes
    -----
    The four quotients of the two rational forms share one division.
    """
    x, y = abs(first) * SQRT_HALF, abs(second) * SQRT_HALF
    above_x, steep_x = x + 3.75, 1.0 + 2.0 * x
    above_y, steep_y = y + 3.75, 1.0 + 2.0 * y
    both_x, both_y = above_x * steep_x, above_y * steep_y
    inverse = 1.0 / (both_x * both_y)
    inverse_x, inverse_y = inverse * both_y, inverse * both_x
    tail_x = _scaled_tail((x - 3.75) * steep_x * inverse_x) * above_x * inverse_x
    tail_y = _scaled_tail((y - 3.75) * steep_y * inverse_y) * above_y * inverse_y
    return tail_x, tail_y
