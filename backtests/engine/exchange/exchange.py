"""The exchange: fills the orders of its book, driven bar by bar or quote by quote."""

import math
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from backtests.engine.exchange.book import OrderBook
from backtests.engine.exchange.clearing import Clearing
from backtests.engine.exchange.exits import Exit, Exits, find_exit
from backtests.engine.exchange.matching import BarPrices, Begin, Match, Quote, Venue, match
from backtests.engine.exchange.orders import (
    Fill,
    Order,
    OrderType,
    Reason,
    Status,
    TimeInForce,
)
from backtests.engine.state import ExitReason
from backtests.engine.terms import Terms


class Exchange:
    """Matches orders against prices and keeps the account.

    Parameters
    ----------
    terms : Terms
        Cash, costs, margin, sizing and the reading of what happens inside a bar.
    venue : Venue, optional

    Attributes
    ----------
    account : Account
    book : OrderBook
        What waits to fill; orders are cancelled there.
    n_refused, n_ambiguous : int
        As on `Result`.
    closed_at : int or None
        When equity was used up.

    Notes
    -----
    A driver calls, for each bar: `accrue`, `open`, `trade` (once, or once for each bar of a
    shorter timeframe), `end_bar`, `close`, `settle`. With quotes it calls `quote`.
    """

    def __init__(self, terms: Terms, venue: Venue | None = None) -> None:
        self.terms = terms
        self.venue = venue or Venue()
        self.clearing = Clearing(terms)
        self.account = self.clearing.account
        self.book = OrderBook()
        self.n_refused = self.n_ambiguous = 0
        self.closed_at: int | None = None
        self._taken: dict[str, float] = defaultdict(float)
        self._rng = random.Random(self.venue.seed)  # noqa: S311 -- a simulation, not a secret

    @property
    def fills(self) -> list[Fill]:
        """All fills so far, in the order they happened."""
        return self.clearing.fills

    # orders

    def submit(self, order: Order) -> Order:
        """Put an order into the book, or reject it with a reason; return it."""
        self.book.number(order)
        refusal = self._refusal(order)
        if refusal is not None:
            order.end(Status.REJECTED, refusal)
        elif order.order_type is OrderType.TRAILING_STOP:
            distance = order.trail_distance
            self._protect(order, Exits(order.quantity, trail=order), distance or 0.0)
        else:
            at_close = order.time_in_force is TimeInForce.CLOSE
            order.explain(Reason.WAITS_FOR_CLOSE if at_close else Reason.WAITS_FOR_OPEN)
            self.book.add(order)
        return order

    def _refusal(self, order: Order) -> Reason | None:
        if self.closed_at is not None and not order.is_exit:
            return Reason.ACCOUNT_CLOSED
        if order.quantity is not None and not self.terms.fractional and order.quantity % 1:
            return Reason.NOT_WHOLE
        if order.is_exit and self.account.units_of(order.instrument) * order.side >= 0.0:
            return Reason.NOTHING_TO_CLOSE
        if order.quantity is not None and order.bracket and order.bracket.is_crossed(order.side):
            return Reason.SIDE_OF_BRACKET
        return None

    def _protect(self, order: Order, exits: Exits, distance: float) -> None:
        position = self.account.positions[order.instrument]
        order.stop_price = position.mark + order.side * distance
        self.book.protect(order.instrument, exits)

    def replace(
        self,
        order: Order,
        *,
        quantity: float | None = None,
        limit_price: float | None = None,
        stop_price: float | None = None,
    ) -> Order:
        """Submit a new order in the place of one that works; return the new one.

        Raises
        ------
        ValueError
            If the order has ended, or is an exit of a bracket.
        """
        wanted = {"quantity": quantity, "limit_price": limit_price, "stop_price": stop_price}
        changes = {name: value for name, value in wanted.items() if value is not None}
        if not order.status.is_live or order not in self.book.working(order.instrument):
            raise ValueError(f"order {order.order_id} does not work any more")
        successor = replace(order, status=Status.NEW, **changes)  # type: ignore[arg-type]  # prices
        order.end(Status.REPLACED, Reason.BY_OWNER)
        self.book.remove(order)
        return self.submit(successor)

    # bars

    def open(self, instrument: str, bar: BarPrices, at: int) -> None:
        """Fill market orders at the open of a bar, in the order they came."""
        self._fill_market(instrument, bar.open, bar, at, Reason.AT_OPEN)

    def close(self, instrument: str, bar: BarPrices, at: int) -> None:
        """Fill orders for the close at the close of a bar."""
        self._fill_market(instrument, bar.close, bar, at, Reason.AT_CLOSE)

    def _fill_market(
        self, instrument: str, price: float, bar: BarPrices, at: int, reason: Reason
    ) -> None:
        for order in self.book.working(instrument):
            at_close = order.time_in_force is TimeInForce.CLOSE
            if order.order_type is OrderType.MARKET and at_close == (reason is Reason.AT_CLOSE):
                self._fill(order, Match(price, Begin.AT_OPEN, reason, None), bar, at)

    def trade(self, instrument: str, bar: BarPrices, at: int, volume: float | None = None) -> None:
        """Let a bar reach exits of what is held, then waiting orders, then the exits of those.

        Parameters
        ----------
        instrument : str
        bar : BarPrices
            The bar, or one of a shorter timeframe inside it.
        at : int
        volume : float, optional
            Of the whole bar, where `bar` is a part of it.
        """
        if volume is not None:
            bar = bar._replace(volume=volume)
        if instrument in self.account.positions:
            groups = self.book.exits(instrument) or [Exits()]
            for exits in groups:
                self._check_exits(instrument, exits, bar, Begin.AT_OPEN, bar.open, at)
        for order in self.book.working(instrument):
            if order.order_type is OrderType.MARKET or not order.status.is_live:
                continue
            found = match(order, bar, fills_on_touch=self.venue.fills_on_touch)
            if found is None:
                continue
            opened = self._fill(order, found, bar, at)
            if opened is not None:
                self._check_exits(instrument, opened, bar, found.begin, found.price, at)

    def end_bar(self, instrument: str) -> None:
        """Let the next bar offer its own volume, and expire orders whose bars have passed."""
        self._taken[instrument] = 0.0
        self.book.end_bar(instrument)

    def accrue(self, span_ns: int) -> None:
        """Charge what holding the positions has cost since the latest mark."""
        if self.account.positions and (self.terms.borrow_rate or self.terms.financing_rate):
            self.account.accrue(span_ns, self.terms.borrow_rate, self.terms.financing_rate)

    def settle(self, bars: Mapping[str, BarPrices], at: int) -> float:
        """Mark positions at the closes; end an account that is used up; return equity."""
        equity = self.account.mark({name: bar.close for name, bar in bars.items()})
        if equity > 0.0 or self.closed_at is not None:
            return equity
        self.closed_at = at
        self.book.cancel_all_entries(Reason.ACCOUNT_CLOSED)
        for instrument, position in list(self.account.positions.items()):
            mark = position.mark
            bar = bars.get(instrument) or BarPrices(mark, mark, mark, mark, 0.0)
            out = Exit(position.mark, math.nan, Reason.BANKRUPT, ExitReason.BANKRUPT, None)
            self._leave(instrument, abs(position.units), out, bar.volume, at)
        return self.account.mark({})

    # corporate actions

    def split(self, instrument: str, ratio: float) -> None:
        """Make `ratio` shares of each: in the position, and in every order that waits.

        Notes
        -----
        Where only whole units are traded, the part of a unit that is left over is paid out at
        the latest mark.
        """
        self.account.split(instrument, ratio, is_whole=not self.terms.fractional)
        self.book.split(instrument, ratio)

    def dividend(self, instrument: str, amount: float) -> None:
        """Pay cash for each share held; who is short pays it."""
        self.account.receive_dividend(instrument, amount)

    # quotes

    def quote(self, quote: Quote) -> float:
        """Let a quote fill what it reaches; return equity.

        Notes
        -----
        Buyers pay the ask and sellers receive the bid, so the terms' spread is not charged
        again; limits are never filled at a worse price. Sizes on offer limit orders with a
        quantity.
        """
        self.clearing.has_spread = True
        self._taken[quote.instrument] = 0.0
        position = self.account.positions.get(quote.instrument)
        if position is not None:
            seen = quote.seen_by(-1.0 if position.units > 0.0 else 1.0)
            for exits in self.book.exits(quote.instrument) or [Exits()]:
                at = quote.ts_ns
                self._check_exits(quote.instrument, exits, seen, Begin.AT_OPEN, seen.open, at)
        for order in self.book.working(quote.instrument):
            self._meet(order, quote)
        self.clearing.has_spread = False
        held = self.account.units_of(quote.instrument)
        leaves_at = quote.bid if held > 0.0 else quote.ask
        return self.account.mark({quote.instrument: leaves_at})

    def _meet(self, order: Order, quote: Quote) -> None:
        if not order.status.is_live:
            return
        if quote.ts_ns < order.submitted_ns + self.venue.latency_ns:
            order.explain(Reason.IN_TRANSIT)
            return
        seen = quote.seen_by(order.side)
        found = match(order, seen, fills_on_touch=self.venue.fills_on_touch)
        if found is not None:
            found = found._replace(reason=Reason.AT_QUOTE)
            self._fill(order, found, seen, quote.ts_ns)
        at_once = order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
        if at_once and order.status.is_live:
            order.end(Status.CANCELLED, Reason.NOT_FILLED_AT_ONCE)
            self.book.remove(order)

    # fills

    def _check_exits(
        self,
        instrument: str,
        exits: Exits,
        bar: BarPrices,
        begin: Begin,
        start: float,
        at: int,
    ) -> None:
        """Leave a position at one of its exits, if the bar reaches it."""
        position = self.account.positions.get(instrument)
        if position is None:
            return
        side = 1.0 if position.units > 0.0 else -1.0
        forced = self.account.liquidation_price(instrument, self.terms.maintenance)
        out, is_ambiguous = find_exit(exits, bar, begin, start, side, forced, self.terms.intrabar)
        self.n_ambiguous += is_ambiguous
        if out is None:
            return
        held = abs(position.units)
        is_forced = out.exit_reason is ExitReason.LIQUIDATION
        units = held if exits.quantity is None or is_forced else min(exits.quantity, held)
        if not is_forced and out.order is exits.stop and self._turns_to_limit(exits, out, side):
            return
        self._leave(instrument, units, out, bar.volume, at)
        self.book.end_exits(instrument, exits, out.order)

    def _turns_to_limit(self, exits: Exits, out: Exit, side: float) -> bool:
        """Let an exit whose stop was passed by more than its limit wait for the limit."""
        stop = exits.stop
        if stop is None or stop.limit_price is None or side * out.price >= side * stop.limit_price:
            return False
        stop.is_triggered = True
        stop.explain(Reason.LIMIT_NOT_REACHED, out.price, stop.limit_price)
        exits.stop = None
        self.book.end_exits(stop.instrument, exits)
        self.book.add(stop)
        return True

    def _leave(self, instrument: str, units: float, out: Exit, volume: float, at: int) -> None:
        """Close units of a position; its exits end with it."""
        self.clearing.leave(instrument, units, out, volume, at)
        if instrument not in self.account.positions:
            self.book.end_all_exits(instrument, out.order)

    def _fill(self, order: Order, found: Match, bar: BarPrices, at: int) -> Exits | None:
        """Fill an order as far as it can be; return the exits of a position it opened."""
        if not order.status.is_live:
            return None
        fill = self._fill_sized if order.quantity is None else self._fill_quantity
        opened = fill(order, found, bar.volume, at)
        if not order.status.is_live:
            self.book.remove(order)
        if order.oco_group is not None and order.filled_quantity:
            self.book.cancel_group(order)
        return opened

    def _fill_sized(self, order: Order, found: Match, volume: float, at: int) -> Exits | None:
        """Fill an order whose size is decided now: all of a position, or what sizing wants."""
        instrument, side = order.instrument, float(order.side)
        held = self.account.units_of(instrument)
        if held * side > 0.0 or (order.is_exit and not held):
            why = Reason.ALREADY_HELD if held else Reason.NOTHING_TO_CLOSE
            order.end(Status.REJECTED, why, found.price)
            return None
        if held:
            why = found.reason if order.is_exit else Reason.REVERSED
            out = Exit(found.price, math.nan, why, ExitReason.SIGNAL, order)
            self._leave(instrument, abs(held), out, volume, at)
        if order.is_exit:
            return None
        costs, account = self.clearing.costs, self.account
        units = costs.entry_units(account, found.price, side, volume, order.weight)
        if not units > 0.0:
            self.n_refused += 1
            order.end(Status.REJECTED, Reason.CANNOT_PAY, found.price)
            return None
        self.clearing.enter(order, units, found, volume, at)
        return self.book.protect_entry(order, found.price, None)

    def _fill_quantity(self, order: Order, found: Match, volume: float, at: int) -> Exits | None:
        """Fill an order that names its quantity: in parts if the size on offer is less."""
        instrument, side = order.instrument, float(order.side)
        held = self.account.units_of(instrument)
        against = abs(held) if held * side < 0.0 else 0.0
        if order.is_exit and not against:
            order.end(Status.REJECTED, Reason.NOTHING_TO_CLOSE, found.price)
            return None
        units = self._on_offer(order, volume, against if order.is_exit else math.inf)
        is_too_few = order.time_in_force is TimeInForce.FOK and units < order.remaining
        if units <= 0.0 or is_too_few:
            order.explain(Reason.SIZE_USED_UP, found.price)
            return None
        self._taken[instrument] += units
        closes = min(units, against)
        if closes:
            level = math.nan if found.level is None else found.level
            out = Exit(found.price, level, found.reason, ExitReason.SIGNAL, order)
            self._leave(instrument, closes, out, volume, at)
        if units <= closes:
            return None
        return self._add(order, units - closes, found, volume, at)

    def _add(
        self, order: Order, units: float, found: Match, volume: float, at: int
    ) -> Exits | None:
        """Open a position, or add to one, if buying power covers it."""
        price = self.clearing.price(order, float(order.side), found.price, units, volume)
        most = self.clearing.costs.affordable_units(self.account, price)
        if units > most:
            order.end(Status.REJECTED, Reason.NO_BUYING_POWER, price)
            order.reason_level = max(most, 0.0)
            self.n_refused += 1
            return None
        self.clearing.enter(order, units, found, volume, at)
        return self.book.protect_entry(order, found.price, units)

    def _on_offer(self, order: Order, volume: float, most: float) -> float:
        """Return the units of an order that can fill now."""
        units = min(order.remaining, most)
        if self.terms.volume_limit > 0.0:
            left = self.terms.volume_limit * volume - self._taken[order.instrument]
            units = min(units, max(left, 0.0))
        if self.venue.partial_rate and self._rng.random() < self.venue.partial_rate:
            units = max(units * self._rng.random(), min(units, 1.0))
        return units if self.terms.fractional else float(math.floor(units))
