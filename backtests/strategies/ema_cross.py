"""Crosses of two exponential moving averages."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.signals import Signals
from backtests.engine.strategy import InvalidParams, Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import cross_above, cross_below, ema


class EmaCross(Strategy):
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

    def check(self, params: Params) -> None:
        """Raise InvalidParams unless the fast average is the shorter one."""
        if int(params["fast"]) >= int(params["slow"]):
            raise InvalidParams({"fast": "must be below slow", "slow": "must be above fast"})

    def warm_up(self, params: Params) -> int:
        """Return the bars before the slow average is defined."""
        return int(params["slow"]) - 1

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return both averages."""
        return {name: ema.on(bars, window=int(params[name])) for name in ("fast", "slow")}

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return an entry at each cross, which ends the position on the other side too."""
        lines = self.indicators(bars, params)
        up = cross_above(lines["fast"], lines["slow"])
        down = cross_below(lines["fast"], lines["slow"])
        return Signals(entry_long=up, exit_long=down, entry_short=down, exit_short=up)
