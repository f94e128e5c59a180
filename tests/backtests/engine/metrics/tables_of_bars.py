"""Small series and trades for hand-worked cases."""

import numpy as np

from market.engine import Bars
from tests.backtests.engine.metrics.peer import TRADE

DAY_NS = 86_400 * 10**9
MONDAY_NS = 1_704_153_599 * 10**9  # Monday 2024-01-01 23:59:59 UTC


def daily_bars(closes, *, highs=None, lows=None) -> Bars:
    """Bars of successive calendar days, opened at the close before."""
    close = np.asarray(closes, np.float64)
    open_ = np.concatenate((close[:1], close[:-1]))
    high = np.maximum(open_, close) if highs is None else np.asarray(highs, np.float64)
    low = np.minimum(open_, close) if lows is None else np.asarray(lows, np.float64)
    ts_ns = MONDAY_NS + DAY_NS * np.arange(close.size, dtype=np.int64)
    return Bars(ts_ns, open_, high, low, close, np.ones(close.size))


def trades_table(*rows):
    """Trades of (entry_bar, exit_bar, size, entry_price, exit_price), free of commission."""
    trades = np.zeros(len(rows), TRADE)
    for i, row in enumerate(rows):
        entry_bar, exit_bar, size, entry, last = row
        trades[i] = (entry_bar, exit_bar, size, entry, last, size * (last - entry), 0.0)
    return trades


NO_TRADES = trades_table()
