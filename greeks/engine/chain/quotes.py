"""Quotes of a chain and what is wrong with each."""

from enum import IntFlag
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray, Kind, broadcast_columns

WIDE_SHARE = 0.5
"""A spread above this share of the mid is wide ..."""
WIDE_LEAST = 0.25
"""... unless it is narrower than this, in currency: cheap options are quoted in ticks."""
STALE_SECONDS = 900.0


class QuoteIssue(IntFlag):
    """What is wrong with a quote; several can be at once. Stored as int16, 0 is a good quote."""

    MISSING = 1
    """Bid or ask is not there."""
    BAD_INPUT = 2
    """A negative price, an impossible strike, or a number that is infinite."""
    EXPIRED = 4
    """No time left."""
    CROSSED = 8
    """The bid is above the ask."""
    LOCKED = 16
    """Bid and ask are equal: usable, but seldom a market."""
    ZERO_BID = 32
    """Nobody bids: the mid is half of what sellers hope for."""
    STALE = 64
    """The quote is older than the limit."""
    DUPLICATE = 128
    """Another row of the same contract has a narrower spread."""
    WIDE = 256
    """The spread is a large part of the price: usable with little weight."""
    BELOW_INTRINSIC = 512
    """The mid is below what parity's forward says the option is worth at least."""


ISSUE_WORDS: dict[QuoteIssue, str] = {
    QuoteIssue.MISSING: "no two-sided quote",
    QuoteIssue.BAD_INPUT: "an impossible number",
    QuoteIssue.EXPIRED: "expired",
    QuoteIssue.CROSSED: "bid above ask",
    QuoteIssue.LOCKED: "bid equals ask",
    QuoteIssue.ZERO_BID: "no bid",
    QuoteIssue.STALE: "old quote",
    QuoteIssue.DUPLICATE: "listed twice",
    QuoteIssue.WIDE: "wide spread",
    QuoteIssue.BELOW_INTRINSIC: "below intrinsic value",
}
UNUSABLE = ~(QuoteIssue.LOCKED | QuoteIssue.WIDE)
"""Issues that keep a quote out of forwards and smiles."""

IssueArray = npt.NDArray[np.int16]


class Quotes(NamedTuple):
    """Contracts of one underlying as flat columns, float64[n_contracts] each."""

    kind: FloatArray
    strike: FloatArray
    years: FloatArray
    bid: FloatArray
    ask: FloatArray
    age_seconds: FloatArray

    @property
    def mid(self) -> FloatArray:
        """Halfway between bid and ask."""
        return 0.5 * (self.bid + self.ask)


def make_quotes(
    kind: Kind,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    bid: npt.ArrayLike,
    ask: npt.ArrayLike,
    *,
    age_seconds: npt.ArrayLike = np.nan,
) -> Quotes:
    """Return the columns of a chain broadcast to one length.

    Parameters
    ----------
    kind : +1, -1, "call", "put"
    strike, bid, ask : float64[n_contracts], currency per share; NaN where missing
    years : float64[n_contracts], years to expiry; equal for contracts of one expiry
    age_seconds : float64[n_contracts], seconds since the quote; NaN if unknown

    Raises
    ------
    ValueError
        If the shapes do not broadcast or a kind is unknown.
    """
    _, flat = broadcast_columns(kind, strike, years, bid, ask, age_seconds)
    return Quotes(*flat)


@np.errstate(all="ignore")
def quote_issues(quotes: Quotes, *, stale_seconds: float = STALE_SECONDS) -> IssueArray:
    """Return what is wrong with each quote, as `QuoteIssue` flags: int16[n_contracts].

    Notes
    -----
    `BELOW_INTRINSIC` needs the forward; `analyse_chain` adds it. Quotes of unknown age are fresh.
    """
    bid, ask = quotes.bid, quotes.ask
    terms = quotes.strike + quotes.years
    bad = (quotes.strike <= 0.0) | (bid < 0.0) | (ask < 0.0) | np.isinf(terms + bid + ask)
    narrow = np.maximum(WIDE_LEAST, WIDE_SHARE * quotes.mid)
    found = {
        QuoteIssue.MISSING: np.isnan(bid) | np.isnan(ask) | np.isnan(terms),
        QuoteIssue.BAD_INPUT: bad,
        QuoteIssue.EXPIRED: quotes.years <= 0.0,
        QuoteIssue.CROSSED: bid > ask,
        QuoteIssue.LOCKED: bid == ask,
        QuoteIssue.ZERO_BID: bid == 0.0,
        QuoteIssue.STALE: quotes.age_seconds > stale_seconds,
        QuoteIssue.WIDE: ask - bid > narrow,
    }
    issues = np.zeros(bid.size, dtype=np.int16)
    for issue, where in found.items():
        issues[where] |= issue
    issues[_is_duplicate(quotes, issues)] |= QuoteIssue.DUPLICATE
    return issues


def is_usable(issues: IssueArray) -> npt.NDArray[np.bool_]:
    """Return which quotes may enter forwards and smiles."""
    return (issues & np.int16(UNUSABLE & 0x7FFF)) == 0


def issue_words(issues: int) -> list[str]:
    """Return the reasons in words, worst first; empty for a good quote."""
    return [words for issue, words in ISSUE_WORDS.items() if issues & issue]


def _is_duplicate(quotes: Quotes, issues: IssueArray) -> npt.NDArray[np.bool_]:
    """Mark all rows of a contract but the usable one with the narrowest spread."""
    width = np.where(is_usable(issues), quotes.ask - quotes.bid, np.inf)
    order = np.lexsort((width, quotes.kind, quotes.strike, quotes.years))
    same = np.ones(max(order.size - 1, 0), dtype=np.bool_)
    for column in (quotes.kind, quotes.strike, quotes.years):
        same &= column[order[1:]] == column[order[:-1]]
    duplicate = np.zeros(order.size, dtype=np.bool_)
    duplicate[order[1:]] = same
    return duplicate
