"""What a position can come to at its first expiry: break-evens, extremes, and odds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.chain.odds import probability_above
from greeks.engine.positions.legs import Legs
from greeks.engine.positions.profit import profit_at_first_expiry

Profits: TypeAlias = Callable[[FloatArray], FloatArray]

N_SPOTS = 1201
FAR = 6.0
"""Positions of several expiries are searched up to this multiple of the highest strike."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Outcome:
    """Profit at the first expiry, in currency.

    `break_evens` float64[n], ascending. `max_profit` is inf and `max_loss` -inf where unbounded,
    which the flags say too; `max_loss` is the least profit, so below 0 for a loss.
    `profit_intervals` float64[n, 2] are the open ranges of the spot with a profit; the last may
    reach inf. `probability_of_profit` is risk-neutral, NaN without a volatility. `is_exact` is
    False with several expiries, where the curve is searched, not solved.
    """

    horizon_years: float
    break_evens: FloatArray
    max_profit: float
    max_loss: float
    is_profit_unbounded: bool
    is_loss_unbounded: bool
    profit_intervals: FloatArray
    probability_of_profit: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Curve:
    """Profit at ascending spots from 0, and its slope beyond the last."""

    spot: FloatArray
    profit: FloatArray
    slope_beyond: float


def outcome(
    legs: Legs,
    *,
    spot: float,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    vol: float = np.nan,
) -> Outcome:
    """Return break-evens, largest profit and loss, and probability of profit at first expiry.

    Parameters
    ----------
    legs : Legs
    spot : float, currency, > 0
    rate, dividend_yield : float, per year
    vol : float, per year
        Volatility of the underlying to the first expiry, for the probability.

    Notes
    -----
    With one expiry the profit is a broken line with its corners at the strikes: solved exactly.
    With several, later legs are repriced at their volatilities on a grid, roots and extremes then
    refined; a later leg without a volatility leaves no figure but NaN. Probability is lognormal,
    summed over the intervals of profit.
    """
    value = partial(profit_at_first_expiry, legs, rate=rate, dividend_yield=dividend_yield)
    is_exact = legs.has_one_expiry
    at = _corners(legs, spot) if is_exact else _search_grid(legs, spot)
    curve = _Curve(at, value(at), _slope_beyond(legs, dividend_yield))
    roots = _crossings(curve)
    largest, least = curve.profit.max(), curve.profit.min()
    if not is_exact:
        roots = _refined(value, curve, roots)
        largest = -_extreme(lambda s: -float(value(s)[0]), at, -curve.profit)
        least = _extreme(lambda s: float(value(s)[0]), at, curve.profit)
    tiny = ROUNDING * max(float(np.abs(legs.shares).max()), 1.0)
    up, down = curve.slope_beyond > tiny, curve.slope_beyond < -tiny
    intervals = _profit_intervals(value, curve, roots)
    horizon = legs.first_expiry_years
    odds = np.nan
    if np.isfinite(curve.profit).all():
        odds = _probability(intervals, (spot, horizon, rate, dividend_yield, vol))
    return Outcome(
        horizon_years=horizon,
        break_evens=roots,
        max_profit=np.inf if up else float(largest),
        max_loss=-np.inf if down else float(least),
        is_profit_unbounded=up,
        is_loss_unbounded=down,
        profit_intervals=intervals,
        probability_of_profit=odds,
        is_exact=is_exact,
    )


def _corners(legs: Legs, spot: float) -> FloatArray:
    strikes = legs.strike[~legs.is_stock]
    return np.unique(np.concatenate([[0.0, spot], strikes]))


def _search_grid(legs: Legs, spot: float) -> FloatArray:
    strikes = legs.strike[~legs.is_stock]
    middle = np.append(strikes, spot)
    grid = np.geomspace(max(0.05 * middle.min(), 1e-6), FAR * middle.max(), N_SPOTS)
    return np.unique(np.concatenate([[0.0, spot], strikes, grid]))


def _slope_beyond(legs: Legs, dividend_yield: float) -> float:
    """Return profit per point of a spot that is far above every strike."""
    left = np.where(legs.is_stock, 0.0, legs.years - np.nan_to_num(legs.first_expiry_years))
    share = np.exp(-dividend_yield * left)
    share = np.where(legs.early != 0.0, np.maximum(share, 1.0), share)  # exercised, it is stock
    rises = np.where(legs.kind < 0.0, 0.0, share)
    return float((legs.shares * rises).sum())


def _crossings(curve: _Curve) -> FloatArray:
    """Return where the broken line is zero: crossings, touches, and ends of flat stretches."""
    x, y = curve.spot, curve.profit
    flat = np.abs(y) <= ROUNDING * max(float(np.abs(y).max()), 1.0)
    y = np.where(flat, 0.0, y)
    i = np.flatnonzero(y[:-1] * y[1:] < 0.0)
    inside = x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])
    slope = curve.slope_beyond
    beyond = [x[-1] - y[-1] / slope] if y[-1] * slope < 0.0 else []
    left_zero = np.concatenate([[True], flat[:-1]])
    right_zero = np.concatenate([flat[1:], [abs(slope) <= ROUNDING]])
    on_corner = x[flat & ~(left_zero & right_zero) & (x > 0.0)]
    return np.sort(np.concatenate([inside, beyond, on_corner]))


def _refined(value: Profits, curve: _Curve, roots: FloatArray) -> FloatArray:
    """Solve each crossing of the grid; a crossing beyond it is that of a line already."""
    place = np.searchsorted(curve.spot, roots)
    inside = (place > 0) & (place < curve.spot.size)
    low, high = curve.spot[place[inside] - 1], curve.spot[place[inside]]
    if not inside.any():
        return roots
    from scipy.optimize.elementwise import find_root  # noqa: PLC0415 -- 25 MB, 0.3 s

    found = find_root(value, (low, high))
    solved = roots.copy()
    solved[inside] = np.where(found.success, found.x, roots[inside])
    return solved


def _extreme(function: Callable[[float], float], at: FloatArray, values: FloatArray) -> float:
    """Return the least value of a smooth function near the least of its grid."""
    i = int(values.argmin())
    low, high = at[max(i - 1, 0)], at[min(i + 1, at.size - 1)]
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 -- 25 MB, 0.3 s

    found = minimize_scalar(function, bounds=(low, high), method="bounded")
    return min(float(found.fun), float(values[i]))


def _profit_intervals(value: Profits, curve: _Curve, roots: FloatArray) -> FloatArray:
    """Return the ranges between neighbouring break-evens where the middle makes a profit."""
    edges = np.concatenate([[0.0], roots, [np.inf]])
    beyond = max(2.0 * edges[-2], FAR * curve.spot[-1])
    middles = 0.5 * (edges[:-1] + np.append(edges[1:-1], beyond))
    scale = ROUNDING * max(float(np.abs(curve.profit).max()), 1.0)
    is_profit = value(middles) > scale
    return np.stack([edges[:-1], edges[1:]], axis=1)[is_profit]


def _probability(intervals: FloatArray, market: tuple[float, float, float, float, float]) -> float:
    """Return the risk-neutral probability to end inside any of `intervals`."""
    if not intervals.size:
        return 0.0
    finite = np.minimum(intervals, np.finfo(np.float64).max)
    above = probability_above(finite, *market)
    return float((above[:, 0] - above[:, 1]).sum())
