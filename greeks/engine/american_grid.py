"""Options on a finite-difference grid in log spot: cash dividends and double exercise boundaries.

Crank-Nicolson steps whose lengths grow from the payoff and from each dividend, four half steps of
implicit Euler at each start (Rannacher), policy iteration for the exercise, which finds any
number of boundaries, and two grids extrapolated to steps of no size.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from greeks.engine.american_schemes import Accuracy
from greeks.engine.arrays import FloatArray
from greeks.engine.european_plain import Options

MOST_NODES = 6001
WIDTH = 6.5  # deviations beyond spot and strike; what lies outside weighs under 1e-9
MOST_SWEEPS = 30
EULER_STEPS = 4
KEPT_SHARE = 0.05  # of the spot after all dividends, for the width of the grid

# nodes per deviation and time steps of the coarser of two grids
GRID_SIZES: dict[str, tuple[int, int]] = {
    "fast": (20, 40),
    "accurate": (40, 100),
    "high": (80, 200),
}


class Grid(NamedTuple):
    """Rows of scratch, float64[MOST_NODES] each."""

    spot: FloatArray
    payoff: FloatArray
    value: FloatArray
    right: FloatArray
    upper: FloatArray
    pivot: FloatArray
    exercised: FloatArray


@njit(cache=True, error_model="numpy")
def _fill_payoff(grid: Grid, n: int, kind: float, strike: float, low: float, step: float) -> None:
    for i in range(n):
        grid.spot[i] = strike * math.exp(low + i * step)
        grid.payoff[i] = max(kind * (grid.spot[i] - strike), 0.0)
        grid.value[i] = grid.payoff[i]
        grid.exercised[i] = 0.0
    # the strike lies on a node: there, the mean of the payoff over its cell
    grid.value[round(-low / step)] = strike * step / 8.0


@njit(cache=True, error_model="numpy")
def _eliminate(grid: Grid, n: int, down: float, centre: float, up: float) -> None:
    """Solve the tridiagonal system; rows of exercised nodes say value = payoff."""
    grid.upper[0], grid.pivot[0] = 0.0, grid.right[0]
    for i in range(1, n - 1):
        if grid.exercised[i] > 0.0:
            grid.upper[i], grid.pivot[i] = 0.0, grid.payoff[i]
        else:
            inverse = 1.0 / (centre - down * grid.upper[i - 1])
            grid.upper[i] = up * inverse
            grid.pivot[i] = (grid.right[i] - down * grid.pivot[i - 1]) * inverse
    grid.value[n - 1] = grid.right[n - 1]
    for i in range(n - 2, -1, -1):
        grid.value[i] = grid.pivot[i] - grid.upper[i] * grid.value[i + 1]


@njit(cache=True, error_model="numpy")
def _exercise_where_better(grid: Grid, n: int, down: float, centre: float, up: float) -> int:
    """Choose at each node the better of holding and exercising; count the changes of mind."""
    changes = 0
    for i in range(1, n - 1):
        held = (
            down * grid.value[i - 1]
            + centre * grid.value[i]
            + up * grid.value[i + 1]
            - grid.right[i]
        )
        is_better = 1.0 if grid.value[i] - grid.payoff[i] < held else 0.0
        if grid.payoff[i] <= 0.0:
            is_better = 0.0
        if is_better != grid.exercised[i]:
            changes += 1
            grid.exercised[i] = is_better
    return changes


@njit(cache=True, error_model="numpy")
def _advance(
    grid: Grid,
    n: int,
    rates: tuple[float, float, float],
    edges: tuple[float, float],
    length: float,
    implicit: float,
    is_american: bool,
) -> None:
    """Move the values one step of `length` years away from expiry."""
    down, centre, up = rates
    explicit = (1.0 - implicit) * length
    for i in range(1, n - 1):
        change = down * grid.value[i - 1] + centre * grid.value[i] + up * grid.value[i + 1]
        grid.right[i] = grid.value[i] + explicit * change
    grid.right[0], grid.right[n - 1] = edges
    weight = -implicit * length
    down, centre, up = weight * down, 1.0 + weight * centre, weight * up
    for _ in range(MOST_SWEEPS):
        _eliminate(grid, n, down, centre, up)
        if not is_american or _exercise_where_better(grid, n, down, centre, up) == 0:
            break
    if is_american:
        for i in range(n):
            grid.value[i] = max(grid.value[i], grid.payoff[i])


@njit(cache=True, error_model="numpy")
def _interpolate(values: FloatArray, n: int, place: float) -> float:
    """Return the cubic through the four nodes around `place`, counted in steps."""
    i = min(max(int(place), 1), n - 3)
    t = place - i
    before, here, after, beyond = values[i - 1], values[i], values[i + 1], values[i + 2]
    return (
        -before * t * (t - 1.0) * (t - 2.0) / 6.0
        + here * (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0
        - after * (t + 1.0) * t * (t - 2.0) / 2.0
        + beyond * (t + 1.0) * t * (t - 1.0) / 6.0
    )


@njit(cache=True, error_model="numpy")
def _go_ex(grid: Grid, n: int, cash: float, ruined: float, step: float, is_american: bool) -> None:
    """Replace the values just after a dividend by those just before it.

    Between no spot, where the option is worth `ruined`, and the first node values are linear.
    """
    for i in range(n):
        left = grid.spot[i] - cash
        if left > grid.spot[0]:
            place = math.log(left / grid.spot[0]) / step
            grid.right[i] = max(_interpolate(grid.value, n, place), 0.0)
        else:
            share = max(left, 0.0) / grid.spot[0]
            grid.right[i] = ruined + share * (grid.value[0] - ruined)
    for i in range(n):
        grid.value[i] = max(grid.right[i], grid.payoff[i]) if is_american else grid.right[i]


@njit(cache=True, error_model="numpy")
def _edge(
    kind: float, spot: float, strike: float, growth: float, discount: float, is_american: bool
) -> float:
    """Return the value so far in or out of the money that chance no longer matters."""
    held = max(kind * (spot * growth - strike * discount), 0.0)
    return max(held, kind * (spot - strike)) if is_american else held


@njit(cache=True, error_model="numpy")
def _moment(k: int, n_steps: int) -> float:
    """Return the end of step k as a share of a stretch: squares, with the first cut in four."""
    if k <= EULER_STEPS:
        return k / (EULER_STEPS * n_steps * float(n_steps))
    share = (k - EULER_STEPS + 1.0) / n_steps
    return share * share


@njit(cache=True, error_model="numpy")
def _roll_back(
    grid: Grid,
    n: int,
    option: FloatArray,
    step: float,
    span: tuple[float, float],
    n_steps: int,
    is_american: bool,
) -> None:
    """Move the values over a `span` of years before expiry."""
    kind, strike, rate, dividend_yield, vol = option[0], option[2], option[4], option[5], option[6]
    spread = 0.5 * vol * vol / (step * step)
    drift = 0.5 * (rate - dividend_yield - 0.5 * vol * vol) / step
    rates = (spread - drift, -2.0 * spread - rate, spread + drift)
    start, end = span
    for k in range(n_steps + EULER_STEPS - 1):
        length = (end - start) * (_moment(k + 1, n_steps) - _moment(k, n_steps))
        passed = start + (end - start) * _moment(k + 1, n_steps)
        growth, discount = math.exp(-dividend_yield * passed), math.exp(-rate * passed)
        edges = (
            _edge(kind, grid.spot[0], strike, growth, discount, is_american),
            _edge(kind, grid.spot[n - 1], strike, growth, discount, is_american),
        )
        implicit = 1.0 if k < EULER_STEPS else 0.5
        _advance(grid, n, rates, edges, length, implicit, is_american)


@njit(cache=True, error_model="numpy")
def _read(grid: Grid, n: int, place: float, step: float, spot: float) -> tuple[float, float, float]:
    """Return value, delta and gamma from the quartic through the five nodes around the spot."""
    i = min(max(round(place), 2), n - 3)
    t = place - i
    a, b, c, d, e = (
        grid.value[i - 2],
        grid.value[i - 1],
        grid.value[i],
        grid.value[i + 1],
        grid.value[i + 2],
    )
    first = (a - 8.0 * b + 8.0 * d - e) / 12.0
    second = (-a + 16.0 * b - 30.0 * c + 16.0 * d - e) / 24.0
    third = (-a + 2.0 * b - 2.0 * d + e) / 12.0
    fourth = (a - 4.0 * b + 6.0 * c - 4.0 * d + e) / 24.0
    value = c + t * (first + t * (second + t * (third + t * fourth)))
    slope = (first + t * (2.0 * second + t * (3.0 * third + t * 4.0 * fourth))) / step
    bend = (2.0 * second + t * (6.0 * third + t * 12.0 * fourth)) / (step * step)
    return value, slope / spot, (bend - slope) / (spot * spot)


@njit(cache=True, error_model="numpy")
def _solve(
    grid: Grid,
    option: FloatArray,
    frame: FloatArray,
    dividends: tuple[FloatArray, FloatArray],
    is_american: bool,
    size: tuple[int, int],
) -> tuple[float, float, float]:
    """Return value, delta and gamma of one option."""
    dividend_years, dividend_cash = dividends
    per_deviation, n_steps = size
    kind, spot, strike, years = option[0], option[1], option[2], option[3]
    deviation = frame[6] * math.sqrt(years)
    drift = (frame[4] - frame[5]) * years
    moneyness = math.log(spot / strike)
    paid = 0.0
    for k in range(dividend_years.size):
        if 0.0 < dividend_years[k] <= years:
            paid += dividend_cash[k]
    fall = math.log(max((spot - paid) / spot, KEPT_SHARE))
    reach = WIDTH * deviation + abs(drift)
    low, high = min(moneyness + fall, 0.0) - reach, max(moneyness, -fall) + reach
    step = max(deviation / per_deviation, (high - low) / (MOST_NODES - 3))
    below = math.ceil(-low / step)
    n = below + math.ceil(high / step) + 1
    low = -below * step
    _fill_payoff(grid, n, kind, strike, low, step)
    passed = 0.0
    for k in range(dividend_years.size - 1, -1, -1):
        if 0.0 < dividend_years[k] <= years:
            end = years - dividend_years[k]
            if end > passed:
                share = math.ceil(n_steps * math.sqrt((end - passed) / years)) + 4
                _roll_back(grid, n, option, step, (passed, end), share, is_american)
            growth, discount = math.exp(-option[5] * end), math.exp(-option[4] * end)
            ruined = _edge(kind, 0.0, strike, growth, discount, is_american)
            _go_ex(grid, n, dividend_cash[k], ruined, step, is_american)
            passed = end
    share = math.ceil(n_steps * math.sqrt((years - passed) / years)) + 4
    _roll_back(grid, n, option, step, (passed, years), share, is_american)
    return _read(grid, n, (moneyness - low) / step, step, spot)


@njit(cache=True, nogil=True, error_model="numpy")
def solve_on_grid(
    options: FloatArray,
    frames: FloatArray,
    dividends: tuple[FloatArray, FloatArray],
    is_american: bool,
    size: tuple[int, int],
    out: FloatArray,
) -> None:
    """Fill `out` with value, delta and gamma.

    Parameters
    ----------
    options : float64[n, 7]
        kind, spot, strike, years, rate, dividend_yield, vol; all of spot, strike, years, vol > 0.
    frames : float64[n, 7]
        The rows whose rates and vol lay out the grids; usually `options` themselves.
    dividends : float64[d], float64[d]
        Ascending times from now, and cash; those outside (0, years] do not count.
    is_american : bool
    size : int, int
        Nodes per deviation of log spot, time steps.
    out : float64[3, n]

    Notes
    -----
    **Source**: Forsyth and Vetzal (2002), SIAM Journal on Scientific Computing 23(6), for the
    growing steps; Rannacher (1984), Numerische Mathematik 43 for the start.
    """
    scratch = np.zeros((7, MOST_NODES))
    grid = Grid(scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5], scratch[6])
    for i in range(options.shape[0]):
        value, delta, gamma = _solve(grid, options[i], frames[i], dividends, is_american, size)
        out[0, i], out[1, i], out[2, i] = value, delta, gamma


def grid_values(
    options: Options,
    dividends: tuple[FloatArray, FloatArray],
    *,
    frame: Options | None = None,
    is_american: bool,
    accuracy: Accuracy,
) -> FloatArray:
    """Return value, delta and gamma, float64[3, n]; see `solve_on_grid`.

    `frame`, when given, are the options the grid is laid out for: with the same frame, values
    before and after a bump share their nodes, and their difference is smooth.

    Notes
    -----
    Exercise at nodes alone costs a quarter as much on a grid of half the step: the values of two
    grids are extrapolated to none (Richardson), which leaves 1e-4 of the strike's 100 or less.
    """
    if accuracy not in GRID_SIZES:
        raise ValueError(f"accuracy must be one of {', '.join(GRID_SIZES)}")
    columns = np.ascontiguousarray(np.transpose(options))
    frames = columns if frame is None else np.ascontiguousarray(np.transpose(frame))
    coarse, fine = np.empty((2, 3, options.years.size))
    for doublings, out in enumerate((coarse, fine)):
        per_deviation, n_steps = (size << doublings for size in GRID_SIZES[accuracy])
        size = (per_deviation, n_steps)
        solve_on_grid(columns, frames, (dividends[0], dividends[1]), is_american, size, out)
    found = (4.0 * fine - coarse) / 3.0
    np.maximum(found[0], 0.0, out=found[0])
    return found
