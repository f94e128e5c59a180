"""Metrics of a run: what each one is, and its value."""

from backtests.engine.metrics.catalogue import METRICS
from backtests.engine.metrics.compute import compute_metrics
from backtests.engine.metrics.excursions import excursions
from backtests.engine.metrics.periods import day_ends, periods_per_year
from backtests.engine.metrics.registry import GROUPS, UNITS, Metric

__all__ = [
    "GROUPS",
    "METRICS",
    "UNITS",
    "Metric",
    "compute_metrics",
    "day_ends",
    "excursions",
    "periods_per_year",
]
