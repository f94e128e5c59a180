"""The simulation against backtesting.py, trade by trade."""

import numpy as np
import pytest

from backtests.engine import run
from tests.backtests.engine.data import REFERENCE, goog, reference

TERMS = {"cash": 10_000.0, "commission": 0.002}
COLUMNS = ("entry_bar", "exit_bar", "size", "entry_price", "exit_price", "pnl")


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("readme_ls_excl", {}),
        ("readme_ls_excl_final", {"close_at_end": True}),
        ("ls_comm0", {"commission": 0.0, "close_at_end": True}),
        ("ls_toc", {"fill": "close", "close_at_end": True}),
        ("ls_margin_half", {"margin": 0.5, "close_at_end": True}),
        ("long_only", {"side": "long", "close_at_end": True}),
        ("bracket_sl0.05_tp0.1", {"side": "long", "stop_loss": 0.05, "take_profit": 0.1}),
        ("bracket_sl0.03_tp0.06", {"side": "long", "stop_loss": 0.03, "take_profit": 0.06}),
    ],
)
def test_run_on_goog_gives_the_trades_of_backtesting_py(name, terms):
    equity_final, expected = reference(name)

    result = run("sma_cross", goog(), {"fast": 10, "slow": 20}, **TERMS | terms)

    trades = np.column_stack([result.trades[column] for column in COLUMNS])
    np.testing.assert_allclose(trades, expected, rtol=0, atol=1e-6)
    assert result.equity[-1] == pytest.approx(equity_final, abs=1e-6)


@pytest.mark.parametrize(
    ("close_at_end", "equity_final", "n_trades"),
    [(False, 56263.51934, 93), (True, 55574.51294, 94)],
)
def test_anchor_two_libraries_agree_on(close_at_end, equity_final, n_trades):
    """backtesting.py's README run; vectorbt 1.2.0 in whole units gives the same cents."""
    result = run("sma_cross", goog(), **TERMS, close_at_end=close_at_end)

    assert result.equity[-1] == pytest.approx(equity_final, abs=1e-6)
    assert len(result.trades) == n_trades
    assert (result.open_trade is None) == close_at_end


def heatmap(name):
    return np.loadtxt(REFERENCE / f"goog_heatmap_{name}_at_end.csv", delimiter=",", skiprows=1)


@pytest.mark.parametrize(
    ("name", "close_at_end", "ours_at_tie", "peer_at_tie"),
    [("open", False, 43861.7774, 44240.7666), ("closed", True, 43322.5550, 43701.5442)],
)
def test_heatmap_equals_the_peer_but_for_the_tie(name, close_at_end, ours_at_tie, peer_at_tie):
    """Cell (5, 25) holds an exact tie at bar 1509.

    The averages touch there and part on the side they came from. The peer asks for strict
    inequality on two bars, sees no cross, then one in the direction already held, and closes and
    reopens the position; here a tie is no side, and an entry in the direction held is ignored.
    """
    for fast, slow, expected in heatmap(name):
        result = run(
            "sma_cross",
            goog(),
            {"fast": int(fast), "slow": int(slow)},
            **TERMS,
            close_at_end=close_at_end,
        )

        if (fast, slow) == (5, 25):
            assert expected == pytest.approx(peer_at_tie, abs=1e-4)
            assert result.equity[-1] == pytest.approx(ours_at_tie, abs=1e-4)
        else:
            assert result.equity[-1] == pytest.approx(expected, abs=1e-6)


def test_fixed_commission_is_charged_per_order_in_sizing():
    """backtesting.py buys 58 here: it counts the fixed fee once per unit when it sizes.

    (10000 - 1) / (169.02 * 1.001) = 59.099..., so 59 units and both fees can be paid.
    """
    result = run("sma_cross", goog(), cash=10_000, commission=0.001, commission_fixed=1.0)

    assert result.trades["size"][0] == -59
    assert result.trades["commission"][0] == pytest.approx(2 + 0.001 * 59 * (169.02 + 179.13))
