"""Crosses of two simple moving averages."""

from typing import ClassVar

from backtests.engine.signals import Signals
from backtests.engine.strategy import InvalidParams, Param, Params, Strategy
from market.engine import Bars
from market.engine.indicators import cross_above, cross_below, sma


class SmaCross(Strategy):
    """Long when the fast average comes to lie above the slow one, short when below."""

    name = "sma_cross"
    label = "SMA cross"
    description = (
        "Buys when the average of the latest few closes rises above the average of more closes, "
        "and sells when it falls below: it follows trends and loses in quiet markets."
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("fast", "int", 10, low=1, high=4999, step=1, help="Bars in the fast average"),
        Param("slow", "int", 20, low=2, high=5000, step=1, help="Bars in the slow average"),
    )

    def check(self, params: Params) -> None:
        """Raise InvalidParams unless the fast average is the shorter one."""
        if params["fast"] >= params["slow"]:  # type: ignore[operator]  # both are int
            raise InvalidParams({"fast": "must be below slow", "slow": "must be above fast"})

    def warm_up(self, params: Params) -> int:
        """Return the bars before the slow average is defined."""
        return int(params["slow"]) - 1

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return an entry at each cross, which ends the position on the other side too."""
        fast = sma(bars.close, int(params["fast"]))
        slow = sma(bars.close, int(params["slow"]))
        up, down = cross_above(fast, slow), cross_below(fast, slow)
        return Signals(entry_long=up, exit_long=down, entry_short=down, exit_short=up)
