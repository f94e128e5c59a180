"""The turtles' breakout of the Donchian channel."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from backtests.engine.signals import Signals
from backtests.engine.strategy import Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import atr, donchian, lag


class DonchianBreakout(Strategy):
    """Long above the highest high of the bars before, short below the lowest low."""

    name = "donchian_breakout"
    label = "Donchian breakout (turtle)"
    description = (
        "Follows a price that goes where it has not been for a while, with a stop a few average "
        "ranges away, and leaves when a shorter channel breaks the other way. Most trades lose "
        "a little; the few long trends have to pay for them."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When the close is above the highest high of the entry_window bars before, buy.",
        "When the close is below the lowest low of the exit_window bars before, end the long.",
        "When the close is below the lowest low of the entry_window bars before, sell short.",
        "When the close is above the highest high of the exit_window bars before, end the short.",
        "A stop stands stop_atr times ATR(atr_window) from the close of the signal; 0 means none.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("entry_window", "int", 20, low=1, high=5000, step=1, help="Bars of the breakout"),
        Param("exit_window", "int", 10, low=1, high=5000, step=1, help="Bars of the way out"),
        Param("atr_window", "int", 20, low=1, high=5000, step=1, help="Bars in the ATR"),
        Param("stop_atr", "float", 2.0, low=0.0, high=100.0, step=0.5, help="ATRs to the stop"),
    )

    def warm_up(self, params: Params) -> int:
        """Return the bars before the channels and the ATR are defined."""
        return max(int(params[name]) for name in ("entry_window", "exit_window", "atr_window"))

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the channels of the bars before, and the ATR."""
        top, _, bottom = donchian.on(bars, window=int(params["entry_window"]))
        exit_top, _, exit_bottom = donchian.on(bars, window=int(params["exit_window"]))
        return {
            "entry_high": lag(top),
            "entry_low": lag(bottom),
            "exit_high": lag(exit_top),
            "exit_low": lag(exit_bottom),
            "atr": atr.on(bars, window=int(params["atr_window"])),
        }

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return entries and exits at breakouts, with a stop for each side's entry."""
        lines = self.indicators(bars, params)
        reach = float(params["stop_atr"]) * lines["atr"]
        is_ready = ~np.isnan(reach)
        buys = (bars.close > lines["entry_high"]) & is_ready
        sells = (bars.close < lines["entry_low"]) & is_ready
        stop = np.where(buys, bars.close - reach, np.where(sells, bars.close + reach, np.nan))
        stop[(stop <= 0.0) | (reach == 0.0)] = np.nan  # a stop at or below 0 is never reached
        return Signals(
            entry_long=buys,
            exit_long=bars.close < lines["exit_low"],
            entry_short=sells,
            exit_short=bars.close > lines["exit_high"],
            stop=stop,
        )
