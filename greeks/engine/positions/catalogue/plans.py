"""What a named strategy is: legs relative to the strike at the money and to the first expiry."""

from enum import Enum
from typing import NamedTuple


class Outlook(Enum):
    """What the holder expects of the underlying until the first expiry."""

    BULLISH = "BULLISH"
    BEARISH = "BEARISH"
    QUIET = "QUIET"
    VOLATILE = "VOLATILE"
    NONE = "NONE"
    """No view: a trade on financing or prices out of line."""


class LegPlan(NamedTuple):
    """One leg: `step` widths above the strike at the money, `expiry` places after the first."""

    kind: str
    quantity: int
    step: int
    expiry: int


class StrategyPlan(NamedTuple):
    """A named strategy; `words` say in a sentence what it does."""

    slug: str
    name: str
    outlook: Outlook
    words: str
    legs: tuple[LegPlan, ...]


def call(quantity: int, step: int = 0, expiry: int = 0) -> LegPlan:
    """Return a leg of calls, `step` widths above the money, `expiry` places after the first."""
    return LegPlan("call", quantity, step, expiry)


def put(quantity: int, step: int = 0, expiry: int = 0) -> LegPlan:
    """Return a leg of puts, `step` widths above the money, `expiry` places after the first."""
    return LegPlan("put", quantity, step, expiry)


def stock(quantity: int) -> LegPlan:
    """Return a leg of stock."""
    return LegPlan("stock", quantity, 0, 0)


BULL, BEAR, QUIET, WILD, NONE = Outlook
