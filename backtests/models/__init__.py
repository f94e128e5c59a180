"""Tables of the backtests: runs, portfolios, and the strategies people wrote."""

from backtests.models.portfolios import PORTFOLIO_TERM_FIELDS, PortfolioMember, PortfolioRun
from backtests.models.runs import SIZING_FIELDS, TERM_FIELDS, BacktestRun
from backtests.models.strategies import SavedStrategy, StrategyVersion

__all__ = [
    "PORTFOLIO_TERM_FIELDS",
    "SIZING_FIELDS",
    "TERM_FIELDS",
    "BacktestRun",
    "PortfolioMember",
    "PortfolioRun",
    "SavedStrategy",
    "StrategyVersion",
]
