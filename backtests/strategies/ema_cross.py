"""Crosses of two exponential moving averages."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.crossing import CrossStrategy
from backtests.engine.strategy import Param, Params
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import ema


class EmaCross(CrossStrategy):
    """Long when the fast exponential average comes to lie above the slow one, else short."""

    name = "ema_cross"
    label = "EMA cross"
    description = (
        "Follows trends like the SMA cross, but the newest closes weigh most, so it turns "
        "sooner and is fooled more often."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When EMA(fast) crosses above EMA(slow), buy.",
        "When EMA(fast) crosses below EMA(slow), sell short; this also ends the long position.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("fast", "int", 12, low=1, high=4999, step=1, help="Bars in the fast average"),
        Param("slow", "int", 26, low=2, high=5000, step=1, help="Bars in the slow average"),
    )

    increasing = ("fast", "slow")
    first_params = ("fast",)
    second_params = ("slow",)

    def warm_up(self, params: Params) -> int:
        """Return the bars before the slow average is defined."""
        return int(params["slow"]) - 1

    def first_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the fast average."""
        return ema.on(bars, window=int(params["fast"]))

    def second_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the slow average."""
        return ema.on(bars, window=int(params["slow"]))

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return both averages."""
        return {"fast": self.first_line(bars, params), "slow": self.second_line(bars, params)}
