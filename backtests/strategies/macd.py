"""Crosses of the MACD and its signal line."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.signals import Signals
from backtests.engine.strategy import InvalidParams, Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import cross_above, cross_below, macd


class Macd(Strategy):
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

    def check(self, params: Params) -> None:
        """Raise InvalidParams unless the fast average is the shorter one."""
        if int(params["fast"]) >= int(params["slow"]):
            raise InvalidParams({"fast": "must be below slow", "slow": "must be above fast"})

    def warm_up(self, params: Params) -> int:
        """Return the bars before the signal line is defined."""
        return int(params["slow"]) + int(params["signal"]) - 2

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the MACD and its signal line."""
        windows = {name: int(params[name]) for name in ("fast", "slow", "signal")}
        line, signal, _ = macd.on(bars, **windows)
        return {"macd": line, "signal": signal}

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return an entry at each cross, which ends the position on the other side too."""
        lines = self.indicators(bars, params)
        up = cross_above(lines["macd"], lines["signal"])
        down = cross_below(lines["macd"], lines["signal"])
        return Signals(entry_long=up, exit_long=down, entry_short=down, exit_short=up)
