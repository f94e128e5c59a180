"""How sure a Sharpe ratio is, given its sample and the number of trials behind it."""

import math
from statistics import NormalDist

EULER_GAMMA = 0.5772156649015329
_NORMAL = NormalDist()


def sharpe_standard_error(sharpe: float, n_returns: int, skew: float, kurtosis: float) -> float:
    """Return the standard error of a Sharpe ratio, per period as `sharpe` is.

    Parameters
    ----------
    sharpe : float, per period
        Not annualised.
    n_returns : int
        Number of returns behind it, at least 2.
    skew, kurtosis : float
        Third and fourth standardised moments; `kurtosis` is raw (3 for a normal).

    Notes
    -----
    NaN if the variance estimate is not above 0. Source: Bailey & Lopez de Prado (2012), "The
    Sharpe ratio efficient frontier", J. of Risk 15(2), eq. 8 (after Mertens, 2002).
    """
    variance = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    if n_returns < 2 or not variance > 0.0:  # noqa: PLR2004 -- one return has no spread
        return math.nan
    return math.sqrt(variance / (n_returns - 1))


def probabilistic_sharpe(  # a probability needs the whole shape of the sample
    sharpe: float, n_returns: int, skew: float, kurtosis: float, benchmark: float = 0.0
) -> float:
    """Return the probability that the true Sharpe ratio is above `benchmark`, in [0, 1].

    Parameters
    ----------
    sharpe, n_returns, skew, kurtosis
        As in `sharpe_standard_error`.
    benchmark : float, per period

    Notes
    -----
    Source: Bailey & Lopez de Prado (2012), J. of Risk 15(2), eq. 11.
    """
    error = sharpe_standard_error(sharpe, n_returns, skew, kurtosis)
    return math.nan if math.isnan(error) else _NORMAL.cdf((sharpe - benchmark) / error)


def expected_max_sharpe(n_trials: int, trial_sharpe_std: float) -> float:
    """Return the best Sharpe ratio to expect of `n_trials` worthless trials.

    Parameters
    ----------
    n_trials : int
        Independent trials, at least 1; one trial expects 0.
    trial_sharpe_std : float
        Standard deviation of the trials' Sharpe ratios; the result has its unit.

    Raises
    ------
    ValueError
        If `n_trials` is below 1.

    Notes
    -----
    Source: Bailey & Lopez de Prado (2014), "The deflated Sharpe ratio", J. of Portfolio
    Management 40(5), eq. 1 with zero mean.
    """
    if n_trials < 1:
        raise ValueError("n_trials must be at least 1")
    if n_trials == 1:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / n_trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (n_trials * math.e))
    return trial_sharpe_std * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second)
