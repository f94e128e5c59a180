"""What every source of market data can be asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from market.engine import Bars
from pulse.common.errors import DomainError


class UnknownSymbol(DomainError):
    """The vendor has no instrument of this symbol."""

    default_code = "unknown_symbol"
    http_status = 422


class EmptyRange(DomainError):
    """The vendor has no bars in this period."""

    default_code = "empty_range"
    http_status = 422


@dataclass(frozen=True)
class Listing:
    """An instrument as a vendor lists it.

    Parameters
    ----------
    symbol, name, kind, calendar, currency : str
        As in `market.models.Instrument`.
    """

    symbol: str
    name: str
    kind: str
    calendar: str
    currency: str = "USD"


class BarsVendor(Protocol):
    """A source of bars."""

    name: str
    capabilities: frozenset[str]

    def listing(self, symbol: str) -> Listing:
        """Return what is known of a symbol, or raise UnknownSymbol."""

    def bars(self, symbol: str, timeframe: str, *, start: datetime, end: datetime) -> Bars:
        """Return the bars that close in ``[start, end)``, or raise EmptyRange."""
