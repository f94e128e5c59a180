"""All metrics, in the order a result page shows them."""

from backtests.engine.metrics.catalogue_comparison import BENCHMARK, CONFIDENCE
from backtests.engine.metrics.catalogue_returns import COSTS, RETURNS
from backtests.engine.metrics.catalogue_risk import RISK
from backtests.engine.metrics.catalogue_trades import TRADES
from backtests.engine.metrics.registry import index_by_name

METRICS = index_by_name(RETURNS, BENCHMARK, RISK, TRADES, COSTS, CONFIDENCE)
