import numpy as np
import pytest

from backtests.engine.metrics import compute_metrics, excursions
from tests.backtests.engine.metrics.peer import TRADE
from tests.backtests.engine.metrics.tables_of_bars import daily_bars, trades_table

#                 0      1      2      3
CLOSE = np.array([100.0, 110.0, 100.0, 105.0])
HIGH = np.array([101.0, 120.0, 112.0, 130.0])
LOW = np.array([99.0, 95.0, 90.0, 80.0])
BARS = daily_bars(CLOSE, highs=HIGH, lows=LOW)


@pytest.mark.parametrize(
    ("trade", "fill", "adverse", "favourable"),
    [
        # trade: entry bar, exit bar, size, entry price, exit price
        pytest.param((1, 3, 1, 100, 100), "next_open", 10 / 100, 20 / 100, id="long, bars 1 and 2"),
        pytest.param((1, 3, -1, 100, 100), "next_open", 20 / 100, 10 / 100, id="short swaps sides"),
        pytest.param((1, 3, 1, 110, 105), "close", 30 / 110, 20 / 110, id="close: bars 2 and 3"),
        pytest.param((2, 2, 1, 110, 99), "next_open", 11 / 110, 0.0, id="inside one bar: prices"),
        pytest.param((1, 2, 1, 100, 70), "next_open", 30 / 100, 20 / 100, id="exit price counts"),
    ],
)
def test_excursions_of_one_trade(trade, fill, adverse, favourable):
    mae, mfe = excursions(BARS, trades_table(trade), fill=fill)

    assert mae[0] == pytest.approx(adverse)
    assert mfe[0] == pytest.approx(favourable)


def test_excursions_of_long_and_short_spans_equal_numpy():
    rng = np.random.default_rng(8)
    close = 100.0 + rng.normal(size=60).cumsum()
    bars = daily_bars(close, highs=close + 9.0, lows=close - 8.0)
    spans = [(a, a + n) for a, n in zip(range(0, 40, 2), range(1, 21), strict=True)]

    mae, mfe = excursions(bars, trades_table(*((a, b, 1, close[a], close[b]) for a, b in spans)))

    low = np.array([min((close[a:b] - 8.0).min(), close[b]) for a, b in spans])
    high = np.array([max((close[a:b] + 9.0).max(), close[b]) for a, b in spans])
    entry = close[[a for a, _ in spans]]
    assert mae == pytest.approx(1.0 - low / entry)
    assert mfe == pytest.approx(high / entry - 1.0)


def test_excursions_of_no_trades_are_empty():
    mae, mfe = excursions(BARS, trades_table())

    assert (mae.size, mfe.size) == (0, 0)


@pytest.mark.parametrize(
    ("trade", "fill", "message"),
    [
        pytest.param((1, 4, 1, 1, 1), "next_open", "outside", id="exit past the end"),
        pytest.param((-1, 2, 1, 1, 1), "next_open", "outside", id="entry before the start"),
        pytest.param((1, 2, 1, 1, 1), "open", "fill must be", id="unknown fill"),
    ],
)
def test_excursions_of_impossible_trade_are_refused(trade, fill, message):
    with pytest.raises(ValueError, match=message):
        excursions(BARS, trades_table(trade), fill=fill)


def test_recorded_excursions_are_used_where_present():
    plain = trades_table((1, 3, 1, 100, 100))
    trades = np.zeros(1, [*TRADE.descr, ("mae", "f8"), ("mfe", "f8")])
    for name in TRADE.names:
        trades[name] = plain[name]
    trades["mae"], trades["mfe"] = 0.25, 0.5

    computed = compute_metrics(BARS, CLOSE, trades, n_exposed=4, traded_value=0.0, commissions=0.0)

    assert (computed["avg_mae"], computed["avg_mfe"]) == (0.25, 0.5)
