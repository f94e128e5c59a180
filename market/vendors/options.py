"""What every source of option chains can be asked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pulse.common.errors import DomainError

Float1D = npt.NDArray[np.float64]


class NoOptions(DomainError):
    """The vendor has no options on this symbol."""

    default_code = "no_options"
    http_status = 422


class UnknownExpiration(DomainError):
    """No option of this symbol expires on this day."""

    default_code = "unknown_expiration"
    http_status = 422


@dataclass(frozen=True, slots=True)
class OptionChain:
    """The options on one underlying at one moment, ascending by expiry, strike, put before call.

    Parameters
    ----------
    symbol, source : str
        The underlying, and who says so; "SIMULATED" for made-up quotes.
    as_of : datetime
        The moment of the quotes and of `spot`.
    open_interest_on : date
        The session after which the open interest was counted.
    spot : float, currency per share
    rate, dividend_yield : float, per year, continuously compounded
        What the vendor says; parity may say better.
    multiplier : float
        Shares per contract.
    expirations : tuple of date
        Every day on which listed options expire, whether or not they are in the columns.
    expiry : int64[n_contracts]
        Place of each contract's expiry in `expirations`.
    expires_ns : int64[n_contracts], nanoseconds UTC
    kind : float64[n_contracts], +1 for calls, -1 for puts
    strike, bid, ask : float64[n_contracts], currency per share; NaN where nobody quotes
    volume, open_interest : float64[n_contracts], contracts; NaN where unknown
    root : str[n_contracts] or None
        Root of each contract's symbol; None: that of the underlying.
    """

    symbol: str
    source: str
    as_of: datetime
    open_interest_on: date
    spot: float
    rate: float
    dividend_yield: float
    multiplier: float
    expirations: tuple[date, ...]
    expiry: npt.NDArray[np.int64]
    expires_ns: npt.NDArray[np.int64]
    kind: Float1D
    strike: Float1D
    bid: Float1D
    ask: Float1D
    volume: Float1D
    open_interest: Float1D
    root: npt.NDArray[np.str_] | None = None


class OptionsVendor(Protocol):
    """A source of option chains."""

    name: str

    def expirations(self, symbol: str, *, now: datetime) -> tuple[date, ...]:
        """Return the days on which options expire, soonest first, or raise NoOptions."""

    def chain(self, symbol: str, expiration: date | None, *, now: datetime) -> OptionChain:
        """Return the latest quotes of one expiry, or of all.

        Raises
        ------
        NoOptions
            If the vendor has no options on the symbol.
        UnknownExpiration
            If none of them expires on that day.
        """
