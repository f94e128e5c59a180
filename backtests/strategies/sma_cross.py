"""Crosses of two simple moving averages."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.crosses import mean_cross_bars
from backtests.engine.crossing import CrossStrategy
from backtests.engine.strategy import Param, Params
from market.engine import Bars
from market.engine.bars import Float1D, Int1D
from market.engine.indicators.simple_average import close_mean, tick_sums

DISTINCT = 2.0**51  # quotients of smaller whole numbers differ by more than a rounding


class SmaCross(CrossStrategy):
    """Long when the fast average comes to lie above the slow one, short when below."""

    name = "sma_cross"
    label = "SMA cross"
    description = (
        "Buys when the average of the latest few closes rises above the average of more closes, "
        "and sells when it falls below: it follows trends and loses in quiet markets."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When SMA(fast) crosses above SMA(slow), buy.",
        "When SMA(fast) crosses below SMA(slow), sell short; this also ends the long position.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("fast", "int", 10, low=1, high=4999, step=1, help="Bars in the fast average"),
        Param("slow", "int", 20, low=2, high=5000, step=1, help="Bars in the slow average"),
    )
    increasing = ("fast", "slow")
    first_params = ("fast",)
    second_params = ("slow",)

    def warm_up(self, params: Params) -> int:
        """Return the bars before the slow average is defined."""
        return int(params["slow"]) - 1

    def first_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the fast average."""
        return close_mean(bars, int(params["fast"]))

    def second_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the slow average."""
        return close_mean(bars, int(params["slow"]))

    def crosses(self, bars: Bars, params: Params) -> Int1D:
        """Return where the averages cross, without the averages where closes lie on a grid."""
        sums, windows = tick_sums(bars), (int(params["fast"]), int(params["slow"]))
        if sums.scale and sums.largest * sums.scale * windows[0] * windows[1] < DISTINCT:
            return mean_cross_bars(sums.values, *windows)
        return super().crosses(bars, params)

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return both averages."""
        return {"fast": self.first_line(bars, params), "slow": self.second_line(bars, params)}
