"""What a fill does: its price, its costs, the account after it, and the record of it."""

import math

from backtests.engine.exchange.account import Account
from backtests.engine.exchange.costs import CostModel
from backtests.engine.exchange.exits import Exit
from backtests.engine.exchange.matching import Match
from backtests.engine.exchange.orders import Fill, Order, Status
from backtests.engine.terms import Terms


class Clearing:
    """Books fills on one account.

    Attributes
    ----------
    account : Account
    costs : CostModel
    fills : list of Fill
    has_spread : bool
        Prices are those of one side of a quote: no spread is charged on top, and a limit holds
        against slippage too.
    """

    def __init__(self, terms: Terms) -> None:
        self.account = Account(terms.cash)
        self.costs = CostModel(terms)
        self.fills: list[Fill] = []
        self.has_spread = False

    def price(
        self, order: Order | None, side: float, price: float, units: float, volume: float
    ) -> float:
        """Return what `units` at `price` really cost (`side` 1) or bring (-1), per unit."""
        paid = self.costs.fill_price(price, side, units, volume, has_spread=self.has_spread)
        if self.has_spread and order is not None and order.limit_price is not None:
            paid = side * min(side * paid, side * order.limit_price)
        return paid

    def enter(self, order: Order, units: float, found: Match, volume: float, at: int) -> None:
        """Buy or sell short `units` for an order."""
        side = float(order.side)
        price = self.price(order, side, found.price, units, volume)
        commission = self._charge(units, price, found.price)
        self.account.enter(order.instrument, side * units, price, commission, at)
        level = math.nan if found.level is None else found.level
        self._record(
            order,
            Fill(
                order.order_id,
                order.instrument,
                at,
                side * units,
                price,
                found.price,
                commission,
                0.0,
                found.reason,
                level,
            ),
        )

    def leave(self, instrument: str, units: float, out: Exit, volume: float, at: int) -> None:
        """Close `units` (unsigned) of a position."""
        side = -1.0 if self.account.positions[instrument].units > 0.0 else 1.0
        price = self.price(out.order, side, out.price, units, volume)
        commission = self._charge(units, price, out.price)
        gross = self.account.leave(instrument, units, price, commission, at, out.exit_reason)
        self._record(
            out.order,
            Fill(
                out.order.order_id if out.order else 0,
                instrument,
                at,
                side * units,
                price,
                out.price,
                commission,
                gross,
                out.reason,
                out.level,
            ),
        )

    def _charge(self, units: float, price: float, quoted: float) -> float:
        value = units * price
        commission = self.costs.commission(units, value, self.account.traded_value)
        self.account.count_fill(commission, value, units * abs(price - quoted))
        return commission

    def _record(self, order: Order | None, fill: Fill) -> None:
        self.fills.append(fill)
        if order is None:
            return
        order.filled_quantity += abs(fill.quantity)
        order.filled_value += abs(fill.quantity) * fill.price
        is_whole = order.quantity is None or order.filled_quantity >= order.quantity
        order.status = Status.FILLED if is_whole else Status.PARTIALLY_FILLED
        order.explain(fill.reason, fill.quoted_price, fill.level)
