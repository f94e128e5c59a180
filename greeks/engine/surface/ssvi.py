"""A whole surface in one formula: SSVI with a power law, free of arbitrage by its parameters."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.surface.arbitrage import Curve

LARGEST_ETA = 2.0
LEAST_GAMMA, LARGEST_GAMMA = 0.01, 0.5
LEAST_STEP = 1e-10


class Ssvi(NamedTuple):
    """w(k, theta) = theta / 2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)).

    phi(theta) = eta / (theta^gamma (1 + theta)^(1 - gamma)); `theta` float64[n_expiries] is the
    total variance at the forward of each expiry, never falling. Free of static arbitrage as
    eta (1 + |rho|) <= 2 and gamma <= 1/2.
    """

    rho: float
    eta: float
    gamma: float
    theta: FloatArray

    def curve(self, log_moneyness: FloatArray, expiry: npt.ArrayLike) -> Curve:
        """Return total variance and derivatives at each log-moneyness of each place in `theta`."""
        theta = self.theta[np.asarray(expiry)]
        phi = self.eta / (theta**self.gamma * (1.0 + theta) ** (1.0 - self.gamma))
        x = phi * log_moneyness
        root = np.sqrt((x + self.rho) ** 2 + 1.0 - self.rho**2)
        return Curve(
            0.5 * theta * (1.0 + self.rho * x + root),
            0.5 * theta * phi * (self.rho + (x + self.rho) / root),
            0.5 * theta * phi**2 * (1.0 - self.rho**2) / root**3,
        )


def fit_ssvi(
    log_moneyness: FloatArray,
    variance: FloatArray,
    error: FloatArray,
    expiry: npt.NDArray[np.intp],
    theta: FloatArray,
) -> Ssvi:
    """Return the SSVI surface through total variances of all expiries.

    Parameters
    ----------
    log_moneyness, variance, error : float64[n_points]
        As for `fit_svi`.
    expiry : intp[n_points]
        Place of each point's expiry in `theta`.
    theta : float64[n_expiries], > 0
        Total variance at the forward of each expiry, ascending in time: the start.

    Notes
    -----
    Source: Gatheral & Jacquier (2014), Quantitative Finance 14(1), section 4, eq. 4.5 and the
    condition below it.
    """
    steps = np.maximum(np.diff(np.maximum.accumulate(theta), prepend=0.0), LEAST_STEP)
    steps[1:] = np.maximum(steps[1:], 1e-3 * theta[0])
    start = np.concatenate([[-0.3, 0.0, 0.0], np.log(steps)])

    def residuals(free: FloatArray) -> FloatArray:
        return (_from_free(free).curve(log_moneyness, expiry).variance - variance) / error

    from scipy.optimize import least_squares  # noqa: PLC0415 -- 25 MB, 0.3 s

    found = least_squares(residuals, start, method="lm", max_nfev=3000)
    return _from_free(found.x)


def _from_free(free: FloatArray) -> Ssvi:
    """Map unbounded numbers into the region without arbitrage."""
    rho = float(np.clip(np.tanh(free[0]), -0.999, 0.999))
    eta = LARGEST_ETA / (1.0 + abs(rho)) * _unit(free[1])
    gamma = LEAST_GAMMA + (LARGEST_GAMMA - LEAST_GAMMA) * _unit(free[2])
    return Ssvi(rho, eta, gamma, np.cumsum(np.exp(np.clip(free[3:], -40.0, 5.0))))


def _unit(value: float) -> float:
    return float(0.5 * (1.0 + np.tanh(0.5 * value)))
