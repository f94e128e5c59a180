"""Splits and dividends: what they do to prices, and which of them a price series still needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from market.engine import Bars
from market.engine.bars import Float1D

ADJUSTMENTS = ("none", "splits", "all")


@dataclass(frozen=True, order=True)
class Split:
    """One share becomes `ratio` shares for who holds it when `ex_ns` comes.

    Parameters
    ----------
    ex_ns : int, nanoseconds UTC
        Start of the first session in which the price is that of the new shares.
    ratio : float
        New shares for an old one: 2 for two-for-one, 0.1 for a reverse split of ten to one.
    """

    ex_ns: int
    ratio: float

    def __post_init__(self) -> None:
        if not 0 < self.ratio < math.inf:
            raise ValueError(f"ratio must be above 0, not {self.ratio}")


@dataclass(frozen=True, order=True)
class Dividend:
    """Cash for each share held when `ex_ns` comes; who is short pays it.

    Parameters
    ----------
    ex_ns : int, nanoseconds UTC
        Start of the first session in which a buyer does not get it.
    amount : float, account currency per share
        As paid: for shares as they were then.
    """

    ex_ns: int
    amount: float

    def __post_init__(self) -> None:
        if not 0 <= self.amount < math.inf:
            raise ValueError(f"amount must not be negative, not {self.amount}")


Action = Split | Dividend


def in_order(actions: Sequence[Action]) -> list[Action]:
    """Return actions by date; on one date splits before dividends, which are per new share."""
    return sorted(actions, key=lambda action: (action.ex_ns, isinstance(action, Dividend)))


def actions_left(actions: Sequence[Action], adjustment: str) -> list[Action]:
    """Return what still has to happen to an account that trades a series at its own prices.

    Parameters
    ----------
    actions : sequence of Split or Dividend
    adjustment : {"none", "splits", "all"}
        What the prices of the series are adjusted for already.

    Returns
    -------
    list of Split or Dividend, by date
        All of them for unadjusted prices. For prices adjusted for splits the dividends, per
        share of today. None for prices adjusted for both: they hold the dividends already.

    Raises
    ------
    ValueError
        If `adjustment` is none of the three.
    """
    if adjustment not in ADJUSTMENTS:
        raise ValueError(f"adjustment must be one of {', '.join(ADJUSTMENTS)}, not {adjustment!r}")
    ordered = in_order(actions)
    if adjustment == "none":
        return ordered
    if adjustment == "all":
        return []
    left: list[Action] = []
    for action in ordered:
        if isinstance(action, Dividend):
            later = (s.ratio for s in ordered if isinstance(s, Split) and s.ex_ns > action.ex_ns)
            left.append(Dividend(action.ex_ns, action.amount / math.prod(later)))
    return left


def adjusted(bars: Bars, actions: Sequence[Action], adjustment: str = "all") -> Bars:
    """Return an unadjusted series with earlier prices made comparable to the latest.

    Parameters
    ----------
    bars : Bars
        Prices and volumes as traded.
    actions : sequence of Split or Dividend
        Those not after the first bar or after the latest change nothing.
    adjustment : {"none", "splits", "all"}

    Raises
    ------
    ValueError
        If a dividend is not below the close before it.

    Notes
    -----
    A split divides the prices before it by its ratio and multiplies volumes by it. A dividend
    multiplies the prices before it by ``1 - amount / close before``, so that returns are those
    of an account that buys more shares at that close for every dividend. **Source**: the
    adjustment factors of CRSP, which Yahoo Finance's adjusted close follows too.
    """
    if adjustment not in ADJUSTMENTS:
        raise ValueError(f"adjustment must be one of {', '.join(ADJUSTMENTS)}, not {adjustment!r}")
    price, volume = np.ones(len(bars)), np.ones(len(bars))
    for action in in_order(actions) if adjustment != "none" else []:
        first = first_bar_after(bars, action.ex_ns)
        if first in {0, len(bars)}:
            continue
        if isinstance(action, Split):
            price[:first] /= action.ratio
            volume[:first] *= action.ratio
        elif adjustment == "all":
            price[:first] *= _dividend_factor(bars, actions, action, first)
    return _scaled(bars, price, volume)


def total_return(bars: Bars, actions: Sequence[Action], adjustment: str = "none") -> Bars:
    """Return a series with later prices made comparable to the first: no jump, no look ahead.

    Parameters
    ----------
    bars : Bars
    actions : sequence of Split or Dividend
    adjustment : {"none", "splits", "all"}
        What the prices are adjusted for already.

    Raises
    ------
    ValueError
        If a dividend is not below the close before it.

    Notes
    -----
    The value of one unit bought at the first price, with every dividend put back at the close
    before it. In proportion the same as `adjusted` for both; but a split or dividend changes
    only the prices after it, so that a strategy may read them.
    """
    left = actions_left(actions, adjustment)
    price, volume = np.ones(len(bars)), np.ones(len(bars))
    for action in left:
        first = first_bar_after(bars, action.ex_ns)
        if first in {0, len(bars)}:
            continue
        if isinstance(action, Split):
            price[first:] *= action.ratio
            volume[first:] /= action.ratio
        else:
            price[first:] /= _dividend_factor(bars, left, action, first)
    return _scaled(bars, price, volume)


def _scaled(bars: Bars, price: Float1D, volume: Float1D) -> Bars:
    return Bars(
        bars.ts_ns,
        bars.open * price,
        bars.high * price,
        bars.low * price,
        bars.close * price,
        bars.volume * volume,
    )


def _dividend_factor(
    bars: Bars, actions: Sequence[Action], dividend: Dividend, first: int
) -> float:
    """Return the factor of a dividend; a split of the same date halves the close before too."""
    same_date = (a.ratio for a in actions if isinstance(a, Split) and a.ex_ns == dividend.ex_ns)
    close = float(bars.close[first - 1]) / math.prod(same_date)
    if dividend.amount >= close:
        raise ValueError(
            f"dividend of {dividend.amount:g} is not below the close before, {close:g}"
        )
    return 1.0 - dividend.amount / close


def first_bar_after(bars: Bars, ex_ns: int) -> int:
    """Return the number of the first bar that closes after a session's start; n_bars if none."""
    return int(np.searchsorted(bars.ts_ns, ex_ns, side="right"))
