"""Implied volatility as a compiled loop without branches; the method is that of `iv_plain`.

The loop knows only prices well inside their bounds. It marks the other rows, and those in
which the second step was still long, and the caller sends them through the plain functions.
"""

from typing import TypeAlias

import numpy as np
from numba import njit

from greeks.engine.arrays import FloatArray
from greeks.engine.simd import exp_and_less_one, log_ratio, tails_over_kernel
from greeks.engine.simd_blocks import BLOCK, Columns, Marks, load_block, store_marks

Triple: TypeAlias = tuple[float, float, float]

LOW_SHARE, HIGH_SHARE = 0.02, 0.5
"""Shares of the largest value between which the log of the value is solved for."""
WIDEST_DEVIATION, WIDEST_MONEYNESS = 1.0, 3.0
"""Where the series of `_narrow_ratio` is exact to rounding."""
TRUSTED_STEP = 1e-3
TOLERANCE = 1.5e-15
"""Share of the larger of forward and strike next to the bounds where the plain functions decide."""
SMALLEST_VALUE = 1e-280
LARGEST_MONEYNESS = 100.0
LARGEST_EXPONENT = 200.0
SMALLEST, LARGEST = 1e-50, 1e50
SMALLEST_DEVIATION = 1e-6
POLYA = 1.0 - 2.0 / np.pi
HALF_PI = 0.5 * np.pi
SQRT_2PI = 2.5066282746310002
INVERSE_SQRT_2PI = 0.3989422804014327


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _guess(moneyness: float, forward: float, gap_to_strike: float, call: float) -> float:
    """Return a deviation within 13 % of the solution; see `iv_plain.guess_deviation`.

    `forward`, `gap_to_strike` (1 - forward) and `call` are shares of the strike.
    """
    power, power_less_one = exp_and_less_one(POLYA * moneyness)
    by_both = 1.0 / (forward * power)
    by_forward, by_power = by_both * power, by_both * forward
    hyperbolic_sine = 0.5 * power_less_one * (power + 1.0) * by_power
    hyperbolic_cosine = 0.5 * (power + by_power)
    slack = 2.0 * call + gap_to_strike
    square = 4.0 * hyperbolic_sine * hyperbolic_sine
    linear = (
        4.0 * gap_to_strike * (1.0 + forward) * hyperbolic_sine
        + 4.0 * hyperbolic_cosine * slack * slack
    ) * by_forward
    constant = 16.0 * call * (call + gap_to_strike) * (forward - call) * (1.0 + call)
    constant = constant * by_forward * by_forward
    under = linear + np.sqrt(linear * linear + 4.0 * square * constant)
    gap = -HALF_PI * log_ratio(2.0 * constant, under)
    turn = (power_less_one + gap_to_strike) * (power + forward) * by_power * by_power
    at_turn = 0.5 * (np.sqrt(max(turn, 0.0)) - gap_to_strike)
    near = np.sqrt(max(gap + moneyness, 0.0))
    return np.sqrt(max(gap - moneyness, 0.0)) + (-near if call <= at_turn else near)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _narrow_ratio(centre: float, half: float, tail: float) -> float:
    """Return (mills(centre + half) - mills(centre - half)) / sqrt(2 pi), by its series.

    `tail` is mills(centre) / sqrt(2 pi); see `normal.mills_difference`.
    """
    even, square = tail, half * half
    odd = INVERSE_SQRT_2PI + centre * even
    factor = 2.0 * half
    total = factor * odd
    for n in (1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0):
        even = centre * odd + n * even
        odd = centre * even + (n + 1.0) * odd
        factor = factor * square * (1.0 / ((n + 1.0) * (n + 2.0)))
        total = total + factor * odd
    return total


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _wide_ratio(centre: float, half: float, is_high: bool) -> float:
    """Return mills(centre + half) - mills(centre - half), or their mirrored sum, / sqrt(2 pi)."""
    upper = centre + half
    tail, lower_tail = tails_over_kernel(upper, centre - half)
    whole = exp_and_less_one(0.5 * upper * upper)[0] - tail
    mirrored = tail if upper > 0.0 else whole
    plain = whole if upper > 0.0 else tail
    return mirrored + lower_tail if is_high else plain - lower_tail


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _improved(target: Triple, deviation: float, ratio: float, is_low: bool, is_high: bool) -> float:
    """Return `deviation` after one Householder step; see `iv_plain._improved`."""
    moneyness, goal, by_goal = target
    by_deviation = 1.0 / deviation
    centre, half = moneyness * by_deviation, 0.5 * deviation
    level = log_ratio(ratio, 1.0) - 0.5 * (centre * centre + half * half)
    by_ratio = 1.0 / (ratio * level)
    slope = INVERSE_SQRT_2PI * by_ratio * level
    slope = -slope if is_high else slope
    by_slope = SQRT_2PI * ratio
    by_slope = -by_slope if is_high else by_slope
    steep = centre * by_deviation
    first = centre * steep - 0.25 * deviation
    second = first * first - 3.0 * steep * steep - 0.25
    newton = (goal - level) * by_slope
    bend = first - slope
    twist = second - 3.0 * first * slope + 2.0 * slope * slope
    per_level = INVERSE_SQRT_2PI * by_ratio
    newton = newton * level * by_goal if is_low else newton
    twist = twist - 6.0 * per_level * (bend - per_level) if is_low else twist
    bend = bend - 2.0 * per_level if is_low else bend
    top = 1.0 + 0.5 * bend * newton
    return deviation + newton * top / (1.0 + newton * (bend + twist * newton * (1.0 / 6.0)))


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _block(into: FloatArray, out: FloatArray) -> None:
    """Write the volatilities of one block, then what is unusual."""
    for i in range(BLOCK):
        kind, spot, strike = into[i], into[BLOCK + i], into[2 * BLOCK + i]
        years, rate, dividend_yield = into[3 * BLOCK + i], into[4 * BLOCK + i], into[5 * BLOCK + i]
        price = into[6 * BLOCK + i]
        growth, growth_less_one = exp_and_less_one(-dividend_yield * years)
        discount, discount_less_one = exp_and_less_one(-rate * years)
        moneyness = -abs(log_ratio(spot, strike) + (rate - dividend_yield) * years)
        intrinsic = kind * ((spot - strike) + (spot * growth_less_one - strike * discount_less_one))
        present, discounted = spot * growth, strike * discount
        smaller, larger = min(present, discounted), max(present, discounted)
        value = price - max(intrinsic, 0.0)
        room = (present if kind > 0.0 else discounted) - price
        mean = np.sqrt(smaller * larger)
        by_larger = 1.0 / larger
        is_low, is_high = value < LOW_SHARE * smaller, value > HIGH_SHARE * smaller
        goal = log_ratio(room if is_high else value, mean)
        target = (moneyness, goal, 1.0 / goal)
        start = _guess(
            moneyness, smaller * by_larger, abs(intrinsic) * by_larger, value * by_larger
        )
        ratio = _wide_ratio(moneyness / start, 0.5 * start, is_high)
        middle = _improved(target, start, ratio, is_low, is_high)
        centre, half = moneyness / middle, 0.5 * middle
        ratio = _wide_ratio(centre, half, is_high)
        narrow = _narrow_ratio(centre, half, tails_over_kernel(centre, centre)[0])
        is_narrow = (middle <= WIDEST_DEVIATION) & (moneyness >= -WIDEST_MONEYNESS) & (not is_high)
        ratio = narrow if is_narrow else ratio
        deviation = _improved(target, middle, ratio, is_low, is_high)
        is_usual = (
            (min(spot, strike, years) > SMALLEST)
            & (max(spot, strike, years) < LARGEST)
            & (max(abs(rate), abs(dividend_yield)) * years < LARGEST_EXPONENT)
            & (moneyness > -LARGEST_MONEYNESS)
            & (value > (TOLERANCE if intrinsic > 0.0 else SMALLEST_VALUE) * larger)
            & (room > TOLERANCE * larger)
            & (abs(deviation - middle) < TRUSTED_STEP * deviation)
            & (deviation > SMALLEST_DEVIATION)
        )
        out[i] = deviation / np.sqrt(years)
        out[BLOCK + i] = 0.0 if is_usual else 1.0


@njit(cache=True)
def _fill(columns: Columns, out: FloatArray, marks: Marks) -> None:
    into, found = np.ones(len(columns) * BLOCK), np.empty(2 * BLOCK)
    for start in range(0, marks.size, BLOCK):
        count = min(BLOCK, marks.size - start)
        load_block(columns, start, count, into)
        _block(into, found)
        store_marks(found[BLOCK:], start, count, marks)
        out[start : start + count] = found[:count]


def compiled_implied_vol(columns: Columns, n_rows: int) -> tuple[FloatArray, Marks]:
    """Return volatilities of usual options, and marks.

    Parameters
    ----------
    columns : seven float64[n_rows] or float64[1]
        As `european_plain.Options`, with the price in the place of the vol.

    Returns
    -------
    float64[n_rows] and bool[n_rows]
        Marked rows must be solved by the plain functions.
    """
    out = np.empty(n_rows)
    marks = np.empty(n_rows, dtype=np.bool_)
    _fill(columns, out, marks)
    return out, marks
