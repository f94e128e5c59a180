import math

import numpy as np
import pandas as pd
import pytest

from backtests.engine.metrics import (
    cost_lines,
    exposure_series,
    month_returns,
    month_table,
    return_histogram,
    year_returns,
)
from tests.backtests.engine.metrics.peer import GOOG, goog_bars


@pytest.fixture(scope="module")
def goog():
    return goog_bars()


@pytest.mark.parametrize(
    ("table", "freq"), [(month_returns, "ME"), (year_returns, "YE")], ids=["months", "years"]
)
def test_span_returns_of_goog_equal_pandas(goog, table, freq):
    last = GOOG["Close"].resample(freq).last()
    expected = last / last.shift(fill_value=GOOG["Close"].iloc[0]) - 1.0

    spans = table(goog.ts_ns, goog.close)

    assert spans.returns == pytest.approx(expected.to_numpy())
    assert np.prod(1.0 + spans.returns) == pytest.approx(goog.close[-1] / goog.close[0])


def test_month_table_of_goog_puts_each_month_in_its_cell(goog):
    spans = month_returns(goog.ts_ns, goog.close)

    table = month_table(goog.ts_ns, goog.close)

    assert table.years.tolist() == list(range(2004, 2014))
    assert table.months[1, 0] == spans.returns[5]  # January 2005, five months after August 2004
    assert np.flatnonzero(np.isfinite(table.months[0])).tolist() == [7, 8, 9, 10, 11]
    assert np.nanprod(1.0 + table.months, axis=1) == pytest.approx(1.0 + table.totals)


def test_month_that_starts_at_zero_has_no_return():
    ts_ns = np.array(["2024-01-10", "2024-01-31", "2024-02-10"], "datetime64[ns]").astype(np.int64)

    assert np.isnan(month_returns(ts_ns, np.array([1.0, 0.0, 1.0])).returns).tolist() == [
        False,
        True,
    ]


def test_bar_closing_at_midnight_belongs_to_the_month_that_ends():
    ts_ns = np.array(["2024-01-31", "2024-02-01"], "datetime64[ns]").astype(np.int64)

    assert month_returns(ts_ns, np.array([1.0, 2.0])).starts.tolist() == [
        np.datetime64("2024-01").item()
    ]


@pytest.mark.parametrize("shift", [-0.1, 0.0, 0.02], ids=["all losses", "both", "mostly gains"])
def test_histogram_counts_every_return_and_has_an_edge_at_zero(shift):
    returns = np.random.default_rng(2).normal(shift, 0.01, 5_000)

    edges, counts = return_histogram(returns)

    assert counts.sum() == returns.size
    assert 10 <= counts.size <= 81
    assert np.abs(edges).min() == 0.0
    assert counts[edges[:-1] >= 0.0].sum() == np.count_nonzero(returns >= 0.0)


def test_histogram_bin_width_follows_freedman_and_diaconis():
    returns = np.arange(-500, 500) / 1_000.0
    quartiles = pd.Series(returns).quantile([0.25, 0.75])

    edges, _ = return_histogram(returns)

    assert edges[1] - edges[0] == pytest.approx(2 * (quartiles[0.75] - quartiles[0.25]) / 10.0)


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01]])
def test_histogram_of_returns_without_width_is_empty(returns):
    assert return_histogram(np.array(returns)).counts.size == 0


def test_exposure_by_hand():
    exposure = exposure_series(
        np.array([10.0, 10.0, 20.0]), np.array([100.0, 50.0, 0.0]), np.array([5.0, -10.0, 1.0])
    )

    assert exposure[:2].tolist() == [0.5, -2.0]
    assert math.isnan(exposure[2])


def test_cost_lines_by_hand():
    lines = cost_lines({"spread": 10.0, "commission": 30.0}, net_profit=60.0)

    assert lines == [("commission", 30.0, 0.75, 0.3), ("spread", 10.0, 0.25, 0.1)]


def test_costs_of_a_run_that_lost_before_costs_have_no_share_of_profit():
    (line,) = cost_lines({"commission": 30.0}, net_profit=-50.0)

    assert line.of_costs == 1.0
    assert math.isnan(line.of_gross)
