"""A chain of American options analysed in one call, at a given rate and yield."""

import numpy as np
import numpy.typing as npt

from greeks.engine.american import american_greeks
from greeks.engine.american_implied import american_implied_vol
from greeks.engine.american_schemes import Accuracy
from greeks.engine.arrays import FloatArray
from greeks.engine.chain.analysis import ChainAnalysis, completed
from greeks.engine.chain.parity import fit_forwards
from greeks.engine.chain.quotes import (
    STALE_SECONDS,
    Quotes,
    is_usable,
    quote_issues,
)
from greeks.engine.chain.smile import (
    ContractVols,
)
from greeks.engine.status import Status


@np.errstate(all="ignore")  # rows out of range become NaN with a status, without a warning
def analyse_american_chain(
    quotes: Quotes,
    *,
    spot: float,
    rate: float,
    dividend_yield: float,
    stale_seconds: float = STALE_SECONDS,
    accuracy: Accuracy = "fast",
) -> ChainAnalysis:
    """Return issues, implied volatilities and Greeks of options that may be exercised early.

    Parameters
    ----------
    quotes : Quotes
        All contracts of one underlying.
    spot : float, currency, > 0
    rate, dividend_yield : float, per year
        Of every expiry: put-call parity does not hold for American options and tells neither.
    stale_seconds : float, seconds
        Older quotes are left out.
    accuracy : "fast", "accurate" or "high"
        As `american_price`.

    Raises
    ------
    ValueError
        If spot is not finite and above 0.

    Notes
    -----
    As `analyse_chain`, but for: forwards are those of the rates; a volatility is that of the
    American price; Greeks are the American ones at the volatility of the out-of-the-money side,
    which call and put share. A quote at what exercise pays now has no volatility: AT_INTRINSIC.
    """
    if not 0.0 < spot < np.inf:
        raise ValueError("spot must be finite and above 0")
    issues = quote_issues(quotes, stale_seconds=stale_seconds)
    usable = is_usable(issues)
    forwards = fit_forwards(
        quotes, np.zeros_like(usable), spot=spot, rate=rate, dividend_yield=dividend_yield
    )
    vols = _vols(quotes, usable, spot, rate, dividend_yield, accuracy)

    def greeks_at(vol: FloatArray) -> dict[str, npt.NDArray[np.generic]]:
        return american_greeks(
            quotes.kind, spot, quotes.strike, quotes.years, rate, dividend_yield, vol,
            accuracy=accuracy,
        )  # fmt: skip

    return completed(quotes, issues, forwards, vols, spot=spot, greeks_at=greeks_at)


def _vols(
    quotes: Quotes,
    usable: npt.NDArray[np.bool_],
    spot: float,
    rate: float,
    dividend_yield: float,
    accuracy: Accuracy,
) -> ContractVols:
    """Return the volatilities of usable quotes; of the others only the status of their mid."""
    prices = np.where(usable, np.stack([quotes.bid, quotes.mid, quotes.ask]), np.nan)
    found = american_implied_vol(
        quotes.kind, prices, spot, quotes.strike, quotes.years, rate, dividend_yield,
        accuracy=accuracy,
    )  # fmt: skip
    status = found.status[1].copy()
    is_quoted = ~usable & np.isfinite(quotes.mid)
    status[is_quoted & (status == Status.NAN_INPUT)] = Status.BAD_INPUT
    bid, mid, ask = found.vol
    return ContractVols(bid, mid, ask, status)
