"""The part of equity that was asked for in each instrument."""

from typing import ClassVar

import numpy as np

from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.rebalancing import rebalance_param, weighted_targets
from backtests.engine.strategy import Param, Params


class FixedWeights(PortfolioStrategy):
    """Weights as given, brought back on a calendar or in a band."""

    name = "fixed_weights"
    label = "Fixed weights"
    description = (
        "Holds each instrument at the weight you give it, such as 60 % shares and 40 % bonds, and "
        "brings the weights back when time or prices have moved them. What the weights leave of "
        "100 % stays in cash; a negative weight is a short position."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "At the first close, want the given weight in each instrument with a price.",
        "The weight of an instrument without a price yet waits in cash.",
        "At the first close of each week, month, quarter or year, want the same again.",
        "With rebalance set to band, do so only once a weight is further than band from its place.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        rebalance_param(has_band=True),
        Param(
            "band",
            "float",
            0.05,
            low=0.001,
            high=1.0,
            step=0.01,
            help="Distance from the wanted weight, as a fraction of equity, that is let pass",
        ),
    )
    min_members = 1
    uses_weights = True
    sample = ("SPY", "TLT")

    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return the given weights of the instruments that have had a bar, where they are due."""
        wanted = np.where(np.isnan(series.closes), 0.0, series.weights)
        return weighted_targets(
            series.calendar,
            series.closes,
            wanted,
            str(params["rebalance"]),
            float(params["band"]),
        )
