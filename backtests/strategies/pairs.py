"""Two instruments that move together, traded against each other."""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from backtests.engine.pair_kernel import Spread, sides_of, spread_of
from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.strategy import InvalidParams, Param, Params
from market.engine.bars import Float1D


class Pairs(PortfolioStrategy):
    """Short the spread of two instruments where it is wide, long where it is narrow."""

    name = "pairs"
    label = "Pairs"
    description = (
        "Two instruments that usually move together drift apart; the one that ran ahead is sold "
        "short and the other is bought, until they are back together. What the market as a whole "
        "does matters little. What matters is that the two stay a pair: where they part for good, "
        "the stop is all there is."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "The spread is the first instrument less hedge times the second, in log prices or prices.",
        "hedge is the slope of a regression over the last window closes, or the fixed hedge_ratio.",
        "z is the spread's distance from its mean over the window, in standard deviations.",
        "When z is at entry or above, sell the spread: short the first, long the second.",
        "When z is at minus entry or below, buy it: long the first, short the second.",
        "When z is back within exit of 0, close both; when it reaches stop the other way, too.",
        "After a stop, wait until z has been back within exit; a hedge of 0 or less is no pair.",
        "Both legs together are worth exposure times equity, split by the hedge.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("window", "int", 60, low=3, high=5000, step=1, help="Closes in regression and z"),
        Param("entry", "float", 2.0, low=0.1, high=20.0, step=0.1, help="z that opens"),
        Param("exit", "float", 0.5, low=0.0, high=20.0, step=0.1, help="z that closes"),
        Param("stop", "float", 4.0, low=0.0, high=50.0, step=0.5, help="z that gives up; 0 never"),
        Param("hedge", "choice", "regression", choices=("regression", "fixed"), help="Its source"),
        Param("hedge_ratio", "float", 1.0, low=0.001, high=1000.0, step=0.1, help="If fixed"),
        Param("prices", "choice", "log", choices=("log", "price"), help="What the spread is of"),
        Param(
            "exposure",
            "float",
            0.95,
            low=0.01,
            high=5.0,
            step=0.05,
            help="Value of both legs together, as a fraction of equity",
        ),
    )
    max_members = 2
    sample = ("SPY", "DIA")

    def check(self, params: Params) -> None:
        """Refuse levels that do not lie in order."""
        entry, leave, stop = (float(params[name]) for name in ("entry", "exit", "stop"))
        errors = {}
        if leave >= entry:
            errors["exit"] = "must be below entry"
        if 0.0 < stop <= entry:
            errors["stop"] = "must be above entry, or 0"
        if errors:
            raise InvalidParams(errors)

    def warm_up(self, params: Params) -> int:
        """Return the times before a window is full."""
        return int(params["window"]) - 1

    def spread(self, series: Universe, params: Params) -> Spread:
        """Return hedge ratio and z-score at each close of the merged calendar."""
        closes = np.log(series.closes) if params["prices"] == "log" else series.closes
        fixed = float(params["hedge_ratio"]) if params["hedge"] == "fixed" else math.nan
        return spread_of(closes[:, 0], closes[:, 1], int(params["window"]), fixed)

    def indicators(self, series: Universe, params: Params) -> Mapping[str, Float1D]:
        """Return z-score and hedge ratio by name."""
        spread = self.spread(series, params)
        return {"z-score": spread.z, "hedge ratio": spread.hedge}

    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return the weights of both legs where the side changes."""
        spread = self.spread(series, params)
        levels = (float(params[name]) for name in ("entry", "exit", "stop"))
        sides = sides_of(spread, *levels)
        rows = np.flatnonzero(np.diff(sides, prepend=0))
        hedge = spread.hedge[rows]  # value of the second leg for 1 of the first
        if params["prices"] == "price":
            hedge = hedge * series.closes[rows, 1] / series.closes[rows, 0]
        first = np.zeros(rows.size)
        is_held = sides[rows] != 0
        held = hedge[is_held]
        first[is_held] = sides[rows][is_held] * float(params["exposure"]) / (1.0 + held)
        second = np.zeros(rows.size)
        second[is_held] = -first[is_held] * held
        targets = np.full(series.shape, np.nan)
        targets[rows] = np.column_stack([first, second])
        return targets
