"""Implied volatility in numpy and scipy: an explicit guess and two steps of the fourth order.

The unknown is the deviation s = vol sqrt(years). Everything is normalised by sqrt(spot growth
strike discount) and mirrored to the out-of-the-money side, so that two numbers remain: the
moneyness x <= 0 and the value b(x, s), which rises from 0 to exp(x / 2).
"""

from typing import NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.european_plain import WIDEST_SERIES, Mask
from greeks.engine.normal import mills, mills_difference

LOG_SQRT_2PI = 0.5 * np.log(2.0 * np.pi)
LOW_SHARE, HIGH_SHARE = np.log(0.02), np.log(0.5)
"""Logs of the shares of the largest value between which the log of the value is solved for."""
TRUSTED_STEP = 1e-3
"""A step below this share leaves an error below its fourth power."""
USUAL_STEPS, MOST_STEPS = 2, 20


class Target(NamedTuple):
    """What a deviation must reproduce, float64[n] each."""

    moneyness: FloatArray  # x = -|log(forward / strike)|
    log_value: FloatArray  # log b
    log_room: FloatArray  # log(exp(x / 2) - b): what is left to the largest value

    def rows(self, where: Mask) -> "Target":
        """Return the rows chosen by a mask."""
        return Target(*(column[where] for column in self))


def solve_deviation(target: Target) -> tuple[FloatArray, Mask]:
    """Return the deviations that reproduce `target`, and which of them are known to be right.

    Notes
    -----
    Called where numpy is told to be silent: a target of NaN or infinity never settles.
    """
    deviation = guess_deviation(target.moneyness, target.log_value)
    for _ in range(USUAL_STEPS):
        before, deviation = deviation, _improved(deviation, target)
    settled = _is_settled(before, deviation)
    for _ in range(MOST_STEPS - USUAL_STEPS):
        if settled.all():
            break
        rest = ~settled
        before = deviation[rest]
        deviation[rest] = _improved(before, target.rows(rest))
        settled[rest] = _is_settled(before, deviation[rest])
    return deviation, settled


def _is_settled(before: FloatArray, after: FloatArray) -> Mask:
    return np.abs(after - before) <= TRUSTED_STEP * after


def guess_deviation(moneyness: FloatArray, log_value: FloatArray) -> FloatArray:
    """Return a deviation within 13 % of the solution.

    Notes
    -----
    Polya's approximation of the normal distribution makes the price equation quadratic; its
    coefficients are written here with hyperbolic functions and factors, because the published
    sums cancel when both moneyness and deviation are small.
    Source: Stefanica & Radoicic (2017), An explicit implied volatility formula, IJTAF 20(7).
    """
    forward = np.exp(moneyness)  # over strike
    call = np.exp(log_value + 0.5 * moneyness)  # over strike
    share = 1.0 - 2.0 / np.pi
    slack = 2.0 * call + (1.0 - forward)
    square = 4.0 * np.sinh(share * moneyness) ** 2
    linear = (
        -8.0 * np.sinh(moneyness) * np.sinh(share * moneyness)
        + 4.0 * np.cosh(share * moneyness) * slack * slack / forward
    )
    constant = 16.0 * call * (call + (1.0 - forward)) * (forward - call) * (1.0 + call)
    constant = constant / (forward * forward)
    root = 2.0 * constant / (linear + np.sqrt(linear * linear + 4.0 * square * constant))
    gap = -0.5 * np.pi * np.log(root)
    # the value where d1 is 0 decides which of the two roots is meant
    at_turn = 0.5 * (np.sqrt(-np.expm1(4.0 / np.pi * moneyness)) - (1.0 - forward))
    side = np.where(call <= at_turn, -1.0, 1.0)
    return np.sqrt(gap - moneyness) + side * np.sqrt(np.maximum(gap + moneyness, 0.0))


def _improved(deviation: FloatArray, target: Target) -> FloatArray:
    """Return `deviation` after one third-order Householder step (fourth-order convergence).

    Notes
    -----
    The function made zero is, with its goal subtracted, 1 / log b for low values, log b between
    and log(exp(x / 2) - b) for high ones: each is nearly straight where it is used. With
    v = db/ds, v'/v = h^2 / s - s / 4 where h = x / s.
    Source: Jaeckel (2015), Let's be rational, Wilmott 2015(75), sections 3 to 5.
    """
    share = target.log_value - 0.5 * target.moneyness
    low, high = share < LOW_SHARE, share > HIGH_SHARE
    level, slope = _log_level(target.moneyness, deviation, high)
    goal = np.where(high, target.log_room, target.log_value)
    centre = target.moneyness / deviation
    first = centre * centre / deviation - 0.25 * deviation
    second = first * first - 3.0 * (centre / deviation) ** 2 - 0.25
    newton = (goal - level) / slope
    bend = first - slope
    twist = second - 3.0 * first * slope + 2.0 * slope * slope
    per_level = slope / level
    newton = np.where(low, newton * level / goal, newton)
    twist = np.where(low, twist - 6.0 * per_level * (bend - per_level), twist)
    bend = np.where(low, bend - 2.0 * per_level, bend)
    top = 1.0 + 0.5 * bend * newton
    return deviation + newton * top / (1.0 + newton * (bend + twist * newton / 6.0))


def _log_level(
    moneyness: FloatArray, deviation: FloatArray, high: Mask
) -> tuple[FloatArray, FloatArray]:
    """Return log b (for `high` rows the log of the room above b) and its slope by deviation."""
    centre, half = moneyness / deviation, 0.5 * deviation
    ratios = mills(np.where(high, -(centre + half), centre + half))
    ratios = np.where(high, mills(centre - half) + ratios, ratios - mills(centre - half))
    narrow = ~high & (deviation <= WIDEST_SERIES[0]) & (moneyness >= -WIDEST_SERIES[1])
    if narrow.any():
        ratios[narrow] = mills_difference(centre[narrow], half[narrow])
    level = np.log(ratios) - 0.5 * (centre * centre + half * half) - LOG_SQRT_2PI
    return level, np.where(high, -1.0, 1.0) / ratios
