"""The simulation against vectorbt 1.2.0 (figures measured with it, not imported)."""

import pytest

from backtests.engine import run
from tests.backtests.engine.data import goog

TERMS = {"cash": 10_000.0, "commission": 0.002, "fractional": True}


@pytest.mark.parametrize(
    ("terms", "equity_final", "max_drawdown"),
    [
        pytest.param(
            {"fill": "close", "side": "long"}, 60420.422270640, 0.244293007, id="V1 close, long"
        ),
        pytest.param(
            {"fill": "close", "side": "long", "commission": 0.001},
            66309.016396034,
            0.236698007,
            id="V2 half the commission",
        ),
        pytest.param({"side": "long"}, 64161.297665226, 0.201342068, id="V3 next open, long"),
        pytest.param({}, 57809.681934219, 0.341561423, id="V4 next open, reversing"),
        pytest.param({"fractional": False}, 56263.51934, 0.339315918, id="V4i in whole units"),
        pytest.param(
            {"fill": "close", "side": "long", "stop_loss": 0.05, "take_profit": 0.1},
            31785.444129450,
            0.210242692,
            id="V5 stops and targets inside the bar",
        ),
    ],
)
def test_final_equity_and_drawdown_match_vectorbt(terms, equity_final, max_drawdown):
    result = run("sma_cross", goog(), **TERMS | terms)

    assert result.equity[-1] == pytest.approx(equity_final, abs=1e-6)
    assert result.metrics["max_drawdown"] == pytest.approx(max_drawdown, abs=1e-9)
