"""Reversion after an extreme of the RSI."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.signals import Signals
from backtests.engine.strategy import Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import cross_above, cross_below, rsi


class RsiReversion(Strategy):
    """Long when the RSI leaves the oversold zone, short when it leaves the overbought one."""

    name = "rsi_reversion"
    label = "RSI reversion"
    description = (
        "Bets that a fall or rise that went too far is taken back. It waits until the RSI "
        "leaves its extreme zone, and is done when the RSI is back at its exit level."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When RSI(window) crosses above the oversold level, buy.",
        "When RSI(window) is at or above the exit level, end the long position.",
        "When RSI(window) crosses below the overbought level, sell short.",
        "When RSI(window) is at or below the exit level, end the short position.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("window", "int", 14, low=1, high=5000, step=1, help="Bars in the RSI"),
        Param("oversold", "float", 30.0, low=1.0, high=99.0, step=1.0, help="Low RSI level"),
        Param("overbought", "float", 70.0, low=1.0, high=99.0, step=1.0, help="High RSI level"),
        Param("exit_level", "float", 50.0, low=1.0, high=99.0, step=1.0, help="RSI to leave at"),
    )

    increasing = ("oversold", "exit_level", "overbought")

    def warm_up(self, params: Params) -> int:
        """Return the bars before the RSI is defined."""
        return int(params["window"])

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the RSI."""
        return {"rsi": rsi.on(bars, window=int(params["window"]))}

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return entries where the RSI leaves a zone and exits at the exit level."""
        strength = self.indicators(bars, params)["rsi"]
        middle = float(params["exit_level"])
        return Signals(
            entry_long=cross_above(strength, float(params["oversold"])),
            exit_long=strength >= middle,
            entry_short=cross_below(strength, float(params["overbought"])),
            exit_short=strength <= middle,
        )
