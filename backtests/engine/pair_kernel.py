"""Spread of two instruments: hedge ratio, z-score, and the position they ask for."""

import math
from typing import NamedTuple

import numpy as np

from backtests.engine.compiled import kernel
from market.engine.bars import Float1D, Int1D


class Spread(NamedTuple):
    """What is known about the spread at each close.

    Parameters
    ----------
    hedge : float64[n]
        Units of the second price (or log price) that move like one of the first.
    z : float64[n]
        Distance of the spread from its mean, in standard deviations; NaN in the warm-up and
        where the spread does not move.
    """

    hedge: Float1D
    z: Float1D


def spread_of(y: Float1D, x: Float1D, window: int, hedge: float = math.nan) -> Spread:
    """Return hedge ratio and z-score over a rolling window.

    Parameters
    ----------
    y, x : float64[n]
        First and second price, or their logarithms; NaN where there is none.
    window : int, >= 3
    hedge : float
        A fixed ratio; NaN for that of a rolling regression.

    Notes
    -----
    With ``s = y - hedge * x`` over the window that ends at the close, ``z`` is ``(s - mean) /
    standard deviation`` (divisor ``window - 1``) of the latest. For the regression ``y = a +
    hedge * x`` by least squares over the same window, ``mean(s)`` is ``a``: the numerator is the
    residual. Sums are taken anew in each window: no error adds up, and no later value can change
    an earlier result. **Source**: Gatev, Goetzmann & Rouwenhorst (2006), Review of Financial
    Studies 19(3), for the z-score; the slope is the textbook one of simple regression.
    """
    out = Spread(np.full(y.size, np.nan), np.full(y.size, np.nan))
    _spread(
        np.ascontiguousarray(y), np.ascontiguousarray(x), window, float(hedge), out.hedge, out.z
    )
    return out


@kernel
def _spread(
    y: Float1D, x: Float1D, window: int, hedge: float, out_hedge: Float1D, out_z: Float1D
) -> None:
    for i in range(window - 1, y.size):
        first = i - window + 1
        sum_y = sum_x = 0.0
        for j in range(first, i + 1):
            sum_y += y[j]
            sum_x += x[j]
        mean_y, mean_x = sum_y / window, sum_x / window
        yy = yx = xx = 0.0
        for j in range(first, i + 1):
            dy, dx = y[j] - mean_y, x[j] - mean_x
            yy += dy * dy
            yx += dy * dx
            xx += dx * dx
        ratio = hedge
        if math.isnan(hedge):
            ratio = yx / xx if xx > 0.0 else math.nan
        out_hedge[i] = ratio
        variance = (yy - 2.0 * ratio * yx + ratio * ratio * xx) / (window - 1)
        if variance > 1e-24 * (1.0 + yy):  # rounding alone is no movement
            distance = (y[i] - mean_y) - ratio * (x[i] - mean_x)
            out_z[i] = distance / math.sqrt(variance)


def sides_of(spread: Spread, entry: float, leave: float, stop: float) -> Int1D:
    """Return the side of the spread held after each close: 1 long, -1 short, 0 flat.

    Parameters
    ----------
    spread : Spread
    entry, leave, stop : float, standard deviations
        Enter where ``|z|`` reaches `entry`; leave where z is back within `leave` of 0, or
        reaches `stop` (0: never). After a stop the next entry waits until z has been back within
        `leave`. A hedge ratio that is not above 0 is no pair: no entry.
    """
    sides = np.zeros(spread.z.size, dtype=np.int64)
    _sides(spread.hedge, spread.z, entry, leave, stop if stop > 0.0 else math.inf, sides)
    return sides


@kernel
def _sides(hedge: Float1D, z: Float1D, entry: float, leave: float, stop: float, out: Int1D) -> None:
    side = 0
    waits = False
    for i in range(z.size):
        if not math.isnan(z[i]):
            if side != 0 and side * z[i] <= -stop:
                side = 0
                waits = True
            elif side != 0 and side * z[i] >= -leave:
                side = 0
            if waits and abs(z[i]) <= leave:
                waits = False
            if side == 0 and not waits and hedge[i] > 0.0 and entry <= abs(z[i]) < stop:
                side = -1 if z[i] > 0.0 else 1
        out[i] = side
