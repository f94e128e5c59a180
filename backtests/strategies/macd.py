"""Crosses of the MACD and its signal line."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.crossing import CrossStrategy
from backtests.engine.strategy import Param, Params
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import macd


class Macd(CrossStrategy):
    """Long when the MACD comes to lie above its signal line, short when below."""

    name = "macd"
    label = "MACD"
    description = (
        "The MACD is the distance of a fast and a slow average; its own average is the signal "
        "line. Crossing it means that the trend gains or loses speed, often before it turns."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When MACD(fast, slow) crosses above its EMA(signal), buy.",
        "When it crosses below, sell short; this also ends the long position.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("fast", "int", 12, low=1, high=4999, step=1, help="Bars in the fast average"),
        Param("slow", "int", 26, low=2, high=5000, step=1, help="Bars in the slow average"),
        Param("signal", "int", 9, low=1, high=5000, step=1, help="Bars in the signal line"),
    )

    increasing = ("fast", "slow")
    first_params = ("fast", "slow")
    second_params = ("fast", "slow", "signal")

    def warm_up(self, params: Params) -> int:
        """Return the bars before the signal line is defined."""
        return int(params["slow"]) + int(params["signal"]) - 2

    def first_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the MACD."""
        line: Float1D = macd.on(bars, fast=int(params["fast"]), slow=int(params["slow"]))[0]
        return line

    def second_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the signal line."""
        windows = {name: int(params[name]) for name in self.second_params}
        line: Float1D = macd.on(bars, **windows)[1]
        return line

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the MACD and its signal line."""
        first, second = self.first_line(bars, params), self.second_line(bars, params)
        return {"macd": first, "signal": second}
