"""One exchange for simulated trading: orders and prices in, fills with reasons out.

Backtests drive it with bars, paper trading with quotes. It is plain Python, knows no clock, and
gives the same fills for the same orders, prices and seed.
"""

from backtests.engine.exchange.account import Account, ClosedTrade, Position
from backtests.engine.exchange.book import OrderBook
from backtests.engine.exchange.costs import CostModel
from backtests.engine.exchange.exchange import Exchange
from backtests.engine.exchange.matching import BarPrices, Quote, Venue
from backtests.engine.exchange.orders import (
    Bracket,
    Fill,
    Order,
    OrderType,
    Reason,
    Side,
    Status,
    TimeInForce,
)

__all__ = [
    "Account",
    "BarPrices",
    "Bracket",
    "ClosedTrade",
    "CostModel",
    "Exchange",
    "Fill",
    "Order",
    "OrderBook",
    "OrderType",
    "Position",
    "Quote",
    "Reason",
    "Side",
    "Status",
    "TimeInForce",
    "Venue",
]
