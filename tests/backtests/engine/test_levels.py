"""What happens inside a bar, in hand-made tables."""

import numpy as np
import pytest

from backtests.engine import ExitReason, run
from tests.backtests.engine.data import Scripted, bars_of

LONG, SHORT = {"entry_long": [0]}, {"entry_short": [0]}


def outcome(rows, flags, **terms):
    """Enter on the first bar's signal with 10 units at 100; return exit bar, price and reason."""
    bars = bars_of(rows)
    strategy = Scripted(len(bars), **flags)
    result = run(strategy, bars, cash=1_000.0, **terms)
    if not len(result.trades):
        return None
    trade = result.trades[0]
    return (
        int(trade["exit_bar"]),
        round(float(trade["exit_price"]), 9),
        ExitReason(trade["exit_reason"]).name,
    )


@pytest.mark.parametrize(
    ("flags", "bar", "terms", "expected"),
    [
        #                  open  high  low  close
        pytest.param(LONG, (100, 101, 94, 96), {"stop_loss": 0.05}, (2, 95.0, "STOP"), id="stop"),
        pytest.param(LONG, (93, 94, 90, 92), {"stop_loss": 0.05}, (2, 93.0, "STOP"), id="gap"),
        pytest.param(LONG, (100, 101, 96, 97), {"stop_loss": 0.05}, None, id="not reached"),
        pytest.param(
            LONG, (100, 112, 99, 105), {"take_profit": 0.1}, (2, 110.0, "TARGET"), id="target"
        ),
        pytest.param(
            LONG, (113, 115, 112, 114), {"take_profit": 0.1}, (2, 113.0, "TARGET"), id="target gap"
        ),
        pytest.param(
            SHORT, (100, 106, 99, 99), {"stop_loss": 0.05}, (2, 105.0, "STOP"), id="short"
        ),
        pytest.param(
            SHORT, (107, 108, 106, 107), {"stop_loss": 0.05}, (2, 107.0, "STOP"), id="short gap"
        ),
        pytest.param(
            SHORT, (100, 101, 89, 95), {"take_profit": 0.1}, (2, 90.0, "TARGET"), id="short target"
        ),
        pytest.param(LONG, (100, 101, 94, 96), {"trail": 0.05}, (2, 95.0, "TRAIL"), id="trail"),
    ],
)
def test_level_is_filled_at_its_price_or_at_a_gapped_open(flags, bar, terms, expected):
    rows = [100, (100, 100, 100, 100), bar]

    assert outcome(rows, flags, **terms) == expected


@pytest.mark.parametrize(
    ("intrabar", "long_exit", "short_exit"),
    [
        ("pessimistic", (2, 95.0, "STOP"), (2, 105.0, "STOP")),
        ("optimistic", (2, 105.0, "TARGET"), (2, 95.0, "TARGET")),
        ("ohlc", (2, 105.0, "TARGET"), (2, 105.0, "STOP")),  # the high comes before the low
    ],
)
def test_both_levels_touched_are_read_as_the_terms_say(intrabar, long_exit, short_exit):
    rows = [100, 100, (100, 106, 94, 100)]
    terms = {"stop_loss": 0.05, "take_profit": 0.05, "intrabar": intrabar}

    assert outcome(rows, LONG, **terms) == long_exit
    assert outcome(rows, SHORT, **terms) == short_exit


def test_ambiguous_bar_is_counted_and_its_range_of_equity_given():
    """10 units at 100: out at 95 or at 105."""
    bars = bars_of([100, 100, (100, 106, 94, 100), 100])

    result = run(Scripted(4, **LONG), bars, cash=1_000.0, stop_loss=0.05, take_profit=0.05)

    assert result.n_ambiguous == 1
    assert result.equity_range == (950.0, 1050.0)


def test_detail_bars_resolve_an_ambiguous_bar():
    """Two half days: first up to the target, then down through the stop."""
    bars = bars_of([100, 100, (100, 106, 94, 95), 95])
    half_day = 43_200_000_000_000
    rows = np.array([(100, 106, 100, 104), (104, 104, 94, 95)], dtype=float)
    detail = type(bars)(
        bars.ts_ns[2] - np.array([half_day, 0]), *rows.T.copy(), np.array([1.0, 1.0])
    )

    result = run(
        Scripted(4, **LONG), bars, cash=1_000.0, stop_loss=0.05, take_profit=0.05, detail=detail
    )

    assert result.trades["exit_price"].tolist() == [105.0]
    assert result.n_ambiguous == 0


def test_stop_is_checked_in_the_bar_of_an_entry_at_its_open():
    assert outcome([100, (100, 101, 94, 99)], LONG, stop_loss=0.05) == (1, 95.0, "STOP")


def test_stop_is_not_checked_in_the_bar_of_an_entry_at_its_close():
    rows = [(120, 120, 80, 100), (100, 101, 99, 100)]

    assert outcome(rows, LONG, stop_loss=0.05, fill="close") is None


def test_trailing_stop_follows_the_high_of_earlier_bars_only():
    """Distance 5: from 95 up to 115 after the high of 120; the low of that bar does not count."""
    rows = [100, (100, 120, 100, 118), (118, 119, 114, 116)]

    assert outcome(rows, LONG, trail=0.05) == (2, 115.0, "TRAIL")


def test_trailing_stop_on_the_path_follows_the_high_of_the_same_bar():
    rows = [100, (100, 120, 100, 118), 118]

    assert outcome(rows, LONG, trail=0.05, intrabar="ohlc") == (1, 115.0, "TRAIL")


def test_levels_of_the_strategy_come_before_those_of_the_terms():
    bars = bars_of([100, 100, (100, 100, 90, 95)])
    strategy = Scripted(3, **LONG, stop=np.array([97.0, np.nan, np.nan]))

    result = run(strategy, bars, cash=1_000.0, stop_loss=0.05)

    assert result.trades["exit_price"].tolist() == [97.0]


def test_liquidation_fills_where_equity_is_the_maintenance_margin():
    """20 units at 100 on 1,000 of cash: equity 20 p - 1,000 is a quarter of 20 p at 66.67."""
    rows = [100, 100, (100, 100, 60, 65)]

    assert outcome(rows, LONG, margin=0.5, maintenance=0.25) == (
        2,
        round(1_000 / 15, 9),
        "LIQUIDATION",
    )


def test_bankrupt_account_is_closed_and_trades_no_more():
    """20 units at 100 on 1,000 of cash are worth less than the loan of 1,000 at 45."""
    bars = bars_of([100, 100, 45, 100, 100])
    strategy = Scripted(5, entry_long=[0, 2, 3])

    result = run(strategy, bars, cash=1_000.0, margin=0.5)

    assert result.bankrupt_bar == 2
    assert result.equity.tolist() == [1_000.0, 1_000.0, -100.0, -100.0, -100.0]
    assert len(result.trades) == 1
