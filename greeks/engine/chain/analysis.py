"""A chain analysed in one call: issues, forwards, volatilities, Greeks and expected moves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray
from greeks.engine.chain.odds import ExpectedMove, expected_move
from greeks.engine.chain.parity import Forwards, fit_forwards
from greeks.engine.chain.quotes import (
    STALE_SECONDS,
    IssueArray,
    QuoteIssue,
    Quotes,
    is_usable,
    quote_issues,
)
from greeks.engine.chain.smile import (
    ContractVols,
    Smile,
    Terms,
    atm_vols,
    contract_vols,
    smile_of,
    smile_vol_of_contracts,
    terms_of,
)
from greeks.engine.european import GREEK_NAMES, greeks
from greeks.engine.status import Status


@dataclass(frozen=True, slots=True)
class ChainAnalysis:
    """What a chain says.

    `issues` int16[n_contracts] (`QuoteIssue`); `terms` forward, rate and yield per contract;
    `vols` each contract's own implied volatilities; `vol` float64[n_contracts] the smile's, which
    call and put share; `greeks` raw columns at that volatility with their "status"; `forwards`,
    `atm_vol`, `straddle` and `expected_move` per expiry.
    """

    issues: IssueArray
    terms: Terms
    vols: ContractVols
    vol: FloatArray
    greeks: dict[str, npt.NDArray[np.generic]]
    smile: Smile
    forwards: Forwards
    atm_vol: FloatArray
    straddle: FloatArray
    expected_move: ExpectedMove


@np.errstate(all="ignore")  # rows out of range become NaN with a status, without a warning
def analyse_chain(
    quotes: Quotes,
    *,
    spot: float,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    stale_seconds: float = STALE_SECONDS,
    which: tuple[str, ...] = GREEK_NAMES,
) -> ChainAnalysis:
    """Return issues, forwards, implied volatilities, Greeks and expected moves of a chain.

    Parameters
    ----------
    quotes : Quotes
        All contracts of one underlying.
    spot : float, currency, > 0
    rate, dividend_yield : float, per year
        Used where parity cannot tell (`fit_forwards`).
    stale_seconds : float, seconds
        Older quotes are left out.
    which : names of Greeks
        What to compute; all when not said.

    Raises
    ------
    ValueError
        If spot is not finite and above 0, or a name is unknown.

    Notes
    -----
    A contract without a usable quote still has the smile's volatility if the other side of its
    strike has one. Where none is known, volatility and Greeks are NaN with a status.
    """
    if not 0.0 < spot < np.inf:
        raise ValueError("spot must be finite and above 0")
    issues = quote_issues(quotes, stale_seconds=stale_seconds)
    forwards = fit_forwards(
        quotes, is_usable(issues), spot=spot, rate=rate, dividend_yield=dividend_yield
    )
    terms = terms_of(quotes, forwards)
    vols = contract_vols(quotes, terms, is_usable(issues))

    def greeks_at(vol: FloatArray) -> dict[str, npt.NDArray[np.generic]]:
        return greeks(
            quotes.kind, spot, quotes.strike, quotes.years, terms.rate, terms.dividend_yield, vol,
            which=which,
        )  # fmt: skip

    return completed(quotes, issues, forwards, vols, spot=spot, greeks_at=greeks_at)


def completed(
    quotes: Quotes,
    issues: IssueArray,
    forwards: Forwards,
    vols: ContractVols,
    *,
    spot: float,
    greeks_at: Callable[[FloatArray], dict[str, npt.NDArray[np.generic]]],
) -> ChainAnalysis:
    """Return what follows from the volatilities of the quotes: smile, Greeks, expected moves.

    Parameters
    ----------
    issues : int16[n_contracts]
        Gains those whose price lies below what exercise pays.
    greeks_at : callable(float64[n_contracts]) -> columns
        Raw Greeks with their "status" at the volatilities of the smile.
    """
    issues[vols.status == Status.BELOW_INTRINSIC] |= QuoteIssue.BELOW_INTRINSIC
    terms = terms_of(quotes, forwards)
    smile = smile_of(quotes, terms, vols)
    vol = smile_vol_of_contracts(quotes, smile)
    atm_vol = atm_vols(smile, forwards.years)
    straddle = straddles(forwards, atm_vol)
    return ChainAnalysis(
        issues=issues,
        terms=terms,
        vols=vols,
        vol=vol,
        greeks=greeks_at(vol),
        smile=smile,
        forwards=forwards,
        atm_vol=atm_vol,
        straddle=straddle,
        expected_move=expected_move(spot, atm_vol, forwards.years, straddle),
    )


def straddles(forwards: Forwards, atm_vol: FloatArray) -> FloatArray:
    """Return call plus put struck at the forward of each expiry: twice the call, by parity."""
    call = greeks(
        1, forwards.forward, forwards.forward, forwards.years, forwards.rate, forwards.rate,
        atm_vol, which=("price",),
    )["price"]  # fmt: skip
    return 2.0 * np.asarray(call, dtype=np.float64)
