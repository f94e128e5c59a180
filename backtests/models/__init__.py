"""Tables of the backtests: runs, portfolios, and the strategies people wrote."""

from backtests.models.account import ACCOUNT_FIELDS, AccountRun
from backtests.models.portfolios import PortfolioMember, PortfolioRun
from backtests.models.runs import SIZING_FIELDS, TERM_FIELDS, BacktestRun
from backtests.models.strategies import SavedStrategy, StrategyVersion

__all__ = [
    "ACCOUNT_FIELDS",
    "SIZING_FIELDS",
    "TERM_FIELDS",
    "AccountRun",
    "BacktestRun",
    "PortfolioMember",
    "PortfolioRun",
    "SavedStrategy",
    "StrategyVersion",
]
