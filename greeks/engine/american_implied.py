"""Implied volatility of American options: the public door."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.american_schemes import Accuracy, scheme_of
from greeks.engine.american_solver import routes_of, solve
from greeks.engine.arrays import FloatArray, Kind, StatusArray, broadcast_columns, input_status
from greeks.engine.dividends import Dividends, Schedule, as_schedule, certain
from greeks.engine.european_plain import Mask, Options, plain_greeks
from greeks.engine.iv import ROUNDING, implied_vol
from greeks.engine.status import ImpliedVol, Status

MOST_ITERATIONS = 100
FIRST_VOL = 0.5
PRICE_TOLERANCE = 1e-13
"""Share of spot plus strike."""
VOL_TOLERANCE = 1e-12
"""Share of the vol."""
PATIENCE = 3
"""Iterations in which a bracket must halve; else it is halved."""


class Search(NamedTuple):
    """The state of the rows still searched, float64[n] each."""

    low: FloatArray  # the price here is below the target
    high: FloatArray  # the price here is not; infinite until one is found
    vol: FloatArray  # to try next
    tried: FloatArray  # the vol before it
    excess: FloatArray  # price at `tried` less the target

    def rows(self, where: Mask) -> "Search":
        """Return the rows chosen by a mask."""
        return Search(*(column[where] for column in self))


def american_implied_vol(
    kind: Kind,
    price: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    *,
    dividends: Dividends = None,
    accuracy: Accuracy = "fast",
) -> ImpliedVol:
    """Return the volatilities at which American options are worth `price`, per year.

    Parameters
    ----------
    kind : +1, -1, "call", "put" or an array of them
    price : float64[...], currency
    spot, strike : float64[...], currency, > 0
    years : float64[...], years to expiry, > 0
    rate, dividend_yield : float64[...], per year, continuously compounded, of either sign
    dividends : sequence of (years, cash), optional
        As `american_price`.
    accuracy : "fast", "accurate" or "high"
        Of the price that is inverted; as `american_price`.

    Returns
    -------
    ImpliedVol
        vol : float64[...] and status : int8[...], shaped as the inputs broadcast. The vol is NaN
        unless the status is OK.

    Raises
    ------
    ValueError
        As `american_price`.

    Notes
    -----
    The lower bound is the best exercise without chance, at least what exercise pays now. At that
    bound every vol small enough fits, and none is told: AT_INTRINSIC, or ZERO_PRICE where the
    bound is zero. The vol found reproduces the price; its own error is the price's error at that
    accuracy over vega, large where little time value is left.
    **Method**: secants inside a bracket, from the European volatility of the price, which an
    early-exercise right can only lower.
    """
    scheme_of(accuracy)
    shape, columns = broadcast_columns(kind, spot, strike, years, rate, dividend_yield, price)
    options, schedule = Options(*columns), as_schedule(dividends)
    status = _price_status(options, schedule)
    vol = np.full(status.size, np.nan)
    solvable = status == Status.OK
    if solvable.any():
        found, settled = _solve(options.rows(solvable), schedule, accuracy)
        vol[solvable] = np.where(settled, found, np.nan)
        status[solvable] = np.where(settled, Status.OK, Status.NOT_CONVERGED)
    return ImpliedVol(vol.reshape(shape), status.reshape(shape))


def _price_status(options: Options, schedule: Schedule) -> StatusArray:
    """Return `OK` where a volatility exists, and elsewhere why none does."""
    kind, spot, strike, years, rate, dividend_yield, price = options
    status = input_status(*options[1:-1], np.abs(price))
    usable = (status == Status.OK) & (spot > 0.0) & (strike > 0.0)
    lowest = np.full(status.size, np.nan)
    lowest[usable] = certain(options.rows(usable), schedule, is_american=True).value
    with np.errstate(all="ignore"):
        stock = spot * np.maximum(1.0, np.exp(-dividend_yield * years))
        money = strike * np.maximum(1.0, np.exp(-rate * years))
        largest = np.where(kind > 0.0, stock, money)
        tolerance = ROUNDING * np.maximum(stock, money)
        reasons = [
            (status != Status.OK, status),
            (~usable, Status.BAD_INPUT),
            (price < lowest - tolerance, Status.BELOW_INTRINSIC),
            ((lowest > 0.0) & (price <= lowest + tolerance), Status.AT_INTRINSIC),
            (price < 0.0, Status.BELOW_INTRINSIC),
            (price == 0.0, Status.ZERO_PRICE),
            (price >= largest - tolerance, Status.ABOVE_MAX),
        ]
    conditions, choices = zip(*reasons, strict=True)
    return np.select(conditions, choices, Status.OK).astype(np.int8)


def _solve(options: Options, schedule: Schedule, accuracy: Accuracy) -> tuple[FloatArray, Mask]:
    """Return the vols, and which of them are settled, of prices that have one."""
    kind, spot, strike, years, rate, dividend_yield, price = options
    european = implied_vol(kind, price, spot, strike, years, rate, dividend_yield)
    is_european = routes_of(options._replace(vol=np.ones(price.size)), schedule).european
    vol = european.vol
    settled: Mask = is_european & (european.status == Status.OK)
    open_ = ~is_european
    if open_.any():
        rows = options.rows(open_)
        start = np.where(np.isfinite(vol[open_]), vol[open_], FIRST_VOL)
        vol[open_], settled[open_] = _bracketed(rows, start, schedule, accuracy)
    return vol, settled


def _bracketed(
    options: Options, start: FloatArray, schedule: Schedule, accuracy: Accuracy
) -> tuple[FloatArray, Mask]:
    """Search each row by secants that may not leave its bracket, which halves when they dawdle."""
    n = start.size
    vol, settled = np.full(n, np.nan), np.zeros(n, dtype=np.bool_)
    rows = np.arange(n)
    nothing = np.full(n, np.nan)
    search = Search(np.zeros(n), np.full(n, np.inf), start, nothing, nothing)
    checkpoint = search.high
    for k in range(MOST_ITERATIONS):
        target = options.vol
        trial = options._replace(vol=search.vol)
        excess = solve(trial, schedule, accuracy).value - target
        following = _next(trial, search, excess)
        if k % PATIENCE == PATIENCE - 1:
            following = _halved_if_slow(following, checkpoint)
            checkpoint = following.high - following.low
        moved = np.abs(following.vol - search.vol) > VOL_TOLERANCE * search.vol
        close = np.abs(excess) <= PRICE_TOLERANCE * (trial.spot + trial.strike)
        going = moved & ~close & np.isfinite(excess)
        done = ~going & np.isfinite(excess)
        vol[rows[done]], settled[rows[done]] = search.vol[done], True
        rows, options, search = rows[going], options.rows(going), following.rows(going)
        checkpoint = checkpoint[going]
        if not rows.size:
            break
    return vol, settled


def _next(trial: Options, search: Search, excess: FloatArray) -> Search:
    """Return the bracket with the trial in it, and the vol to try after it."""
    vol = trial.vol
    low = np.where(excess < 0.0, vol, search.low)
    high = np.where(excess < 0.0, search.high, vol)
    with np.errstate(all="ignore"):
        slope = (excess - search.excess) / (vol - search.tried)
        if np.isnan(search.tried).all():
            slope = plain_greeks(trial)["vega"]
        guess = vol - excess / slope
        middle = np.where(np.isinf(high), 2.0 * vol, 0.5 * (low + high))
    inside = (guess > low) & (guess < high)
    return Search(low, high, np.where(inside, guess, middle), vol, excess)


def _halved_if_slow(search: Search, checkpoint: FloatArray) -> Search:
    width = search.high - search.low
    slow = np.isfinite(width) & (width > 0.5 * checkpoint)
    return search._replace(vol=np.where(slow, 0.5 * (search.low + search.high), search.vol))
