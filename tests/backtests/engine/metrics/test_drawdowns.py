import numpy as np
import pytest

from backtests.engine.metrics import compute_metrics, worst_drawdowns
from tests.backtests.engine.metrics.peer import goog_bars
from tests.backtests.engine.metrics.tables_of_bars import NO_TRADES, daily_bars


def test_worst_drawdowns_by_hand():
    equity = np.array([100, 90, 95, 100, 100, 120, 60, 90, 114], np.float64)
    ts_ns = daily_bars([1.0] * 9).ts_ns

    rows = worst_drawdowns(ts_ns, equity)

    assert rows.tolist() == [
        (5, 6, 8, pytest.approx(0.5), 3.0, False),
        (0, 1, 3, pytest.approx(0.1), 3.0, True),
    ]


def test_rising_account_has_no_drawdown():
    assert worst_drawdowns(np.arange(3), np.array([1.0, 2.0, 2.0])).size == 0


def test_worst_drawdowns_of_goog_agree_with_the_metrics():
    bars = goog_bars()
    metrics = compute_metrics(
        bars,
        bars.close,
        NO_TRADES,
        n_exposed=len(bars),
        traded_value=0.0,
        commissions=0.0,
    )

    rows = worst_drawdowns(bars.ts_ns, bars.close, n_worst=len(bars))

    assert rows["depth"].max() == metrics["max_drawdown"]
    assert rows["days"].max() == metrics["max_drawdown_days"]
    assert rows["depth"].mean() == pytest.approx(metrics["avg_drawdown"])
    assert np.all(np.diff(rows["depth"]) <= 0.0)
