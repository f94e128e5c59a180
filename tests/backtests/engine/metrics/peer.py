"""A run of backtesting.py 0.6.6, in the arrays our metrics take."""

import warnings

import numpy as np
from backtesting import Backtest, Strategy
from backtesting.lib import crossover
from backtesting.test import GOOG, SMA

from market.engine import Bars

TRADE = np.dtype(
    [
        ("entry_bar", "i8"),
        ("exit_bar", "i8"),
        ("size", "f8"),
        ("entry_price", "f8"),
        ("exit_price", "f8"),
        ("pnl", "f8"),
        ("commission", "f8"),
    ]
)
PEER_COLUMNS = ("EntryBar", "ExitBar", "Size", "EntryPrice", "ExitPrice", "PnL", "Commission")
DAY_END_NS = 86_399 * 10**9


class SmaCross(Strategy):
    def init(self):
        self.fast = self.I(SMA, self.data.Close, 10)
        self.slow = self.I(SMA, self.data.Close, 20)

    def next(self):
        if crossover(self.fast, self.slow):
            self.buy()
        elif crossover(self.slow, self.fast):
            self.sell()


def goog_bars() -> Bars:
    ts_ns = GOOG.index.as_unit("ns").asi8 + DAY_END_NS
    columns = (
        GOOG[name].to_numpy(np.float64) for name in ("Open", "High", "Low", "Close", "Volume")
    )
    return Bars(ts_ns, *columns)


def peer_run(*, finalize: bool):
    """Return the peer's statistics, its equity, trades and position."""
    test = Backtest(
        GOOG,
        SmaCross,
        cash=10_000,
        commission=0.002,
        exclusive_orders=True,
        finalize_trades=finalize,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer warns of the trade it leaves open
        stats = test.run()
    peer_trades = stats["_trades"]
    trades = np.zeros(len(peer_trades), TRADE)
    for name, column in zip(TRADE.names, PEER_COLUMNS, strict=True):
        trades[name] = peer_trades[column]
    equity = stats["_equity_curve"]["Equity"].to_numpy()
    position = np.zeros(equity.size)
    for trade in trades:
        position[trade["entry_bar"] : trade["exit_bar"]] = trade["size"]
    if not finalize:
        position[trades["exit_bar"][-1] :] = 1.0  # the 94th trade, which the peer does not list
    return stats, equity, trades, position
