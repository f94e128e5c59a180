"""European prices and Greeks as compiled loops without branches.

The loops know only the usual option. They mark the rows that are something else (a missing
value, an edge, an option whose two terms cancel), and the caller sends those through the plain
functions. The formulas are those of `european_plain`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from greeks.engine.arrays import FloatArray
from greeks.engine.simd import exp_and_less_one, log_ratio, tails_over_kernel
from greeks.engine.simd_blocks import (
    BLOCK,
    Columns,
    Marks,
    Slots,
    load_block,
    store_block,
    store_marks,
)

N_FIRST_ORDER = 6
N_ALL = 19
TOLERATED_CANCELLATION = 2000.0
"""Units of rounding the two terms of a price may lose to each other before a row is marked."""
FARTHEST = 40.0
"""Beyond this ratio of moneyness and deviation the out-of-the-money side is worth 0."""
CLIP = 1e3
LARGEST_SQUARE = 700.0
LARGEST_MONEYNESS = 10.0
LARGEST_DEVIATION = 100.0
LARGEST_EXPONENT = 200.0
SMALLEST, LARGEST = 1e-50, 1e50
"""Between these are the usual spots, strikes and times."""
INVERSE_SQRT_2PI = 0.3989422804014327


class Row(NamedTuple):
    """The shared terms of one option."""

    root: float  # sqrt(years)
    variance: float
    by_deviation: float  # 1 / deviation
    by_spot: float  # 1 / spot
    ratio: float  # moneyness / deviation
    d1: float
    d2: float
    density: float  # growth times the normal density at d1
    n1: float  # growth times the normal distribution at kind d1
    n2: float  # discount times the normal distribution at kind d2
    discount: float
    unusual: float  # 1 where the plain functions must decide, else 0


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _row(option: tuple[float, float, float, float, float, float, float]) -> Row:
    kind, spot, strike, years, rate, dividend_yield, vol = option
    root = np.sqrt(years)
    deviation = vol * root
    by_both = 1.0 / (spot * deviation)
    by_deviation = by_both * spot
    moneyness = log_ratio(spot, strike) + (rate - dividend_yield) * years
    exponent = max(abs(rate), abs(dividend_yield)) * years
    ratio = min(max(moneyness * by_deviation, -CLIP), CLIP)
    d1, d2 = ratio + 0.5 * deviation, ratio - 0.5 * deviation
    growth = exp_and_less_one(-dividend_yield * years)[0]
    discount = exp_and_less_one(-rate * years)[0]
    square = 0.5 * d1 * d1
    kernel = growth * exp_and_less_one(-square)[0]
    kernel = kernel if square < LARGEST_SQUARE else 0.0
    # the density at d2 is the density at d1 times the forward over the strike
    tail1, tail2 = tails_over_kernel(d1, d2)
    below1, below2 = kernel * tail1, kernel * (spot / strike) * tail2
    n1 = below1 if kind * d1 < 0.0 else growth - below1
    n2 = below2 if kind * d2 < 0.0 else discount - below2
    far = abs(ratio)
    is_usual = (
        (min(spot, strike, years) > SMALLEST)
        & (max(spot, strike, years) < LARGEST)
        & (deviation < LARGEST_DEVIATION)
        & (abs(moneyness) < LARGEST_MONEYNESS)
        & (exponent < LARGEST_EXPONENT)
        & ((1.0 + far < TOLERATED_CANCELLATION * deviation) | (far > FARTHEST))
        & (deviation > SMALLEST)
    )
    return Row(
        root=root,
        variance=deviation * deviation,
        by_deviation=by_deviation,
        by_spot=by_both * deviation,
        ratio=ratio,
        d1=d1,
        d2=d2,
        density=INVERSE_SQRT_2PI * kernel,
        n1=n1,
        n2=n2,
        discount=discount,
        unusual=0.0 if is_usual else 1.0,
    )


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def _option(into: FloatArray, i: int) -> tuple[float, float, float, float, float, float, float]:
    return (
        into[i],
        into[BLOCK + i],
        into[2 * BLOCK + i],
        into[3 * BLOCK + i],
        into[4 * BLOCK + i],
        into[5 * BLOCK + i],
        into[6 * BLOCK + i],
    )


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _first_order_block(into: FloatArray, out: FloatArray) -> None:
    """Write price, delta, gamma, vega, theta and rho of one block, then what is unusual."""
    for i in range(BLOCK):
        option = _option(into, i)
        kind, spot, strike, years, rate, dividend_yield, vol = option
        row = _row(option)
        present, discounted = spot * row.n1, strike * row.n2
        carried = kind * (dividend_yield * present - rate * discounted)
        out[i] = max(kind * (present - discounted), 0.0)
        out[BLOCK + i] = kind * row.n1
        out[2 * BLOCK + i] = row.density * row.by_deviation * row.by_spot
        out[3 * BLOCK + i] = spot * row.density * row.root
        out[4 * BLOCK + i] = carried - 0.5 * spot * row.density * vol * vol * row.by_deviation
        out[5 * BLOCK + i] = kind * years * discounted
        out[6 * BLOCK + i] = row.unusual


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _all_block(into: FloatArray, out: FloatArray) -> None:
    """Write every Greek of one block in the order of `european.GREEK_NAMES`, then the unusual."""
    for i in range(BLOCK):
        option = _option(into, i)
        kind, spot, strike, years, rate, dividend_yield, vol = option
        row = _row(option)
        by_vol, by_years = row.root * row.by_deviation, vol * vol * row.by_deviation**2
        delta, value = kind * row.n1, max(kind * (spot * row.n1 - strike * row.n2), 0.0)
        gamma = row.density * row.by_deviation * row.by_spot
        vega = spot * row.density * row.root
        carry = (rate - dividend_yield) * row.by_deviation
        # d1 d2 and its kin change sign; from these squares they keep their digits near zero
        squared, half = row.ratio * row.ratio, 0.25 * vol * vol * years
        cross = squared - half
        fourth = half * (1.0 - half) + squared * (3.0 + 2.0 * half - squared)
        decay = dividend_yield + row.d1 * carry
        over_strike = spot / strike
        out[i] = value
        out[BLOCK + i] = delta
        out[2 * BLOCK + i] = gamma
        out[3 * BLOCK + i] = vega
        out[4 * BLOCK + i] = (
            kind * (dividend_yield * spot * row.n1 - rate * strike * row.n2)
            - 0.5 * spot * row.density * vol * vol * row.by_deviation
        )
        out[5 * BLOCK + i] = kind * years * strike * row.n2
        out[6 * BLOCK + i] = -years * spot * delta
        out[7 * BLOCK + i] = delta * spot / value if value > 0.0 else np.nan
        out[8 * BLOCK + i] = -row.density * row.d2 * by_vol
        out[9 * BLOCK + i] = dividend_yield * delta - row.density * (
            carry - 0.5 * row.d2 * by_years
        )
        out[10 * BLOCK + i] = vega * cross * by_vol
        out[11 * BLOCK + i] = vega * (decay - 0.5 * ((1.0 - half) + squared) * by_years)
        out[12 * BLOCK + i] = -gamma * row.by_spot * (row.d1 * row.by_deviation + 1.0)
        out[13 * BLOCK + i] = gamma * (cross - 1.0) * by_vol
        out[14 * BLOCK + i] = gamma * (decay - 0.5 * (cross - 1.0) * by_years)
        out[15 * BLOCK + i] = -vega * by_vol * by_vol * fourth
        out[16 * BLOCK + i] = -kind * row.n2
        out[17 * BLOCK + i] = gamma * over_strike * over_strike
        out[18 * BLOCK + i] = row.n2 / row.discount
        out[19 * BLOCK + i] = row.unusual


@njit(cache=True)
def _fill(columns: Columns, slots: Slots, out: FloatArray, marks: Marks) -> None:
    n_found = N_FIRST_ORDER if slots.max() < N_FIRST_ORDER else N_ALL
    into, found = np.ones(len(columns) * BLOCK), np.empty((n_found + 1) * BLOCK)
    for start in range(0, marks.size, BLOCK):
        count = min(BLOCK, marks.size - start)
        load_block(columns, start, count, into)
        if n_found == N_FIRST_ORDER:
            _first_order_block(into, found)
        else:
            _all_block(into, found)
        store_marks(found[n_found * BLOCK :], start, count, marks)
        store_block(found, slots, start, count, out)


def compiled_greeks(columns: Columns, slots: Slots, n_rows: int) -> tuple[FloatArray, Marks]:
    """Return the chosen columns of `european.GREEK_NAMES` for usual options, and marks.

    Parameters
    ----------
    columns : seven float64[n_rows] or float64[1]
        As `european_plain.Options`.
    slots : int64[k]
        Positions in `european.GREEK_NAMES`; the first six are the fastest together.

    Returns
    -------
    float64[k, n_rows] and bool[n_rows]
        Marked rows must be computed by the plain functions.
    """
    out = np.empty((slots.size, n_rows))
    marks = np.empty(n_rows, dtype=np.bool_)
    _fill(columns, slots, out, marks)
    return out, marks
