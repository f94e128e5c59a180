"""Holding what has risen most."""

from typing import ClassVar

import numpy as np

from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe, sparse
from backtests.engine.rebalancing import period_rows, rebalance_param
from backtests.engine.strategy import InvalidParams, Param, Params
from market.engine.bars import Float1D


class MomentumRotation(PortfolioStrategy):
    """The strongest few of many, changed on a calendar; cash where even they have fallen."""

    name = "momentum_rotation"
    label = "Momentum rotation"
    description = (
        "Ranks the instruments by their return over a long lookback, leaves out the latest weeks, "
        "in which prices tend to swing back, and holds the best few in equal parts. The absolute "
        "filter keeps a part in cash when even a chosen instrument has not risen enough."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "Momentum is the return from lookback bars ago to skip bars ago.",
        "At the first close of each period, rank the instruments by it, highest first.",
        "Want 1 / top_n of equity in each of the first top_n; sell the others.",
        "With absolute on, the part of one whose momentum is not above floor stays in cash.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("top_n", "int", 2, low=1, high=50, step=1, help="How many are held"),
        Param("lookback", "int", 252, low=1, high=5000, step=1, help="Bars back to the start"),
        Param("skip", "int", 21, low=0, high=4999, step=1, help="Latest bars left out"),
        rebalance_param(),
        Param("absolute", "bool", default=True, help="Cash instead of what has not risen"),
        Param(
            "floor",
            "float",
            0.0,
            low=-1.0,
            high=10.0,
            step=0.01,
            help="Momentum, as a fraction, that the absolute filter asks for",
        ),
    )
    sample = ("SPY", "QQQ", "IWM", "TLT", "GLD", "XOM")

    def check(self, params: Params) -> None:
        """Refuse a skip that leaves nothing of the lookback."""
        if int(params["skip"]) >= int(params["lookback"]):
            raise InvalidParams({"skip": "must be below lookback"})

    def warm_up(self, params: Params) -> int:
        """Return the times before a lookback is full."""
        return int(params["lookback"])

    def momentum(self, series: Universe, params: Params) -> Float2D:
        """Return the momentum at each close, float64[n_times, n_instruments]; NaN if unknown."""
        lookback, skip = int(params["lookback"]), int(params["skip"])
        out = np.full(series.shape, np.nan)
        n_known = len(out) - lookback
        if n_known > 0:
            closes = series.closes
            out[lookback:] = closes[lookback - skip : len(out) - skip] / closes[:n_known] - 1.0
        return out

    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return the weights of the chosen instruments where they are due."""
        momentum = self.momentum(series, params)
        is_ready = np.any(~np.isnan(momentum), axis=1)
        rows = period_rows(series.calendar, str(params["rebalance"]), is_ready)
        floor = float(params["floor"]) if params["absolute"] else -np.inf
        weights = [_chosen(momentum[row], int(params["top_n"]), floor) for row in rows.tolist()]
        return sparse(rows, np.array(weights).reshape(-1, len(series)), series.shape)


def _chosen(momentum: Float1D, top_n: int, floor: float) -> Float1D:
    """Return the weights of one row; among equals the one named first wins."""
    order = np.argsort(-momentum, kind="stable")[:top_n]  # NaN comes last
    best = order[momentum[order] > floor]
    weights = np.zeros(momentum.size)
    weights[best] = 1.0 / top_n
    return weights
