"""Tables of the backtests: runs, and the strategies people wrote."""

from backtests.models.runs import SIZING_FIELDS, TERM_FIELDS, BacktestRun
from backtests.models.strategies import SavedStrategy, StrategyVersion

__all__ = [
    "SIZING_FIELDS",
    "TERM_FIELDS",
    "BacktestRun",
    "SavedStrategy",
    "StrategyVersion",
]
