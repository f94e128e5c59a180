"""The order book: what waits to fill, and the exits that protect what is held."""

from collections import defaultdict
from itertools import count

from backtests.engine.exchange.exits import Exits, exits_of
from backtests.engine.exchange.orders import Order, Reason, Status, TimeInForce


class OrderBook:
    """Orders of an exchange by instrument, each with a number.

    Attributes
    ----------
    orders : dict of int to Order
        Every order ever submitted, and the exits of brackets, by number.
    n_expired : int
        Orders whose time was over before they filled.
    """

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.n_expired = 0
        self._working: dict[str, list[Order]] = defaultdict(list)
        self._exits: dict[str, list[Exits]] = defaultdict(list)
        self._numbers = count(1)

    def number(self, order: Order) -> None:
        """Give an order the next number."""
        order.order_id = next(self._numbers)
        self.orders[order.order_id] = order

    def add(self, order: Order) -> None:
        """Let an order wait to fill."""
        self._working[order.instrument].append(order)

    def remove(self, order: Order) -> None:
        """Let an order wait no more."""
        working = self._working[order.instrument]
        if order in working:
            working.remove(order)

    def working(self, instrument: str) -> list[Order]:
        """Return the orders that wait to fill, oldest first; the list is the caller's."""
        return list(self._working[instrument])

    def exits(self, instrument: str) -> list[Exits]:
        """Return the exits that protect a position, oldest first; the list is the caller's."""
        return list(self._exits[instrument])

    def protect(self, instrument: str, exits: Exits) -> None:
        """Let exits protect a position."""
        self._exits[instrument].append(exits)

    def protect_entry(self, order: Order, price: float, quantity: float | None) -> Exits:
        """Let the exits of an entry's bracket begin to work; return them."""
        exits = exits_of(order, price, quantity)
        for leg in exits.orders:
            self.number(leg)
            leg.explain(Reason.STOP_NOT_REACHED, price, leg.stop_price or leg.limit_price)
        if exits.orders:
            self.protect(order.instrument, exits)
        return exits

    def end_exits(self, instrument: str, exits: Exits, filled: Order | None = None) -> None:
        """End one group of exits: `filled` has left the position, or waits for its limit."""
        exits.end(Reason.OTHER_FILLED, filled)
        if exits in self._exits[instrument]:
            self._exits[instrument].remove(exits)

    def end_all_exits(self, instrument: str, filled: Order | None) -> None:
        """End the exits of a position that is closed."""
        for exits in self._exits.pop(instrument, []):
            exits.end(Reason.POSITION_CLOSED, filled)

    def cancel(self, order: Order, reason: Reason = Reason.BY_OWNER) -> bool:
        """Take an order out of the book; False if it has ended already."""
        if not order.status.is_live:
            return False
        order.end(Status.CANCELLED, reason)
        self.remove(order)
        for exits in self._exits[order.instrument]:
            for name in ("stop", "target", "trail"):
                if getattr(exits, name) is order:
                    setattr(exits, name, None)
        return True

    def cancel_entries(self, instrument: str, reason: Reason = Reason.SUPERSEDED) -> None:
        """Cancel all orders of an instrument that wait to fill, but no exits of a bracket."""
        for order in self.working(instrument):
            self.cancel(order, reason)

    def cancel_all_entries(self, reason: Reason) -> None:
        """Cancel the orders of every instrument that wait to fill."""
        for instrument in list(self._working):
            self.cancel_entries(instrument, reason)

    def cancel_group(self, filled: Order) -> None:
        """Cancel the others of which one was to fill."""
        for order in self.working(filled.instrument):
            if order.oco_group == filled.oco_group and order is not filled:
                self.cancel(order, Reason.OTHER_FILLED)

    def end_bar(self, instrument: str) -> None:
        """Expire orders that were good for no more bars than have passed."""
        for order in self.working(instrument):
            if order.good_bars is not None:
                order.good_bars -= 1
                if order.good_bars == 0:
                    self._expire(order)

    def end_session(self, instrument: str) -> None:
        """Expire orders that were good for the day."""
        for order in self.working(instrument):
            if order.time_in_force is TimeInForce.DAY:
                self._expire(order)

    def _expire(self, order: Order) -> None:
        order.end(Status.EXPIRED, Reason.TIME_OVER)
        self.remove(order)
        self.n_expired += 1

    def split(self, instrument: str, ratio: float) -> None:
        """Restate what waits for new shares, `ratio` for each old one."""
        for exits in self._exits[instrument]:
            exits.split(ratio)
        for order in self._working[instrument]:
            order.split(ratio)
