"""Forward and discount of each expiry from put-call parity."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.chain.quotes import Quotes

LEAST_PAIRS_FOR_DISCOUNT = 5
LEAST_SPREAD = 0.005
"""Half a cent: no pair is known better than this."""
N_REWEIGHTS = 25
LARGEST_RATE_ERROR = 0.02
"""Standard error, per year, above which a fitted rate is noise: short expiries cannot tell it."""


class Pairs(NamedTuple):
    """Call and put of the same strike and expiry; `expiry` is the place in the expiries."""

    expiry: npt.NDArray[np.intp]
    strike: FloatArray
    difference: FloatArray
    uncertainty: FloatArray


class Forwards(NamedTuple):
    """What parity says of each expiry, ascending: float64[n_expiries] unless said otherwise.

    `rate` and `dividend_yield` are per year, continuously compounded; the yield takes in dividends
    and borrow. `residual` is the weighted root mean square parity error in currency, NaN without
    pairs. `is_fitted` (bool) tells forwards from parity from those of the given rates;
    `is_discount_fitted` (bool) the same of discounts.
    """

    years: FloatArray
    forward: FloatArray
    discount: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    n_pairs: npt.NDArray[np.int64]
    residual: FloatArray
    is_fitted: npt.NDArray[np.bool_]
    is_discount_fitted: npt.NDArray[np.bool_]


@np.errstate(all="ignore")
def fit_forwards(
    quotes: Quotes,
    usable: npt.NDArray[np.bool_],
    *,
    spot: float,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    fit_discount: bool = True,
) -> Forwards:
    """Return forward and discount factor of each expiry from mids of calls and puts.

    Parameters
    ----------
    quotes : Quotes
    usable : bool[n_contracts]
        Which quotes may be used (`is_usable`).
    spot : float, currency
    rate, dividend_yield : float, per year
        Used where parity cannot tell: the discount with fewer than five pairs or a standard error
        of its rate above 0.02; the forward without any pair.
    fit_discount : bool
        Whether to fit the discount factor at all. Without, the discount is that of `rate`.

    Notes
    -----
    Call minus put is discount x (forward - strike): a straight line in the strike. Fitted by least
    squares with Huber weights, each pair's scale being half its two spreads, so a bad quote pulls
    no more than a good one. Holds for European exercise; for American options the forward is an
    approximation that is best where both options are out of the money.
    Source: Stoll (1969), Journal of Finance 24(5); Huber (1964), Ann. Math. Statist. 35(1).
    """
    years = np.unique(quotes.years[(quotes.years > 0.0) & np.isfinite(quotes.years)])
    pairs = _pairs_of(quotes, usable, years)
    n_pairs = np.bincount(pairs.expiry, minlength=years.size)
    prior = np.exp(-rate * years)
    forward = _forwards_given(pairs, prior, spot * np.exp((rate - dividend_yield) * years))
    discount, is_discount_fitted = prior, np.zeros(years.size, dtype=np.bool_)
    if fit_discount:
        line = _huber_lines(pairs, forward, prior)
        is_known = (_rate_errors(pairs, years) <= LARGEST_RATE_ERROR) & np.isfinite(line[1])
        is_discount_fitted = (n_pairs >= LEAST_PAIRS_FOR_DISCOUNT) & is_known
        forward = np.where(is_discount_fitted, line[0], forward)
        discount = np.where(is_discount_fitted, line[1], prior)
    implied_rate = -np.log(discount) / years
    return Forwards(
        years=years,
        forward=forward,
        discount=discount,
        rate=implied_rate,
        dividend_yield=implied_rate - np.log(forward / spot) / years,
        n_pairs=n_pairs,
        residual=_residual(pairs, forward, discount),
        is_fitted=n_pairs > 0,
        is_discount_fitted=is_discount_fitted,
    )


def _pairs_of(quotes: Quotes, usable: npt.NDArray[np.bool_], years: FloatArray) -> Pairs:
    calls = np.flatnonzero(usable & (quotes.kind > 0.0))
    puts = np.flatnonzero(usable & (quotes.kind < 0.0))
    call_keys, put_keys = (_keys(quotes, side) for side in (calls, puts))
    _, at_call, at_put = np.intersect1d(call_keys, put_keys, return_indices=True)
    call, put = calls[at_call], puts[at_put]
    spreads = (quotes.ask - quotes.bid)[call] + (quotes.ask - quotes.bid)[put]
    return Pairs(
        expiry=np.searchsorted(years, quotes.years[call]),
        strike=quotes.strike[call],
        difference=quotes.mid[call] - quotes.mid[put],
        uncertainty=np.maximum(0.5 * spreads, LEAST_SPREAD),
    )


def _keys(quotes: Quotes, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.complex128]:
    """Return one sortable number per (expiry, strike)."""
    return quotes.years[rows] + 1j * quotes.strike[rows]


def _forwards_given(pairs: Pairs, discount: FloatArray, without_pairs: FloatArray) -> FloatArray:
    """Return the weighted median over pairs of strike + difference / discount, per expiry."""
    estimate = pairs.strike + pairs.difference / discount[pairs.expiry]
    order = np.lexsort((estimate, pairs.expiry))
    forward = without_pairs.copy()
    bounds = np.searchsorted(pairs.expiry[order], np.arange(discount.size + 1))
    for i in range(discount.size):
        rows = order[bounds[i] : bounds[i + 1]]
        if rows.size:
            weight = np.cumsum(1.0 / pairs.uncertainty[rows])
            forward[i] = estimate[rows[np.searchsorted(weight, 0.5 * weight[-1])]]
    return forward


def _huber_lines(
    pairs: Pairs, forward: FloatArray, discount: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return forward and discount of each expiry's line, by reweighted least squares."""
    x = pairs.strike - forward[pairs.expiry]
    intercept, slope = np.zeros(forward.size), -discount
    for _ in range(N_REWEIGHTS):
        fitted = intercept[pairs.expiry] + slope[pairs.expiry] * x
        error = np.abs(pairs.difference - fitted) / pairs.uncertainty
        weight = 1.0 / (pairs.uncertainty**2 * np.maximum(error, 1.0))
        intercept, slope = _weighted_lines(pairs, x, weight, forward.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return forward - intercept / slope, np.where(slope < 0.0, -slope, np.nan)


def _rate_errors(pairs: Pairs, years: FloatArray) -> FloatArray:
    """Return the standard error of each expiry's fitted rate, per year, from the spreads alone."""
    weight = 1.0 / pairs.uncertainty**2
    total, sum_x, sum_xx = (
        np.bincount(pairs.expiry, weights=weight * part, minlength=years.size)
        for part in (np.ones(weight.size), pairs.strike, pairs.strike**2)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1.0 / (np.sqrt(sum_xx - sum_x**2 / total) * years)


def _weighted_lines(
    pairs: Pairs, x: FloatArray, weight: FloatArray, size: int
) -> tuple[FloatArray, FloatArray]:
    """Return intercept and slope of each expiry; NaN where its strikes make no line."""
    y = pairs.difference
    total, sum_x, sum_y, sum_xx, sum_xy = (
        np.bincount(pairs.expiry, weights=weight * part, minlength=size)
        for part in (np.ones(x.size), x, y, x * x, x * y)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (total * sum_xy - sum_x * sum_y) / (total * sum_xx - sum_x**2)
        return (sum_y - slope * sum_x) / total, slope


def _residual(pairs: Pairs, forward: FloatArray, discount: FloatArray) -> FloatArray:
    error = pairs.difference - discount[pairs.expiry] * (forward[pairs.expiry] - pairs.strike)
    weight = 1.0 / pairs.uncertainty**2
    squares = np.bincount(pairs.expiry, weights=weight * error**2, minlength=forward.size)
    total = np.bincount(pairs.expiry, weights=weight, minlength=forward.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(squares / total)
