"""Tables of a result against pandas and sums by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from backtests.engine import Result, Sizing, run
from backtests.engine.analysis import analyse, plain
from tests.backtests.engine.data import goog

COSTS = {"commission": 0.001, "slippage": 0.0005, "spread": 0.0002, "borrow_rate": 0.02}


@pytest.fixture(scope="module")
def result() -> Result:
    return run(
        "sma_cross", goog(), {"fast": 10, "slow": 20}, cash=10_000.0,
        stop_loss=0.04, take_profit=0.1, **COSTS,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tables(result):
    return analyse(result)


@pytest.fixture(scope="module")
def equity(result) -> pd.Series:
    return pd.Series(result.equity, index=pd.to_datetime(result.bars.ts_ns, unit="ns"))


def test_months_are_those_of_pandas(tables, equity):
    ends = pd.concat([equity.iloc[:1], equity.resample("ME").last()])
    expected = ends.pct_change().iloc[1:]

    flat = [value for line in tables["months"]["table"] for value in line if value is not None]
    assert flat == pytest.approx(expected.to_list(), abs=1e-12)
    assert tables["months"]["years"] == sorted(set(equity.index.year))


def test_years_multiply_up_to_the_whole_return(tables, result):
    growth = math.prod(1.0 + total for total in tables["months"]["totals"])
    market = math.prod(1.0 + total for total in tables["months"]["market"])

    assert growth == pytest.approx(result.equity[-1] / result.equity[0])
    assert market == pytest.approx(result.bars.close[-1] / result.bars.close[0])


def test_rolling_window_is_half_a_year_and_its_figures_those_of_pandas(tables, equity):
    rolling = tables["rolling"]
    daily = equity.pct_change().dropna()
    days = (equity.index[-1] - equity.index[0]).days
    per_year = daily.size / (days / 365.25)
    window = rolling["window"]

    spread = daily.rolling(window).std() * math.sqrt(per_year)
    sharpe = daily.rolling(window).mean() / daily.rolling(window).std() * math.sqrt(per_year)
    at = pd.to_datetime(rolling["time"], unit="s")
    assert window == pytest.approx(per_year / 2, abs=1)
    assert rolling["volatility"] == pytest.approx(spread.loc[at].to_list(), rel=1e-3)
    assert rolling["sharpe"] == pytest.approx(sharpe.loc[at].to_list(), rel=1e-3)


def test_histograms_count_every_trade_and_every_day_that_moved(tables, result, equity):
    assert sum(tables["trades"]["counts"]) == result.trades.size
    assert sum(tables["days"]["counts"]) == (equity.pct_change().dropna() != 0.0).sum()
    assert 0.0 in tables["days"]["edges"]


def test_sides_and_reasons_add_up_to_all_trades(tables, result):
    for groups in (tables["sides"], tables["reasons"]):
        assert sum(group["n_trades"] for group in groups) == result.trades.size
        assert sum(group["pnl"] for group in groups) == pytest.approx(result.trades["pnl"].sum())
    assert {group["name"] for group in tables["reasons"]} == {"signal", "stop", "target"}
    longs = result.trades[result.trades["size"] > 0]
    assert tables["sides"][0]["win_rate"] == (longs["pnl"] > 0).sum() / longs.size


def test_deepest_drawdown_is_that_of_pandas(tables, equity):
    falls = equity / equity.cummax() - 1.0
    deepest = tables["drawdowns"][0]

    assert deepest["depth"] == pytest.approx(-falls.min())
    assert deepest["trough"] == int(falls.idxmin().timestamp())
    depths = [row["depth"] for row in tables["drawdowns"]]
    assert depths == sorted(depths, reverse=True)


def test_costs_are_those_of_the_result_with_their_shares(tables, result):
    costs = {row["name"]: row for row in tables["costs"]}

    assert costs["commissions"]["amount"] == pytest.approx(result.costs.commissions)
    assert sum(row["of_costs"] for row in costs.values()) == pytest.approx(1.0)
    gross = result.equity[-1] - 10_000.0 + result.costs.total
    assert costs["financing"]["of_gross"] == pytest.approx(result.costs.financing / gross)


def test_holding_times_and_runs_are_counted_by_hand(tables, result):
    won = result.trades["pnl"] > 0
    text = "".join("w" if w else "l" for w in won)

    assert tables["holding"]["longest_wins"] == max(map(len, text.split("l")))
    assert tables["holding"]["longest_losses"] == max(map(len, text.split("w")))
    days = pd.to_datetime(result.bars.ts_ns[result.trades["exit_bar"]]) - pd.to_datetime(
        result.bars.ts_ns[result.trades["entry_bar"]]
    )
    mean = days[won].to_series().mean() / pd.Timedelta(days=1)
    assert tables["holding"]["winners"] == pytest.approx(mean)


def test_best_trades_share_of_the_profit(tables, result):
    pnl = np.sort(result.trades["pnl"])

    expected = pnl[-5:].sum() / pnl.sum() if pnl.sum() > 0 else None
    assert tables["top_share"] == (pytest.approx(expected) if expected else None)


def test_run_without_trades_has_empty_tables():
    bars = goog().slice(0, 15)  # fewer than the slow average needs

    tables = analyse(run("sma_cross", bars, {"fast": 10, "slow": 20}, cash=10_000.0))

    assert tables["sides"] == tables["reasons"] == tables["drawdowns"] == []
    assert tables["rolling"]["time"] == []
    assert tables["holding"]["winners"] is None
    assert tables["holding"]["longest_wins"] == 0


def test_exposure_of_half_the_equity_is_one_half_at_the_entry():
    bars = goog().slice(0, 200)  # few enough to be drawn bar by bar
    half = Sizing.equity(0.5)

    result = run("buy_and_hold", bars, cash=10_000.0, sizing=half, fractional=True)

    # bought at the second open: at that close the position has grown by close / open
    worth = 0.5 * bars.close[1] / bars.open[1]
    values = analyse(result)["exposure"]["values"]
    assert values[:2] == pytest.approx([0.0, worth / (0.5 + worth)])


def test_plain_makes_values_of_json():
    nested = {"a": np.array([1.0, math.nan]), "b": [np.int64(3), math.inf], "c": (True, None)}

    assert plain(nested) == {"a": [1.0, None], "b": [3, None], "c": [True, None]}
