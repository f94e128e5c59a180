"""Figures of a series of returns."""

import math

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.confidence import probabilistic_sharpe, sharpe_standard_error

Float1D = npt.NDArray[np.float64]
NAN = float("nan")
TAIL = 0.05
ROUNDING = 1e-12

RETURN_KEYS = (
    *("annual_return", "volatility", "volatility_geometric", "sharpe", "sharpe_geometric"),
    *("sortino", "sortino_geometric", "best_day", "worst_day", "positive_days"),
    *("value_at_risk", "expected_shortfall", "skew", "kurtosis", "omega", "tail_ratio"),
    *("sharpe_standard_error", "psr"),
)


def ratio(above: float, below: float) -> float:
    """Return ``above / below``, NaN where `below` is 0 or NaN."""
    return above / below if below else NAN


def period_returns(values: Float1D) -> Float1D:
    """Return the simple returns between successive `values`; empty if one is not above 0.

    Notes
    -----
    An account at or below zero has no return any more; figures made of returns are then
    undefined rather than computed from a part of the path.
    """
    if values.size and values.min() <= 0.0:
        return np.empty(0)
    return values[1:] / values[:-1] - 1.0


def spread_of(returns: Float1D) -> float:
    """Return the sample standard deviation (n - 1); 0 where only rounding makes a spread."""
    spread = float(returns.std(ddof=1))
    return spread if spread > ROUNDING * abs(float(returns.mean())) else 0.0


def return_metrics(returns: Float1D, per_year: float) -> dict[str, float]:
    """Return the figures made of daily returns; each name is described in `METRICS`.

    Parameters
    ----------
    returns : float64[n_returns], fractions
        Between successive day ends; a NaN is not allowed.
    per_year : float
        Returns a year; NaN leaves every annualised figure NaN.

    Notes
    -----
    Fewer than two returns define nothing: all NaN.
    """
    if returns.size < 2:  # noqa: PLR2004 -- a spread needs two
        return dict.fromkeys(RETURN_KEYS, NAN)
    return {
        **_reward(returns, per_year),
        **_shape(returns),
        **_sharpe_confidence(returns, per_year),
    }


def _reward(returns: Float1D, per_year: float) -> dict[str, float]:
    mean, spread = float(returns.mean()), spread_of(returns)
    growth = math.exp(float(np.log1p(returns).mean()))
    annual = grown(growth, per_year) - 1.0
    apart = grown(spread**2 + growth**2, per_year) - grown(growth, 2.0 * per_year)
    compound = math.sqrt(max(apart, 0.0)) if math.isfinite(apart) else NAN
    downside = math.sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
    year_root = math.sqrt(per_year)
    return {
        "annual_return": annual,
        "volatility": spread * year_root,
        "volatility_geometric": compound if spread else 0.0 * per_year,
        "sharpe": ratio(mean, spread) * year_root,
        "sharpe_geometric": ratio(annual, compound) if spread else NAN,
        "sortino": ratio(mean, downside) * year_root,
        "sortino_geometric": ratio(annual, downside * year_root),
    }


def grown(factor: float, periods: float) -> float:
    """Return `factor` to the power of `periods`, infinite where no float is large enough."""
    try:
        return float(factor**periods)
    except OverflowError:
        return math.inf


def moments(returns: Float1D) -> tuple[float, float]:
    """Return skewness and raw kurtosis (3 for a normal), corrected for the sample's size.

    Notes
    -----
    NaN for fewer than four returns or constant ones. Source: Joanes & Gill (1998), The
    Statistician 47(1), G1 and G2 (+ 3).
    """
    n = returns.size
    if n < 4 or not spread_of(returns):  # noqa: PLR2004 -- G2 divides by n - 3
        return NAN, NAN
    centred = returns - returns.mean()
    variance = float(np.mean(centred**2))
    skew = float(np.mean(centred**3)) / variance**1.5
    excess = float(np.mean(centred**4)) / variance**2 - 3.0
    corrected = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6.0)
    return skew * math.sqrt(n * (n - 1)) / (n - 2), corrected + 3.0


def _shape(returns: Float1D) -> dict[str, float]:
    low, high = (float(q) for q in np.quantile(returns, (TAIL, 1.0 - TAIL)))
    skew, kurtosis = moments(returns)
    gains, losses = float(returns[returns > 0].sum()), -float(returns[returns < 0].sum())
    return {
        "best_day": float(returns.max()),
        "worst_day": float(returns.min()),
        "positive_days": float(np.mean(returns > 0)),
        "value_at_risk": -low,
        "expected_shortfall": -float(returns[returns <= low].mean()),
        "skew": skew,
        "kurtosis": kurtosis - 3.0,
        "omega": ratio(gains, losses),
        "tail_ratio": ratio(abs(high), abs(low)),
    }


def _sharpe_confidence(returns: Float1D, per_year: float) -> dict[str, float]:
    sharpe = ratio(float(returns.mean()), spread_of(returns))
    skew, kurtosis = moments(returns)
    sample = (sharpe, returns.size, skew, kurtosis)
    return {
        "sharpe_standard_error": sharpe_standard_error(*sample) * math.sqrt(per_year),
        "psr": probabilistic_sharpe(*sample),
    }
