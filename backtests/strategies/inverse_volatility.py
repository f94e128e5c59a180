"""More of what moves less."""

from typing import ClassVar

import numpy as np

from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe, sparse
from backtests.engine.rebalancing import period_rows, rebalance_param
from backtests.engine.strategy import Param, Params


class InverseVolatility(PortfolioStrategy):
    """Weights in proportion to one over volatility: the simple form of risk parity."""

    name = "inverse_volatility"
    label = "Inverse volatility"
    description = (
        "Gives an instrument that moves half as much twice the weight, so that each brings about "
        "the same risk. It is risk parity without correlations: calm bonds weigh more than "
        "shares, and the whole moves less than equal parts would."
    )
    rules: ClassVar[tuple[str, ...]] = (
        "Measure the standard deviation of each instrument's last window returns, close to close.",
        "Want weights in proportion to one over it, which sum to invested.",
        "Decide at the first close with a full window, then at the first close of each period.",
        "An instrument with a shorter history, or without any movement, gets nothing.",
    )
    params: ClassVar[tuple[Param, ...]] = (
        Param("window", "int", 63, low=2, high=2000, step=1, help="Returns in the volatility"),
        rebalance_param(),
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

    def warm_up(self, params: Params) -> int:
        """Return the times before a window of returns is full."""
        return int(params["window"])

    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return the weights where they are due."""
        window, closes = int(params["window"]), series.closes
        if len(closes) <= window:
            return np.full(series.shape, np.nan)
        is_ready = np.zeros(len(closes), dtype=np.bool_)
        is_ready[window:] = (~np.isnan(closes[:-window])).any(axis=1)
        rows = period_rows(series.calendar, str(params["rebalance"]), is_ready)
        weights = [_inverse(closes[row - window : row + 1]) for row in rows.tolist()]
        return sparse(rows, float(params["invested"]) * np.array(weights), series.shape)


def _inverse(closes: Float2D) -> Float2D:
    """Return weights from the closes of one window, float64[n_instruments]; they sum to 1."""
    returns = closes[1:] / closes[:-1] - 1.0
    spread = returns.std(axis=0, ddof=1) if len(returns) else np.zeros(closes.shape[1])
    calm = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
    total = calm.sum()
    weights: Float2D = calm / total if total else calm
    return weights
