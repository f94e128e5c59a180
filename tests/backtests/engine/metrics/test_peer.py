"""Figures of backtesting.py 0.6.6 for the metrics that share its definition."""

import math

import pytest

from backtests.engine.metrics import compute_metrics, exposed_bars
from tests.backtests.engine.metrics.peer import goog_bars, peer_run

SAME_DEFINITION = [
    # ours, the peer's, unit of the peer's
    ("equity_final", "Equity Final [$]", 1),
    ("equity_peak", "Equity Peak [$]", 1),
    ("commissions", "Commissions [$]", 1),
    ("return_total", "Return [%]", 100),
    ("buy_hold_return", "Buy & Hold Return [%]", 100),
    ("annual_return", "Return (Ann.) [%]", 100),
    ("volatility_geometric", "Volatility (Ann.) [%]", 100),
    ("cagr", "CAGR [%]", 100),
    ("sharpe_geometric", "Sharpe Ratio", 1),
    ("sortino_geometric", "Sortino Ratio", 1),
    ("calmar", "Calmar Ratio", 1),
    ("max_drawdown", "Max. Drawdown [%]", -100),
    ("avg_drawdown", "Avg. Drawdown [%]", -100),
    ("n_trades", "# Trades", 1),
    ("win_rate", "Win Rate [%]", 100),
    ("best_trade", "Best Trade [%]", 100),
    ("worst_trade", "Worst Trade [%]", 100),
    ("avg_trade", "Avg. Trade [%]", 100),
    ("profit_factor", "Profit Factor", 1),
    ("expectancy", "Expectancy [%]", 100),
    ("sqn", "SQN", 1),
    ("kelly", "Kelly Criterion", 1),
]


@pytest.fixture(scope="module", params=[False, True], ids=["left open", "closed at the end"])
def run(request):
    stats, equity, trades, position = peer_run(finalize=request.param)
    ours = compute_metrics(
        goog_bars(),
        equity,
        trades,
        n_exposed=exposed_bars(position, trades),
        traded_value=0.0,
        first_bar=19,
        commissions=trades["commission"].sum(),
        periods_per_year=252.0,
    )
    return ours, stats, request.param


@pytest.mark.parametrize(("name", "peer_name", "unit"), SAME_DEFINITION)
def test_metric_of_goog_run_equals_peer(run, name, peer_name, unit):
    ours, stats, _ = run

    assert ours[name] * unit == pytest.approx(stats[peer_name], rel=1e-9)


def test_drawdown_days_of_goog_run_equal_peer_which_rounds_up(run):
    ours, stats, _ = run

    assert math.ceil(ours["max_drawdown_days"]) == stats["Max. Drawdown Duration"].days
    assert math.ceil(ours["avg_drawdown_days"]) == stats["Avg. Drawdown Duration"].days
    assert math.ceil(ours["avg_holding_days"]) == stats["Avg. Trade Duration"].days
    assert ours["max_holding_days"] == stats["Max. Trade Duration"].days


def test_exposure_of_goog_run_counts_the_open_trade_too(run):
    ours, stats, closed = run

    if closed:
        assert ours["exposure"] * 100 == pytest.approx(stats["Exposure Time [%]"], rel=1e-12)
    assert ours["exposure"] == pytest.approx(0.97067039106)


def test_plain_sharpe_and_sortino_equal_what_other_libraries_print(run):
    ours, _, closed = run

    if not closed:
        assert ours["sharpe"] == pytest.approx(0.8268, abs=5e-5)  # ffn and quantstats
        assert ours["sortino"] == pytest.approx(1.259, abs=5e-4)
