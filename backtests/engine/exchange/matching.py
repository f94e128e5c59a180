"""Where inside a bar, or against a quote, an order fills.

A bar is read as a path of prices. A position lives through the part of the path that follows its
entry, from the price it was entered at; the first level it meets on the way closes it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from backtests.engine.exchange.orders import Order, Reason


@dataclass(frozen=True, kw_only=True)
class Venue:
    """How strict the exchange is, beside the terms.

    Parameters
    ----------
    fills_on_touch : bool
        A limit is filled where the price only touches it.
    latency_ns : int
        Time from an order's submission until a quote can fill it.
    partial_rate : float in [0, 1]
        Share of the fills of orders with a quantity that are partial, of random size.
    seed : int
        Same seed, orders and prices: same fills.
    """

    fills_on_touch: bool = True
    latency_ns: int = 0
    partial_rate: float = 0.0
    seed: int = 0


class BarPrices(NamedTuple):
    """One bar of one instrument."""

    open: float
    high: float
    low: float
    close: float
    volume: float


class Quote(NamedTuple):
    """Prices and sizes on offer; the time is that of the quote."""

    instrument: str
    ts_ns: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float

    def seen_by(self, side: float) -> BarPrices:
        """Return the one price a buyer (`side` 1) or a seller (-1) can have."""
        price, size = (self.ask, self.ask_size) if side > 0 else (self.bid, self.bid_size)
        return BarPrices(price, price, price, price, size)


class Begin(Enum):
    """When in the bar a position began."""

    AT_OPEN = "at the open, or before"
    ON_LIMIT = "where the price came back to a limit"
    ON_STOP = "where the price went on to a stop"
    LATE = "on a limit, after a stop"


class Match(NamedTuple):
    """A price at which an order fills, and how that came about."""

    price: float
    begin: Begin
    reason: Reason
    level: float | None


def match(order: Order, bar: BarPrices, *, fills_on_touch: bool = True) -> Match | None:
    """Return where a working order fills in a bar, or None and the reason on the order.

    Notes
    -----
    A stop that is reached stays reached: a stop-limit order then works as a limit order.
    """
    side, limit = float(order.side), order.limit_price
    onward, back = (bar.high, bar.low) if side > 0 else (bar.low, bar.high)
    if order.stop_price is not None and not order.is_triggered:
        stop = order.stop_price
        if side * onward < side * stop:
            order.explain(Reason.STOP_NOT_REACHED, onward, stop)
            return None
        order.is_triggered = True
        if side * bar.open < side * stop:
            return _after_stop(order, stop, bar)
        if limit is None:
            return Match(bar.open, Begin.AT_OPEN, Reason.STOP_AT_OPEN, stop)
    if limit is None:
        return Match(bar.open, Begin.AT_OPEN, Reason.AT_OPEN, None)
    if side * bar.open <= side * limit:
        return Match(bar.open, Begin.AT_OPEN, Reason.LIMIT_AT_OPEN, limit)
    if side * back < side * limit or (back == limit and fills_on_touch):
        return Match(limit, Begin.ON_LIMIT, Reason.LIMIT_REACHED, limit)
    order.explain(Reason.LIMIT_NOT_REACHED, back, limit)
    return None


def _after_stop(order: Order, stop: float, bar: BarPrices) -> Match | None:
    """Return the fill of an order whose stop was reached inside the bar."""
    side, limit = float(order.side), order.limit_price
    if limit is None or side * stop <= side * limit:
        return Match(stop, Begin.ON_STOP, Reason.STOP_REACHED, stop)
    if side * bar.close <= side * limit:
        return Match(limit, Begin.LATE, Reason.LIMIT_AFTER_STOP, limit)
    order.explain(Reason.LIMIT_NOT_REACHED, bar.close, limit)
    return None


def path_of(bar: BarPrices, begin: Begin, side: float, intrabar: str) -> list[float]:
    """Return the turning points a position of this side lives through in a bar.

    Parameters
    ----------
    bar : BarPrices
    begin : Begin
        How the position came to be.
    side : float
        1 for a long position, -1 for a short one.
    intrabar : {"pessimistic", "optimistic", "ohlc"}
        As in `Terms`.

    Notes
    -----
    Nobody knows whether the extreme on the way to the entry came before it or after. The
    pessimistic path leaves it out where it would help, the optimistic one where it would hurt.
    """
    best, worst = (bar.high, bar.low) if side > 0 else (bar.low, bar.high)
    if begin is Begin.LATE:
        return [bar.close]
    if intrabar == "pessimistic":
        return [worst, bar.close if begin is Begin.ON_LIMIT else best]
    if intrabar == "optimistic":
        return [best, bar.close if begin is Begin.ON_STOP else worst]
    came_down = (begin is Begin.ON_LIMIT and side > 0) or (begin is Begin.ON_STOP and side < 0)
    return [bar.low, bar.close] if came_down else [bar.high, bar.low, bar.close]


class Levels(NamedTuple):
    """Prices that close a position: the nearest stop of all kinds, and the target."""

    stop: float | None
    target: float | None


def reached(levels: Levels, price: float, side: float) -> Reason | None:
    """Return which level a price has reached or passed: a stop before a target."""
    if levels.stop is not None and side * price <= side * levels.stop:
        return Reason.STOP_REACHED
    if levels.target is not None and side * price >= side * levels.target:
        return Reason.TARGET_REACHED
    return None


def first_reached(levels: Levels, path: list[float], side: float) -> Reason | None:
    """Return which level a path meets first."""
    for price in path:
        what = reached(levels, price, side)
        if what is not None:
            return what
    return None


def is_ambiguous(levels: Levels, bar: BarPrices, begin: Begin, side: float) -> bool:
    """Return whether the bar touched stop and target, so that their order decides."""
    best, worst = (bar.high, bar.low) if side > 0 else (bar.low, bar.high)
    at_worst, at_best = Levels(levels.stop, None), Levels(None, levels.target)
    if reached(at_worst, worst, side) is None or reached(at_best, best, side) is None:
        return False
    readings = (path_of(bar, begin, side, mode) for mode in ("pessimistic", "optimistic"))
    worse, better = (first_reached(levels, path, side) for path in readings)
    return worse is not better
