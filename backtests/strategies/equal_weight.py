"""The same part of equity in every instrument."""

from typing import ClassVar

import numpy as np

from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.rebalancing import rebalance_param, weighted_targets
from backtests.engine.strategy import Param, Params


class EqualWeight(PortfolioStrategy):
    """Equal parts of all instruments that have a price, brought back on a calendar or in a band."""

    name = "equal_weight"
    label = "Equal weight"
    description = (
        "Puts the same part of the account into every instrument and brings the parts back when "
        "time or prices have moved them. The hardest simple portfolio to beat, since it has no "
        "opinion to be wrong about."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "At the first close, want 1 / n of equity in each of the n instruments with a price.",
        "At the first close of each week, month, quarter or year, want the same again.",
        "With rebalance set to band, do so only once a weight is further than band from its part.",
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
        Param(
            "invested",
            "float",
            1.0,
            low=0.01,
            high=5.0,
            step=0.05,
            help="Sum of the weights, as a fraction of equity; the rest is cash",
        ),
    )
    min_members = 1

    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return equal weights of the instruments that have had a bar, where they are due."""
        has_begun = ~np.isnan(series.closes)
        parts = has_begun / has_begun.sum(axis=1, keepdims=True)
        return weighted_targets(
            series.calendar,
            series.closes,
            float(params["invested"]) * parts,
            str(params["rebalance"]),
            float(params["band"]),
        )
