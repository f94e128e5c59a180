"""One expiry's smile as a raw SVI curve of total variance."""

from typing import NamedTuple

import numpy as np

from greeks.engine.arrays import FloatArray
from greeks.engine.surface.arbitrage import Curve, butterfly

N_CHECKED = 41
"""Points of log-moneyness at which a fit is held free of arbitrage."""
MARGIN = 2e-3
PENALTIES = (3e2, 3e3, 3e4, 3e5)
"""How many standard errors a violation of one costs; raised until the margin holds."""
TOLERANCES = {"method": "lm", "ftol": 1e-4, "xtol": 1e-6, "max_nfev": 120}
LARGEST_WING = 2.0
"""Lee's bound on the slope of total variance in log-moneyness."""


class Svi(NamedTuple):
    """Raw parameters: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2))."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float

    def curve(self, log_moneyness: FloatArray) -> Curve:
        """Return total variance and its two derivatives at each log-moneyness."""
        x = log_moneyness - self.m
        root = np.sqrt(x * x + self.sigma**2)
        return Curve(
            self.a + self.b * (self.rho * x + root),
            self.b * (self.rho + x / root),
            self.b * self.sigma**2 / root**3,
        )

    @property
    def wing_slope(self) -> float:
        """Slope of the steeper wing; above 2 moments would not exist."""
        return self.b * (1.0 + abs(self.rho))


def fit_svi(
    log_moneyness: FloatArray,
    variance: FloatArray,
    error: FloatArray,
    *,
    checked: FloatArray,
    floor: FloatArray | None = None,
) -> Svi:
    """Return the raw SVI curve through total variances, held free of arbitrage.

    Parameters
    ----------
    log_moneyness, variance, error : float64[n_points], n_points >= 5
        ln(strike / forward), total variance (vol^2 years), and its standard error, > 0.
    checked : float64[n_checked]
        Log-moneyness at which butterflies must not be negative.
    floor : float64[n_checked], optional
        Total variance of the expiry before at `checked`: the curve stays above.

    Notes
    -----
    For fixed m and sigma the rest is linear with positive weights, so a coarse grid of both gives
    a start; then all five by least squares, and again with penalties if that left arbitrage.
    Source: Gatheral & Jacquier (2014), Quantitative Finance 14(1), eq. 3.1; the split into two and
    three parameters: De Marco & Martini (2009), Quasi-explicit calibration of Gatheral's SVI.
    """
    from scipy.optimize import least_squares  # noqa: PLC0415 -- 25 MB, 0.3 s

    svi = _free_fit(_start(log_moneyness, variance, error), log_moneyness, variance, error)
    everywhere, n_points = np.concatenate([log_moneyness, checked]), variance.size

    def residuals(free: FloatArray, penalty: float) -> FloatArray:
        svi = _from_free(free)
        curve = svi.curve(everywhere)
        misfit = (curve.variance[:n_points] - variance) / error
        rest = Curve(*(column[n_points:] for column in curve))
        return np.concatenate([misfit, penalty * _violations(svi, checked, rest, floor)])

    for penalty in PENALTIES:
        if _violations(svi, checked, svi.curve(checked), floor).max() < MARGIN:
            break
        found = least_squares(residuals, _to_free(svi), args=(penalty,), **TOLERANCES)
        svi = _from_free(found.x)
    return svi


def _free_fit(svi: Svi, log_moneyness: FloatArray, variance: FloatArray, error: FloatArray) -> Svi:
    """Return the least-squares curve near `svi`, whatever arbitrage it has."""
    from scipy.optimize import least_squares  # noqa: PLC0415 -- 25 MB, 0.3 s

    def residuals(free: FloatArray) -> FloatArray:
        return (_from_free(free).curve(log_moneyness).variance - variance) / error

    def jacobian(free: FloatArray) -> FloatArray:
        _, b, rho, m, sigma = _from_free(free)
        x = log_moneyness - m
        root = np.sqrt(x * x + sigma**2)
        columns = (
            np.ones(x.size),
            b * (rho * x + root),
            b * x * (1.0 - rho**2),
            -b * (rho + x / root),
            b * sigma**2 / root,
        )
        return np.stack(columns, axis=1) / error[:, None]

    return _from_free(least_squares(residuals, _to_free(svi), jac=jacobian, **TOLERANCES).x)


def _start(log_moneyness: FloatArray, variance: FloatArray, error: FloatArray) -> Svi:
    """Return the best curve over a grid of (m, sigma), the other three solved exactly."""
    from scipy.optimize import nnls  # noqa: PLC0415 -- 25 MB, 0.3 s

    width = max(float(np.ptp(log_moneyness)), 1e-3)
    centres = np.linspace(log_moneyness.min(), log_moneyness.max(), 9)
    best, least = Svi(float(variance.mean()), 1e-3, 0.0, 0.0, 0.1 * width), np.inf
    for m in centres:
        for sigma in width * np.array([0.03, 0.1, 0.3, 1.0]):
            y = (log_moneyness - m) / sigma
            root = np.sqrt(1.0 + y * y)
            columns = np.stack([np.ones(y.size), 0.5 * (root + y), 0.5 * (root - y)], axis=1)
            (a, up, down), misfit = nnls(columns / error[:, None], variance / error)
            if misfit < least and up + down > 0.0:
                rho = float(np.clip((up - down) / (up + down), -0.95, 0.95))
                b = max(0.5 * (up + down) / sigma, 1e-6)
                best, least = Svi(float(a), float(b), rho, float(m), float(sigma)), misfit
    return best


def _to_free(svi: Svi) -> FloatArray:
    return np.array(
        [svi.a, np.log(svi.b), np.arctanh(svi.rho), svi.m, np.log(svi.sigma)], dtype=np.float64
    )


def _from_free(free: FloatArray) -> Svi:
    a, log_b, rho, m, log_sigma = (float(value) for value in free)
    b, sigma = np.exp(np.clip([log_b, log_sigma], -25.0, 5.0))
    return Svi(a, float(b), float(np.clip(np.tanh(rho), -0.999999, 0.999999)), m, float(sigma))


def _violations(
    svi: Svi, checked: FloatArray, curve: Curve, floor: FloatArray | None
) -> FloatArray:
    """Return how far the curve breaks each bound; 0 where it keeps a small margin."""
    positive = np.maximum(curve.variance, 1e-12)
    lowest = svi.a + svi.b * svi.sigma * np.sqrt(1.0 - svi.rho**2)
    short = [
        MARGIN - butterfly(checked, curve._replace(variance=positive)),
        np.array([MARGIN - lowest / positive.mean(), svi.wing_slope - LARGEST_WING + MARGIN]),
    ]
    if floor is not None:
        short.append(floor * (1.0 + MARGIN) / positive - 1.0)
    return np.clip(np.concatenate(short), 0.0, 1e3)
