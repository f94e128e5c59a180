"""Values of American options by the method that suits each: the engine room of the doors."""

from typing import NamedTuple

import numpy as np

from greeks.engine.american_schemes import Accuracy, scheme_of
from greeks.engine.arrays import FloatArray
from greeks.engine.dividends import Schedule, certain
from greeks.engine.european_plain import Mask, Options, plain_greeks, plain_price

SMALLEST_DEVIATION = 1e-7
"""With a vol sqrt(years) below this, chance moves the price by less than 4e-8 of the strike."""
CALM_SHARE = 0.05
"""With less variance than this share of the interest, the nodes lie far apart for the boundary's
first fall, and the best certain exercise is the better lower bound."""


class Routes(NamedTuple):
    """Who computes a row; exactly one is true of each."""

    certain: Mask  # no chance left: the limit
    european: Mask  # exercise before expiry is never better
    collocation: Mask  # one exercise boundary
    grid: Mask  # cash dividends, or two exercise boundaries


class Solution(NamedTuple):
    """Value and its derivatives in spot, float64[n] each, and where to exercise now."""

    value: FloatArray
    delta: FloatArray
    gamma: FloatArray
    is_exercised: Mask


def routes_of(options: Options, schedule: Schedule) -> Routes:
    """Choose the method of each row, all of which have time left.

    Notes
    -----
    In the words of the put (a call swaps spot with strike and rate with yield): waiting earns
    q S - r K per year where it exercises, so with r <= 0 and q >= r it never does, with r > 0, or
    r = 0 > q, it does below one boundary, and with q < r < 0 between two.
    **Source**: Andersen and Lake (2021), Wilmott 2021(114), section 2.
    """
    is_call = options.kind > 0.0
    rate = np.where(is_call, options.dividend_yield, options.rate)
    dividend_yield = np.where(is_call, options.rate, options.dividend_yield)
    deviation = options.vol * np.sqrt(options.years)
    is_certain = (options.spot <= 0.0) | (options.strike <= 0.0)
    is_certain |= deviation < SMALLEST_DEVIATION
    open_ = ~is_certain
    jumps = schedule.counts_for(options)
    never = (rate <= 0.0) & (dividend_yield >= rate) & ~jumps
    once = ((rate > 0.0) | ((rate == 0.0) & (dividend_yield < 0.0))) & ~jumps
    return Routes(is_certain, open_ & never, open_ & once, open_ & ~never & ~once)


def solve(
    options: Options, schedule: Schedule, accuracy: Accuracy, frame: Options | None = None
) -> Solution:
    """Return value, delta, gamma and where to exercise, of rows with time left.

    `frame` are the rows before a bump: they decide the routes and lay out the grids.
    """
    scheme_of(accuracy)
    frame = options if frame is None else frame
    n = options.years.size
    solution = Solution(np.empty(n), np.empty(n), np.empty(n), np.zeros(n, dtype=np.bool_))
    routes = routes_of(frame, schedule)
    for where, method in zip(routes, (_certain, _european, _collocation, _grid), strict=True):
        if where.all() and n:
            return method(options, frame, schedule, accuracy)
        if where.any():
            part = method(options.rows(where), frame.rows(where), schedule, accuracy)
            for column, found in zip(solution, part, strict=True):
                column[where] = found
    return solution


def _certain(options: Options, frame: Options, schedule: Schedule, accuracy: Accuracy) -> Solution:
    found = certain(options, schedule, is_american=True)
    exercised = (found.waits == 0.0) & (found.value > 0.0)
    return Solution(found.value, found.delta, np.zeros(found.value.size), exercised)


def _european(options: Options, frame: Options, schedule: Schedule, accuracy: Accuracy) -> Solution:
    with np.errstate(all="ignore"):
        greeks = plain_greeks(options)
    never = np.zeros(options.years.size, dtype=np.bool_)
    return Solution(greeks["price"], greeks["delta"], greeks["gamma"], never)


def _collocation(
    options: Options, frame: Options, schedule: Schedule, accuracy: Accuracy
) -> Solution:
    """Solve the put, or for a call the put with spot and strike, rate and yield swapped.

    Notes
    -----
    **Source**: McDonald and Schroder (1998), Journal of Computational Finance 1(3), for the
    symmetry. The put is homogeneous in spot and strike, so its derivative in strike is
    (value - spot delta) / strike, and its curvature in strike is gamma spot^2 / strike^2.
    """
    from greeks.engine.american_collocation import (  # noqa: PLC0415 -- numba is slow to import
        collocate_puts,
    )

    kind, spot, strike, years, rate, dividend_yield, vol = options
    is_call = kind > 0.0
    ratio = np.log(spot / strike)
    rows = np.empty((4, years.size))
    rows[0] = -kind * ratio
    rows[1] = np.where(is_call, dividend_yield, rate) * years
    rows[2] = np.where(is_call, rate, dividend_yield) * years
    rows[3] = vol * np.sqrt(years)
    found = np.empty((4, years.size))
    collocate_puts(rows, scheme_of(accuracy), found)
    value, delta, gamma, boundary = found
    is_exercised = rows[0] <= boundary
    value *= np.where(is_call, spot, strike)
    delta = np.where(is_call, (value - strike * delta) / spot, delta)
    gamma = np.where(is_call, gamma * strike * strike / (spot * spot * spot), gamma / strike)
    with np.errstate(all="ignore"):
        value = np.maximum(value, plain_price(options))
    is_calm = rows[3] * rows[3] < CALM_SHARE * np.abs(rows[1])
    if is_calm.any():
        least = certain(options.rows(is_calm), schedule, is_american=True).value
        value[is_calm] = np.maximum(value[is_calm], least)
    return _with_exercise(options, Solution(value, delta, gamma, is_exercised))


def _grid(options: Options, frame: Options, schedule: Schedule, accuracy: Accuracy) -> Solution:
    from greeks.engine.american_grid import (  # noqa: PLC0415 -- numba is slow to import
        grid_values,
    )

    value, delta, gamma = grid_values(
        options, schedule, frame=frame, is_american=True, accuracy=accuracy
    )
    exercise = options.kind * (options.spot - options.strike)
    is_exercised = (exercise > 0.0) & (value <= exercise + 1e-10 * options.strike)
    return _with_exercise(options, Solution(value, delta, gamma, is_exercised))


def _with_exercise(options: Options, held: Solution) -> Solution:
    """Replace the values of options that are better exercised now."""
    exercise = options.kind * (options.spot - options.strike)
    return Solution(
        np.where(held.is_exercised, exercise, np.maximum(held.value, exercise)),
        np.where(held.is_exercised, options.kind, held.delta),
        np.where(held.is_exercised, 0.0, held.gamma),
        held.is_exercised,
    )
