"""Exits that protect a position: stop, target and trailing stop, the first to fill ends all."""

from dataclasses import dataclass
from typing import NamedTuple

from backtests.engine.exchange.matching import (
    BarPrices,
    Begin,
    Levels,
    is_ambiguous,
    path_of,
    reached,
)
from backtests.engine.exchange.orders import Order, OrderType, Reason, Side, Status
from backtests.engine.state import ExitReason


class Exit(NamedTuple):
    """Where and why a position is left; `order` is None for a forced sale."""

    price: float
    level: float
    reason: Reason
    exit_reason: ExitReason
    order: Order | None


@dataclass(slots=True, eq=False)
class Exits:
    """The exits of one entry.

    Attributes
    ----------
    quantity : float, units, or None for all that is held
    stop, target, trail : Order or None
        `trail.stop_price` follows the best price at `trail.trail_distance`.
    """

    quantity: float | None = None
    stop: Order | None = None
    target: Order | None = None
    trail: Order | None = None

    @property
    def orders(self) -> list[Order]:
        """Those of the three that exist."""
        return [order for order in (self.stop, self.target, self.trail) if order is not None]

    def end(self, reason: Reason, filled: Order | None = None) -> None:
        """Cancel all but the filled one."""
        for order in self.orders:
            if order is not filled and order.status.is_live:
                order.end(Status.CANCELLED, reason)

    def split(self, ratio: float) -> None:
        """Restate quantity and prices for new shares, `ratio` for each old one."""
        if self.quantity is not None:
            self.quantity *= ratio
        for order in self.orders:
            order.split(ratio)

    def levels(self, side: float, forced: float | None) -> Levels:
        """Return the nearest stop and the target of a position of this side."""
        stops = [order.stop_price for order in (self.stop, self.trail) if order is not None]
        known = [price for price in (*stops, forced) if price is not None]
        nearest = (max(known) if side > 0 else min(known)) if known else None
        return Levels(nearest, self.target.limit_price if self.target else None)

    def follow(self, price: float, side: float) -> None:
        """Let the trailing stop follow a price in the position's favour."""
        trail = self.trail
        if trail is None or trail.trail_distance is None or trail.stop_price is None:
            return
        wanted = price - side * trail.trail_distance
        if side * wanted > side * trail.stop_price:
            trail.stop_price = wanted

    def exit_at(self, what: Reason, levels: Levels, price: float, forced: float | None) -> Exit:
        """Return the exit at `price`, where the level `what` was reached."""
        if what is Reason.TARGET_REACHED and levels.target is not None:
            return Exit(price, levels.target, what, ExitReason.TARGET, self.target)
        stop = levels.stop if levels.stop is not None else price
        if forced is not None and forced == stop:
            return Exit(price, stop, Reason.LIQUIDATED, ExitReason.LIQUIDATION, None)
        if self.trail is not None and self.trail.stop_price == stop:
            return Exit(price, stop, Reason.TRAIL_REACHED, ExitReason.TRAIL, self.trail)
        return Exit(price, stop, Reason.STOP_REACHED, ExitReason.STOP, self.stop)


def find_exit(
    exits: Exits,
    bar: BarPrices,
    begin: Begin,
    start: float,
    side: float,
    forced: float | None,
    intrabar: str,
) -> tuple[Exit | None, bool]:
    """Return the exit a bar leads to, if any, and whether stop and target vied for it.

    Parameters
    ----------
    exits : Exits
    bar : BarPrices
    begin : Begin
        How the position came to be in this bar.
    start : float, price
        What it began at in this bar; a level that this price has passed fills at it.
    side : float
        1 for a long position, -1 for a short one.
    forced : float, price, or None
        Where equity is the maintenance margin.
    intrabar : {"pessimistic", "optimistic", "ohlc"}
    """
    levels = exits.levels(side, forced)
    what = reached(levels, start, side)
    if what is not None:
        return exits.exit_at(what, levels, start, forced), False
    found = None
    for price in path_of(bar, begin, side, intrabar):
        what = reached(levels, price, side)
        if what is not None:
            level = levels.target if what is Reason.TARGET_REACHED else levels.stop
            found = exits.exit_at(what, levels, price if level is None else level, forced)
            break
        if intrabar == "ohlc" and exits.trail is not None:
            exits.follow(price, side)
            levels = exits.levels(side, forced)
    if found is None:
        exits.follow(bar.high if side > 0 else bar.low, side)
    return found, is_ambiguous(levels, bar, begin, side)


def exits_of(entry: Order, price: float, quantity: float | None) -> Exits:
    """Return the exits an entry's bracket asks for, once it has filled at `price`."""
    bracket = entry.bracket
    if bracket is None:
        return Exits(quantity)
    exits = Exits(quantity)

    def leg(order_type: OrderType, **prices: float | None) -> Order:
        return Order(
            instrument=entry.instrument,
            side=Side(-entry.side),
            order_type=order_type,
            quantity=quantity,
            is_exit=True,
            oco_group=entry.order_id,
            **prices,  # type: ignore[arg-type]  # names of prices only
        )

    if bracket.stop is not None and bracket.stop_limit is not None:
        limit = bracket.stop_limit
        exits.stop = leg(OrderType.STOP_LIMIT, stop_price=bracket.stop, limit_price=limit)
    elif bracket.stop is not None:
        exits.stop = leg(OrderType.STOP, stop_price=bracket.stop)
    if bracket.target is not None:
        exits.target = leg(OrderType.LIMIT, limit_price=bracket.target)
    if bracket.trail_distance is not None:
        exits.trail = leg(OrderType.TRAILING_STOP, trail_distance=bracket.trail_distance)
        begins = price if bracket.trail_from is None else bracket.trail_from
        exits.trail.stop_price = begins - entry.side * bracket.trail_distance
    return exits
