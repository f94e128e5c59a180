"""What a chain implies for the way to expiry: expected move, decay, and odds."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtr

from greeks.engine.arrays import FloatArray, Kind, as_kind, broadcast_columns
from greeks.engine.european import price
from greeks.engine.units import DAYS_PER_YEAR

STRADDLE_SHARE = 0.85


EXPECTED_MOVE_WORDS = {
    "from_vol": "spot x implied volatility x square root of (days / 365): one standard deviation",
    "from_straddle": "0.85 x price of the at-the-money straddle: a rule of thumb of traders",
}


class ExpectedMove(NamedTuple):
    """Two definitions of the move to expiry, up or down, in currency; NaN where unknown."""

    from_vol: FloatArray
    from_straddle: FloatArray


def expected_move(
    spot: npt.ArrayLike, atm_vol: npt.ArrayLike, years: npt.ArrayLike, straddle: npt.ArrayLike
) -> ExpectedMove:
    """Return the expected move to each expiry by both definitions, in the currency of spot.

    Parameters
    ----------
    spot : float64[...], currency
    atm_vol : float64[...], per year
    years : float64[...], calendar years (days / 365)
    straddle : float64[...], currency
        Price of the at-the-money call and put together.
    """
    with np.errstate(invalid="ignore"):
        root = np.sqrt(np.asarray(years, dtype=np.float64))
    from_vol = np.asarray(spot) * np.asarray(atm_vol) * root
    return ExpectedMove(from_vol, STRADDLE_SHARE * np.asarray(straddle, dtype=np.float64))


def decay(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    days: npt.ArrayLike = 1.0,
) -> FloatArray:
    """Return the change in value when `days` calendar days pass and nothing else moves, currency.

    Parameters
    ----------
    kind, spot, strike, years, rate, dividend_yield, vol
        As `greeks.engine.price`.
    days : float64[...], days, >= 0
        One by default; the days until tonight's close for the decay to the close. Never more than
        the time left counts.

    Notes
    -----
    Repriced, not theta: on the last day theta per day exceeds the whole premium. Negative for a
    holder, except deep in the money with carry.
    """
    left = np.asarray(years, dtype=np.float64)
    passed = np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR
    with np.errstate(invalid="ignore"):
        later = np.where(left >= 0.0, np.maximum(left - passed, 0.0), left)
    after = price(kind, spot, strike, later, rate, dividend_yield, vol)
    return np.asarray(after - price(kind, spot, strike, left, rate, dividend_yield, vol))


def probability_above(
    level: npt.ArrayLike,
    spot: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
) -> FloatArray:
    """Return the risk-neutral probability, in [0, 1], that the price at expiry is above `level`.

    Notes
    -----
    Levels of 0 and below are certain. Inputs without time, volatility or spot give NaN.
    """
    columns = (np.asarray(c, dtype=np.float64) for c in (level, spot, years, rate))
    at, spot_, years_, rate_ = columns
    vol_ = np.asarray(vol, dtype=np.float64)
    with np.errstate(all="ignore"):
        spread = vol_ * np.sqrt(years_)
        drift = (rate_ - np.asarray(dividend_yield) - 0.5 * vol_**2) * years_
        d2 = (np.log(spot_) - np.log(np.maximum(at, 0.0)) + drift) / spread
        is_known = (spread > 0.0) & (spot_ > 0.0) & np.isfinite(spread + spot_ + drift + at)
    return np.where(is_known, ndtr(np.where(is_known, d2, 0.0)), np.nan)


def probability_of_profit(
    kind: Kind,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    *,
    premium: npt.ArrayLike,
) -> FloatArray:
    """Return the risk-neutral probability that an option held to expiry pays more than `premium`.

    Notes
    -----
    The writer's probability is one minus this. The premium is not compounded to expiry, as
    brokers do not.
    """
    sign = as_kind(kind)
    break_even = np.asarray(strike, dtype=np.float64) + sign * np.asarray(premium)
    above = probability_above(break_even, spot, years, rate, dividend_yield, vol)
    return np.where(sign > 0.0, above, 1.0 - above)


def probability_of_touch(
    level: npt.ArrayLike,
    spot: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
) -> FloatArray:
    """Return the risk-neutral probability, in [0, 1], that the price touches `level` by expiry.

    Notes
    -----
    Continuous monitoring of a lognormal path (reflection principle), not twice the probability of
    finishing there. Inputs without time, volatility, spot or level give NaN.
    Source: Haug (2007), The Complete Guide to Option Pricing Formulas, 2nd ed., ch. 4.19.1.
    """
    _, (_, at, spot_, years_, rate_, yield_, vol_) = broadcast_columns(
        1, level, spot, years, rate, dividend_yield, vol
    )
    shape = np.broadcast_shapes(*(np.shape(c) for c in (level, spot, years, rate, vol)))
    total = at + spot_ + years_ + rate_ + yield_ + vol_
    known = np.isfinite(total) & (np.minimum(np.minimum(at, spot_), years_) > 0.0) & (vol_ > 0.0)
    result = np.full(total.shape, np.nan)
    columns = (c[known] for c in (at, spot_, years_, rate_ - yield_, vol_))
    result[known] = _touch(*columns)
    return result.reshape(np.broadcast_shapes(shape, np.shape(dividend_yield)))


def _touch(
    level: FloatArray, spot: FloatArray, years: FloatArray, carry: FloatArray, vol: FloatArray
) -> FloatArray:
    """Return the chance that a drifting Brownian motion reaches a barrier on either side."""
    distance = np.log(level / spot)
    side = np.where(distance >= 0.0, 1.0, -1.0)
    drift = side * (carry - 0.5 * vol**2)
    away = np.abs(distance)
    spread = vol * np.sqrt(years)
    straight = ndtr((drift * years - away) / spread)
    # In logarithms: the factor overflows where the probability beside it underflows.
    reflected = np.exp(2.0 * drift * away / vol**2 + log_ndtr((-drift * years - away) / spread))
    return np.minimum(straight + reflected, 1.0)
