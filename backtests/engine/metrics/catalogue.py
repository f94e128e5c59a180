"""All metrics, in the order a result page shows them."""

from backtests.engine.metrics import catalogue_account as account
from backtests.engine.metrics.catalogue_trades import TRADES
from backtests.engine.metrics.registry import index_by_name

METRICS = index_by_name(
    account.RETURNS, account.BENCHMARK, account.RISK, TRADES, account.COSTS, account.CONFIDENCE
)
