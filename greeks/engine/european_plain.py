"""European prices and Greeks in numpy and scipy: no compiling, the reference of the fast kernels.

All functions take flat float64 arrays of rows that passed `input_status`, and run where numpy is
told to be silent: far tails underflow to the zeros they are.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.normal import density, distribution, mills_difference

Mask: TypeAlias = npt.NDArray[np.bool_]

NEGLIGIBLE_VARIANCE = 1e-200
"""A variance (vol^2 years) below this is priced as none."""
HALF, DOUBLE = 0.5, 2.0
"""Between these ratios the difference of two doubles is exact."""
FIRST_ORDER = {
    "price", "delta", "gamma", "vega", "theta", "rho", "epsilon", "dual_delta", "prob_itm",
}  # fmt: skip
"""What `plain_first_order` gives."""
WIDEST_SERIES = (1.0, 3.0)
"""The largest deviation and moneyness where the series of `_narrow_price` is exact to rounding."""
TOLERATED_CANCELLATION = 100.0
"""Units of rounding the two terms of a price may lose to each other; see `_narrow_price`."""


class Options(NamedTuple):
    """Columns of options, float64[n] each; `kind` is +1 for calls, -1 for puts."""

    kind: FloatArray
    spot: FloatArray
    strike: FloatArray
    years: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    vol: FloatArray

    def rows(self, where: Mask) -> "Options":
        """Return the rows chosen by a mask."""
        return Options(*(column[where] for column in self))


class Terms(NamedTuple):
    """What prices and Greeks have in common, float64[n] each."""

    growth: FloatArray  # exp(-dividend_yield years)
    discount: FloatArray  # exp(-rate years)
    moneyness: FloatArray  # log(forward / strike)
    deviation: FloatArray  # vol sqrt(years)
    ratio: FloatArray  # moneyness / deviation, within 1e8
    d1: FloatArray
    d2: FloatArray


def terms_of(options: Options) -> Terms:
    """Return the shared terms of regular options."""
    _, spot, strike, years, rate, dividend_yield, vol = options
    deviation = vol * np.sqrt(years)
    moneyness = _log_ratio(spot, strike) + (rate - dividend_yield) * years
    ratio = np.clip(moneyness / deviation, -1e8, 1e8)
    return Terms(
        np.exp(-dividend_yield * years),
        np.exp(-rate * years),
        moneyness,
        deviation,
        ratio,
        ratio + 0.5 * deviation,
        ratio - 0.5 * deviation,
    )


def _log_ratio(spot: FloatArray, strike: FloatArray) -> FloatArray:
    """Return log(spot / strike), exact to rounding also where the two are nearly equal."""
    ratio = spot / strike
    return np.where(
        (ratio > HALF) & (ratio < DOUBLE), np.log1p((spot - strike) / strike), np.log(ratio)
    )


def is_regular(options: Options) -> Mask:
    """Tell where the formula applies; elsewhere the option is worth its limit."""
    variance = options.vol * options.vol * options.years
    return (options.spot > 0.0) & (options.strike > 0.0) & (variance > NEGLIGIBLE_VARIANCE)


def intrinsic_of(options: Options) -> FloatArray:
    """Return kind (spot growth - strike discount): what exercise at expiry is worth today.

    Notes
    -----
    Written so that nearly equal spot and strike lose no digit.
    """
    kind, spot, strike, years, rate, dividend_yield, _ = options
    growth_less_one = np.expm1(-dividend_yield * years)
    discount_less_one = np.expm1(-rate * years)
    return kind * ((spot - strike) + (spot * growth_less_one - strike * discount_less_one))


def plain_price(options: Options) -> FloatArray:
    """Return the values of regular options, in the currency of spot."""
    return _price_of(options, terms_of(options))


def _price_of(options: Options, terms: Terms) -> FloatArray:
    value = options.kind * (
        options.spot * terms.growth * distribution(options.kind * terms.d1)
        - options.strike * terms.discount * distribution(options.kind * terms.d2)
    )
    narrow = _is_narrow(terms)
    if narrow.any():
        rows = options.rows(narrow)
        value[narrow] = _narrow_price(rows, Terms(*(term[narrow] for term in terms)))
    return np.maximum(value, 0.0)


def _is_narrow(terms: Terms) -> Mask:
    """Tell where `_narrow_price` converges and the plain difference loses too many digits."""
    loses = 1.0 + np.abs(terms.ratio) > TOLERATED_CANCELLATION * terms.deviation
    deviation, moneyness = WIDEST_SERIES
    return loses & (terms.deviation <= deviation) & (np.abs(terms.moneyness) <= moneyness)


def _narrow_price(options: Options, terms: Terms) -> FloatArray:
    """Return values where the deviation is small, from the out-of-the-money side.

    Notes
    -----
    The present forward's density at d1 is the strike's at d2, so the out-of-the-money value is
    that density times a difference of Mills ratios, and the other side adds the intrinsic value.
    """
    centre = -np.abs(terms.ratio)
    half = 0.5 * terms.deviation
    present = np.sqrt(options.spot * terms.growth) * np.sqrt(options.strike * terms.discount)
    common = density(centre) * np.exp(-0.5 * half * half)
    ratios = mills_difference(np.maximum(centre, -40.0), half)
    return present * common * ratios + np.maximum(intrinsic_of(options), 0.0)


def plain_first_order(options: Options) -> dict[str, FloatArray]:
    """Return the price and the first derivatives (and gamma) of regular options, raw units."""
    return _first_order(options, terms_of(options))


def plain_greeks(options: Options) -> dict[str, FloatArray]:
    """Return the price and every Greek of regular options, raw units; see `european.greeks`."""
    terms = terms_of(options)
    first = _first_order(options, terms)
    return first | _higher_order(options, terms, first)


def _first_order(options: Options, terms: Terms) -> dict[str, FloatArray]:
    kind, spot, strike, years, rate, dividend_yield, vol = options
    probability = distribution(kind * terms.d2)
    delta = kind * terms.growth * distribution(kind * terms.d1)
    dual_delta = -kind * terms.discount * probability
    kernel = terms.growth * density(terms.d1)
    vega = spot * kernel * np.sqrt(years)
    carried = dividend_yield * spot * delta + rate * strike * dual_delta
    return {
        "price": _price_of(options, terms),
        "delta": delta,
        "gamma": kernel / (spot * terms.deviation),
        "vega": vega,
        "theta": carried - 0.5 * vega * vol / years,
        "rho": -years * strike * dual_delta,
        "epsilon": -years * spot * delta,
        "dual_delta": dual_delta,
        "prob_itm": probability,
    }


def _higher_order(
    options: Options, terms: Terms, first: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    _, spot, strike, years, rate, dividend_yield, vol = options
    delta, gamma, vega, value = (first[name] for name in ("delta", "gamma", "vega", "price"))
    kernel = gamma * spot * terms.deviation
    carry = (rate - dividend_yield) / terms.deviation
    # d1 d2 and its kin change sign; from these squares they keep their digits near zero
    ratio, half = terms.ratio * terms.ratio, 0.25 * vol * vol * years
    cross, cross_plus_one = ratio - half, (1.0 - half) + ratio
    fourth = half * (1.0 - half) + ratio * (3.0 + 2.0 * half - ratio)
    decay = dividend_yield + terms.d1 * carry
    return {
        "lambda": np.where(value > 0.0, delta * spot / value, np.nan),
        "vanna": -kernel * terms.d2 / vol,
        "charm": dividend_yield * delta - kernel * (carry - 0.5 * terms.d2 / years),
        "vomma": vega * cross / vol,
        "veta": vega * (decay - 0.5 * cross_plus_one / years),
        "speed": -gamma / spot * (terms.d1 / terms.deviation + 1.0),
        "zomma": gamma * (cross - 1.0) / vol,
        "color": gamma * (decay - 0.5 * (cross - 1.0) / years),
        "ultima": -vega / (vol * vol) * fourth,
        "dual_gamma": gamma * (spot / strike) * (spot / strike),
    }
