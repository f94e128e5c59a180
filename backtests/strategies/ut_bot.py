"""UT Bot: the side of an ATR trailing stop."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from backtests.engine.crossing import CrossStrategy
from backtests.engine.strategy import Param, Params
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import ut_bot


class UtBot(CrossStrategy):
    """Long while the price is above its trailing stop, short while it is below."""

    name = "ut_bot"
    label = "UT Bot"
    description = (
        "A stop trails the close at a multiple of the average true range and never steps back; "
        "when the close crosses it, the position turns. Heikin-Ashi closes turn it less often; "
        "orders are filled at real prices either way."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "The stop follows the close at key_value times ATR(window) and never moves against it.",
        "When the close crosses above the stop, buy.",
        "When the close crosses below the stop, sell short; this also ends the long position.",
        "With heikin_ashi, the mean of open, high, low and close stands for the close.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("key_value", "float", 1.0, low=0.1, high=100.0, step=0.1, help="ATRs to the stop"),
        Param("window", "int", 10, low=1, high=5000, step=1, help="Bars in the ATR"),
        Param("heikin_ashi", "bool", default=False, help="Use the Heikin-Ashi close"),
    )

    first_params = ("key_value", "window", "heikin_ashi")
    second_params = ()

    def warm_up(self, params: Params) -> int:
        """Return the bars before the stop is defined."""
        return int(params["window"])

    def first_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the side of the stop the price is on: 1 above, -1 below."""
        return self.indicators(bars, params)["side"]

    def second_line(self, bars: Bars, params: Params) -> Float1D:
        """Return the border of both sides."""
        return np.zeros(len(bars))

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the trailing stop and the side of it the price is on."""
        stop, side = ut_bot.on(
            bars,
            key_value=float(params["key_value"]),
            window=int(params["window"]),
            use_heikin_ashi=int(params["heikin_ashi"]),
        )
        return {"stop": stop, "side": side}
