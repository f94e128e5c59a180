"""Buying once."""

from typing import ClassVar

import numpy as np

from backtests.engine.signals import Signals
from backtests.engine.strategy import Params, Strategy
from market.engine import Bars


class BuyAndHold(Strategy):
    """Long from the first bar to the last."""

    name = "buy_and_hold"
    label = "Buy and hold"
    description = "Buys at the first chance and keeps it: what every other strategy has to beat."
    rules: ClassVar[tuple[str, ...]] = ("After the first bar, buy; never sell.",)

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return one entry, on the first bar."""
        never = np.zeros(len(bars), dtype=np.bool_)
        first = never.copy()
        first[0] = True
        return Signals(entry_long=first, exit_long=never, entry_short=never, exit_short=never)
