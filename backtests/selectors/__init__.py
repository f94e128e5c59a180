"""Reads of runs and results; each is told who asks."""

from backtests.selectors.account import artifact_folder
from backtests.selectors.price import run_candles
from backtests.selectors.results import curve_points, drawdown_chart, equity_chart
from backtests.selectors.runs import result_document, runs_visible_to, strategy_of, terms_of
from backtests.selectors.summary import metric_groups, stat_strip, why_no_trades
from backtests.selectors.trades import trade_page

__all__ = [
    "artifact_folder",
    "curve_points",
    "drawdown_chart",
    "equity_chart",
    "metric_groups",
    "result_document",
    "run_candles",
    "runs_visible_to",
    "stat_strip",
    "strategy_of",
    "terms_of",
    "trade_page",
    "why_no_trades",
]
