"""Metrics of a run: what each one is, its value, and the tables beside them."""

from backtests.engine.metrics.account import exposed_bars
from backtests.engine.metrics.catalogue import METRICS
from backtests.engine.metrics.compute import compute_metrics
from backtests.engine.metrics.drawdowns import worst_drawdowns
from backtests.engine.metrics.excursions import excursions
from backtests.engine.metrics.periods import day_ends, periods_per_year
from backtests.engine.metrics.registry import GROUPS, UNITS, Metric
from backtests.engine.metrics.returns import period_returns
from backtests.engine.metrics.rolling import Rolling, rolling_figures
from backtests.engine.metrics.tables import (
    CostLine,
    Histogram,
    MonthTable,
    SpanReturns,
    cost_lines,
    exposure_series,
    month_returns,
    month_table,
    return_histogram,
    year_returns,
)
from backtests.engine.metrics.trades import trade_returns

__all__ = [
    "GROUPS",
    "METRICS",
    "UNITS",
    "CostLine",
    "Histogram",
    "Metric",
    "MonthTable",
    "Rolling",
    "SpanReturns",
    "compute_metrics",
    "cost_lines",
    "day_ends",
    "excursions",
    "exposed_bars",
    "exposure_series",
    "month_returns",
    "month_table",
    "period_returns",
    "periods_per_year",
    "return_histogram",
    "rolling_figures",
    "trade_returns",
    "worst_drawdowns",
    "year_returns",
]
