"""A volatility surface fitted to the smiles of a chain, with its arbitrage told."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.chain.smile import Smile
from greeks.engine.surface.arbitrage import (
    Curve,
    butterfly,
    is_butterfly_free,
    is_calendar_free,
)
from greeks.engine.surface.ssvi import Ssvi, fit_ssvi
from greeks.engine.surface.svi import N_CHECKED, Svi, fit_svi

Model: TypeAlias = Literal["svi", "ssvi"]

LEAST_POINTS = 5
LEAST_VOL_ERROR = 1e-3
"""A tenth of a volatility point: no quote is known better than this."""
BEYOND = 0.25
"""Curves are checked this far, as a share of the quoted width, beyond the outermost strikes."""


class SliceStatus(IntEnum):
    """Whether an expiry has a curve."""

    OK = 0
    TOO_FEW_POINTS = 1
    """Fewer than five strikes have a volatility."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One expiry's curve and how well it fits; vol errors in units of vol, NaN without a curve.

    `inside_spread` is the share of strikes whose fitted volatility lies between bid and ask;
    `least_butterfly` the smallest g(k) checked; `is_calendar_free` compares with the expiry before.
    """

    years: float
    status: SliceStatus
    params: Svi | None
    n_points: int
    rmse_vol: float
    worst_vol: float
    inside_spread: float
    least_butterfly: float
    is_butterfly_free: bool
    is_calendar_free: bool


@dataclass(frozen=True, slots=True)
class Surface:
    """Volatility by log-moneyness and time; `ssvi` is None for a surface of SVI slices."""

    model: Model
    slices: tuple[Slice, ...]
    ssvi: Ssvi | None

    @property
    def is_arbitrage_free(self) -> bool:
        """Whether no slice breaks a butterfly or calendar bound where it was checked."""
        return all(one.is_butterfly_free and one.is_calendar_free for one in self.slices)

    def total_variance(self, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
        """Return vol^2 x years at each point, shaped as both broadcast; NaN without any curve.

        Notes
        -----
        Linear in total variance between expiries at equal log-moneyness, which keeps calendars
        free of arbitrage; in proportion to time before the first and after the last expiry.
        """
        k, t = np.broadcast_arrays(
            np.asarray(log_moneyness, dtype=np.float64), np.asarray(years, dtype=np.float64)
        )
        known = [i for i, one in enumerate(self.slices) if one.status is SliceStatus.OK]
        if not known:
            return np.full(k.shape, np.nan)
        times = np.array([self.slices[i].years for i in known])
        variances = np.stack([self._curve_of(i, k).variance for i in known])
        return _between_expiries(t, times, variances)

    def vol(self, log_moneyness: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
        """Return the volatility per year at each point; NaN where years is not above 0."""
        t = np.asarray(years, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.total_variance(log_moneyness, t) / np.where(t > 0.0, t, np.nan))

    def _curve_of(self, place: int, log_moneyness: FloatArray) -> Curve:
        params = self.slices[place].params
        if params is not None:
            return params.curve(log_moneyness)
        if self.ssvi is None:
            raise ValueError("this expiry has no curve")
        fitted = [i for i, one in enumerate(self.slices) if one.status is SliceStatus.OK]
        return self.ssvi.curve(log_moneyness, fitted.index(place))


@dataclass(frozen=True, slots=True)
class _Points:
    """The quotes of one expiry a curve is fitted to."""

    years: float
    log_moneyness: FloatArray
    vol: FloatArray
    vol_bid: FloatArray
    vol_ask: FloatArray

    @property
    def variance(self) -> FloatArray:
        return self.vol**2 * self.years

    @property
    def error(self) -> FloatArray:
        """Standard error of total variance: half the spread of the volatility quotes.

        A bid below intrinsic value allows any volatility down to 0, and an ask without one allows
        twice the mid's.
        """
        low = np.where(np.isfinite(self.vol_bid), self.vol_bid, 0.0)
        half = 0.5 * (np.where(np.isfinite(self.vol_ask), self.vol_ask, 2.0 * self.vol) - low)
        return 2.0 * self.vol * self.years * np.maximum(half, LEAST_VOL_ERROR)

    @property
    def checked(self) -> FloatArray:
        """Log-moneyness of the arbitrage checks."""
        low, high = self.log_moneyness.min(), self.log_moneyness.max()
        more = BEYOND * (high - low)
        return np.linspace(low - more, high + more, N_CHECKED)


def fit_surface(smile: Smile, *, model: Model = "svi") -> Surface:
    """Return the volatility surface of a chain's smiles.

    Parameters
    ----------
    smile : Smile
        One volatility per strike and expiry (`smile_of`).
    model : "svi" or "ssvi"
        A curve for each expiry, each held above the one before; or one formula for all, stiffer
        and without arbitrage everywhere.

    Raises
    ------
    ValueError
        If the model is unknown.

    Notes
    -----
    Points weigh by the spread of their volatility quotes. Expiries with fewer than five points
    have no curve and say so. Source: Gatheral & Jacquier (2014), Quantitative Finance 14(1).
    """
    if model not in ("svi", "ssvi"):
        raise ValueError("model must be 'svi' or 'ssvi'")
    expiries = [_points_of(smile, years) for years in np.unique(smile.years)]
    if model == "svi":
        return Surface(model, tuple(_svi_slices(expiries)), None)
    fitted = [points for points in expiries if points.vol.size >= LEAST_POINTS]
    if not fitted:
        return Surface(model, tuple(_no_slice(points) for points in expiries), None)
    ssvi = _fit_ssvi(fitted)
    return Surface(model, tuple(_ssvi_slices(expiries, ssvi)), ssvi)


def _points_of(smile: Smile, years: float) -> _Points:
    rows = smile.years == years
    columns = (smile.log_moneyness, smile.vol, smile.vol_bid, smile.vol_ask)
    return _Points(float(years), *(column[rows] for column in columns))


def _svi_slices(expiries: list[_Points]) -> list[Slice]:
    slices: list[Slice] = []
    before: Svi | None = None
    for points in expiries:
        if points.vol.size < LEAST_POINTS:
            slices.append(_no_slice(points))
            continue
        checked = points.checked
        floor = None if before is None else before.curve(checked).variance
        params = fit_svi(
            points.log_moneyness, points.variance, points.error, checked=checked, floor=floor
        )
        fitted = params.curve(points.log_moneyness).variance
        slices.append(_slice(points, params, fitted, params.curve(checked), floor))
        before = params
    return slices


def _fit_ssvi(fitted: list[_Points]) -> Ssvi:
    theta = [float(np.interp(0.0, points.log_moneyness, points.variance)) for points in fitted]
    return fit_ssvi(
        np.concatenate([points.log_moneyness for points in fitted]),
        np.concatenate([points.variance for points in fitted]),
        np.concatenate([points.error for points in fitted]),
        np.repeat(np.arange(len(fitted)), [points.vol.size for points in fitted]),
        np.array(theta),
    )


def _ssvi_slices(expiries: list[_Points], ssvi: Ssvi) -> list[Slice]:
    slices: list[Slice] = []
    place = 0
    for points in expiries:
        if points.vol.size < LEAST_POINTS:
            slices.append(_no_slice(points))
            continue
        checked = points.checked
        floor = None if not place else ssvi.curve(checked, place - 1).variance
        fitted = ssvi.curve(points.log_moneyness, place).variance
        slices.append(_slice(points, None, fitted, ssvi.curve(checked, place), floor))
        place += 1
    return slices


def _slice(
    points: _Points,
    params: Svi | None,
    fitted: FloatArray,
    checked: Curve,
    floor: FloatArray | None,
) -> Slice:
    vol = np.sqrt(np.maximum(fitted, 0.0) / points.years)
    miss = np.abs(vol - points.vol)
    g = butterfly(points.checked, checked)
    with np.errstate(invalid="ignore"):
        inside = (vol >= points.vol_bid) & (vol <= points.vol_ask)
    return Slice(
        years=points.years,
        status=SliceStatus.OK,
        params=params,
        n_points=points.vol.size,
        rmse_vol=float(np.sqrt((miss**2).mean())),
        worst_vol=float(miss.max()),
        inside_spread=float(inside.mean()),
        least_butterfly=float(g.min()),
        is_butterfly_free=is_butterfly_free(g),
        is_calendar_free=floor is None or is_calendar_free(floor, checked.variance),
    )


def _no_slice(points: _Points) -> Slice:
    nan = float("nan")
    return Slice(
        points.years, SliceStatus.TOO_FEW_POINTS, None, points.vol.size, nan, nan, nan, nan,
        is_butterfly_free=True, is_calendar_free=True,
    )  # fmt: skip


def _between_expiries(t: FloatArray, times: FloatArray, variances: FloatArray) -> FloatArray:
    """Interpolate `variances` float64[n_expiries, ...] at the times `t` float64[...]."""
    later = np.clip(np.searchsorted(times, t), 1, max(times.size - 1, 1))
    if times.size == 1:
        return variances[0] * t / times[0]
    early, late = times[later - 1], times[later]
    take = np.take_along_axis
    low = take(variances, (later - 1)[None], axis=0)[0]
    high = take(variances, later[None], axis=0)[0]
    inside = low + (high - low) * (t - early) / (late - early)
    ends = np.where(t < times[0], variances[0] * t / times[0], variances[-1] * t / times[-1])
    return np.where((t < times[0]) | (t > times[-1]), ends, inside)
