"""Figures of an account against a benchmark."""

import math

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.returns import NAN, ROUNDING, ratio, spread_of

Float1D = npt.NDArray[np.float64]

BENCHMARK_KEYS = (
    *("alpha", "beta", "correlation", "tracking_error", "information_ratio"),
    *("up_capture", "down_capture"),
)


def benchmark_metrics(returns: Float1D, benchmark: Float1D, per_year: float) -> dict[str, float]:
    """Return the figures that set `returns` against those of a benchmark.

    Parameters
    ----------
    returns, benchmark : float64[n_returns], fractions
        Over the same days.
    per_year : float
        Returns a year; NaN leaves every annualised figure NaN.

    Notes
    -----
    All NaN for fewer than two returns. Source: Bacon (2008), "Practical portfolio performance
    measurement and attribution", 2nd ed., ch. 4; risk-free rate 0.
    """
    if returns.size < 2 or returns.size != benchmark.size:  # noqa: PLR2004 -- a spread needs two
        return dict.fromkeys(BENCHMARK_KEYS, NAN)
    own, other = spread_of(returns), spread_of(benchmark)
    covariance = float(np.cov(returns, benchmark)[0, 1])
    beta = ratio(covariance, other**2)
    active = returns - benchmark
    error = spread_of(active)
    if error <= ROUNDING * max(own, other):
        error = 0.0  # the account is the benchmark; what is left is rounding
    up, down = benchmark > 0.0, benchmark < 0.0
    return {
        "alpha": float(returns.mean() - beta * benchmark.mean()) * per_year,
        "beta": beta,
        "correlation": ratio(covariance, own * other),
        "tracking_error": error * math.sqrt(per_year),
        "information_ratio": ratio(float(active.mean()), error) * math.sqrt(per_year),
        "up_capture": ratio(float(returns[up].sum()), float(benchmark[up].sum())),
        "down_capture": ratio(float(returns[down].sum()), float(benchmark[down].sum())),
    }
