"""Bollinger bands, traded towards the middle and away from it."""

from collections.abc import Mapping
from typing import ClassVar

from backtests.engine.signals import Signals
from backtests.engine.strategy import Param, Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import bollinger, cross_above, cross_below

BANDS = (
    Param("window", "int", 20, low=2, high=5000, step=1, help="Bars in the mean and deviation"),
    Param("deviations", "float", 2.0, low=0.1, high=10.0, step=0.1, help="Width of the bands"),
)


class _Bands(Strategy):
    """What both strategies share."""

    params: ClassVar[tuple[Param, ...]] = BANDS

    def warm_up(self, params: Params) -> int:
        """Return the bars before the bands are defined."""
        return int(params["window"]) - 1

    def indicators(self, bars: Bars, params: Params) -> Mapping[str, Float1D]:
        """Return the three bands."""
        width = float(params["deviations"])
        bands = bollinger.on(bars, window=int(params["window"]), deviations=width)
        return dict(zip(bollinger.outputs, bands, strict=True))


class BollingerReversion(_Bands):
    """Long when the close returns into the bands from below, short from above."""

    name = "bollinger_reversion"
    label = "Bollinger reversion"
    description = (
        "Bets that a price outside its usual band comes back to the middle. It waits until the "
        "close is inside again, and is done at the middle."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When the close crosses above the lower band, buy.",
        "When the close is at or above the middle band, end the long position.",
        "When the close crosses below the upper band, sell short.",
        "When the close is at or below the middle band, end the short position.",
    )

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return entries on the way back into the bands and exits at the middle."""
        bands = self.indicators(bars, params)
        upper, middle, lower = bands["upper"], bands["middle"], bands["lower"]
        return Signals(
            entry_long=cross_above(bars.close, lower),
            exit_long=bars.close >= middle,
            entry_short=cross_below(bars.close, upper),
            exit_short=bars.close <= middle,
        )


class BollingerBreakout(_Bands):
    """Long when the close leaves the bands upwards, short when downwards."""

    name = "bollinger_breakout"
    label = "Bollinger breakout"
    description = (
        "Bets that a price which leaves its usual band goes on. It is done when the close "
        "falls back through the middle."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "When the close crosses above the upper band, buy.",
        "When the close is below the middle band, end the long position.",
        "When the close crosses below the lower band, sell short.",
        "When the close is above the middle band, end the short position.",
    )

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return entries on the way out of the bands and exits beyond the middle."""
        bands = self.indicators(bars, params)
        upper, middle, lower = bands["upper"], bands["middle"], bands["lower"]
        return Signals(
            entry_long=cross_above(bars.close, upper),
            exit_long=bars.close < middle,
            entry_short=cross_below(bars.close, lower),
            exit_short=bars.close > middle,
        )
