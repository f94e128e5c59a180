"""Profit of a position over spot, time and volatility, and its Greeks in dollars."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.american import american_greeks
from greeks.engine.arrays import FloatArray
from greeks.engine.european import greeks
from greeks.engine.positions.legs import Legs, leg_values
from greeks.engine.units import DAYS_PER_YEAR, POINTS

PERCENT = 1.0 / POINTS
LEG_GREEK_NAMES = ("delta", "gamma", "theta", "vega", "rho")


class LegGreeks(NamedTuple):
    """Greeks of each leg at its size: float64[n_legs].

    Shares of delta; dollars of delta; shares per point and dollars per 1 % move of gamma; dollars
    per calendar day of theta, per volatility point of vega, per 1 % of rho.
    """

    delta_shares: FloatArray
    delta_usd: FloatArray
    gamma_shares_per_1usd: FloatArray
    gamma_usd_per_1pct: FloatArray
    theta_usd_per_day: FloatArray
    vega_usd_per_1volpt: FloatArray
    rho_usd_per_1pct: FloatArray


class PositionGreeks(NamedTuple):
    """The sums of `LegGreeks`, and the `legs` themselves."""

    delta_shares: float
    delta_usd: float
    gamma_shares_per_1usd: float
    gamma_usd_per_1pct: float
    theta_usd_per_day: float
    vega_usd_per_1volpt: float
    rho_usd_per_1pct: float
    legs: LegGreeks


def profit(
    legs: Legs,
    spots: npt.ArrayLike,
    *,
    days: float = 0.0,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    vol_shift: float = 0.0,
) -> FloatArray:
    """Return profit in currency with the underlying at each spot, `days` from now: float64[n].

    Parameters
    ----------
    legs : Legs
    spots : float64[n_spots], currency, >= 0
    days : float, calendar days from now, >= 0
    rate, dividend_yield : float, per year
    vol_shift : float, per year
        Added to every leg's volatility (0.01 is one point).

    Notes
    -----
    Value at that day less what was paid; no interest on the premium. NaN if an option that is
    still alive has no volatility.
    """
    return profit_after(
        legs, np.atleast_1d(np.asarray(spots, dtype=np.float64)), days / DAYS_PER_YEAR,
        rate=rate, dividend_yield=dividend_yield, vol_shift=vol_shift,
    )  # fmt: skip


def profit_at_first_expiry(
    legs: Legs, spots: npt.ArrayLike, *, rate: float = 0.0, dividend_yield: float = 0.0
) -> FloatArray:
    """Return profit in currency at the first expiry: float64[n_spots]; later legs repriced."""
    at = np.atleast_1d(np.asarray(spots, dtype=np.float64))
    horizon = np.nan_to_num(legs.first_expiry_years)
    return profit_after(legs, at, horizon, rate=rate, dividend_yield=dividend_yield)


def profit_after(
    legs: Legs,
    spots: FloatArray,
    years_passed: float,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    vol_shift: float | FloatArray = 0.0,
) -> FloatArray:
    """Return profit in currency at each spot after a time in years: float64[n_spots]."""
    values = leg_values(
        legs, spots, years_passed=years_passed, rate=rate, dividend_yield=dividend_yield,
        vol_shift=vol_shift,
    )  # fmt: skip
    return legs.shares @ values - legs.cost


def profit_matrix(
    legs: Legs,
    spots: npt.ArrayLike,
    vol_shifts: npt.ArrayLike,
    days: npt.ArrayLike,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
) -> FloatArray:
    """Return profit over dates, volatilities and spots: float64[n_days, n_vols, n_spots].

    Parameters
    ----------
    spots : float64[n_spots], currency
    vol_shifts : float64[n_vols], per year
        Added to every leg's volatility.
    days : float64[n_days], calendar days from now
    """
    at = np.atleast_1d(np.asarray(spots, dtype=np.float64))
    shifts, dates = (np.atleast_1d(np.asarray(c, dtype=np.float64)) for c in (vol_shifts, days))
    every_spot, every_shift = np.tile(at, shifts.size), np.repeat(shifts, at.size)
    cells = [
        profit_after(
            legs, every_spot, day / DAYS_PER_YEAR, rate=rate, dividend_yield=dividend_yield,
            vol_shift=every_shift,
        )
        for day in dates
    ]  # fmt: skip
    return np.array(cells).reshape(dates.size, shifts.size, at.size)


def position_greeks(
    legs: Legs, *, spot: float, rate: float = 0.0, dividend_yield: float = 0.0
) -> PositionGreeks:
    """Return the Greeks of a position now, in shares and dollars; NaN where a vol is missing.

    Parameters
    ----------
    spot : float, currency, >= 0
    rate, dividend_yield : float, per year
    """
    options = ~legs.is_stock
    raw = _raw_greeks(legs, spot, rate, dividend_yield)
    delta = np.where(options, raw["delta"], 1.0) * legs.shares
    gamma, theta, vega, rho = (
        np.where(options, raw[name], 0.0) * legs.shares
        for name in ("gamma", "theta", "vega", "rho")
    )
    rows = LegGreeks(
        delta_shares=delta,
        delta_usd=delta * spot,
        gamma_shares_per_1usd=gamma,
        gamma_usd_per_1pct=gamma * spot * spot * PERCENT,
        theta_usd_per_day=theta / DAYS_PER_YEAR,
        vega_usd_per_1volpt=vega * PERCENT,
        rho_usd_per_1pct=rho * PERCENT,
    )
    return PositionGreeks._make((*(float(column.sum()) for column in rows), rows))


def _raw_greeks(
    legs: Legs, spot: float, rate: float, dividend_yield: float
) -> dict[str, npt.NDArray[np.generic]]:
    """Return raw Greeks of one share of each leg; those of stock mean nothing."""
    terms = (
        np.where(legs.is_stock, 1.0, legs.kind), spot, legs.strike, legs.years, rate,
        dividend_yield, legs.vol,
    )  # fmt: skip
    raw = greeks(*terms, which=LEG_GREEK_NAMES)
    early = (legs.early != 0.0) & ~legs.is_stock
    if early.any():
        american = american_greeks(*terms)
        raw |= {name: np.where(early, american[name], raw[name]) for name in LEG_GREEK_NAMES}
    return raw
