"""What must hold for any account, whatever its numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.engine.metrics import METRICS, compute_metrics, worst_drawdowns
from tests.backtests.engine.metrics.tables_of_bars import NO_TRADES, daily_bars

MONEY = {name for name, metric in METRICS.items() if metric.unit == "money"}
FRACTIONS_UP_TO_ONE = (
    *("max_drawdown", "avg_drawdown", "time_under_water", "ulcer_index", "exposure"),
    *("positive_days", "positive_months", "psr"),
)
accounts = st.lists(st.floats(-0.3, 0.3), min_size=12, max_size=60).map(
    lambda returns: 1_000.0 * np.cumprod(1.0 + np.array(returns))
)


def metrics_of(equity, **options):
    bars = daily_bars(10.0 + np.arange(equity.size) % 7)
    inputs = {"n_exposed": 0, "traded_value": 500.0, "commissions": 3.0}
    return compute_metrics(bars, equity, NO_TRADES, **{**inputs, **options})


@settings(max_examples=25, deadline=None)
@given(equity=accounts, doublings=st.integers(-6, 12))
def test_currency_scales_money_and_nothing_else(equity, doublings):
    scale = 2.0**doublings  # a power of two changes no digit

    plain = metrics_of(equity)
    scaled = metrics_of(equity * scale, traded_value=500.0 * scale, commissions=3.0 * scale)

    for name, value in plain.items():
        expected = value * scale if name in MONEY else value
        assert scaled[name] == pytest.approx(expected, rel=1e-12, nan_ok=True), name


@settings(max_examples=25, deadline=None)
@given(equity=accounts)
def test_shares_lie_between_nothing_and_all(equity):
    values = metrics_of(equity)

    for name in FRACTIONS_UP_TO_ONE:
        share = values[name]
        assert share == pytest.approx(np.clip(share, 0.0, 1.0), abs=0.0, rel=0.0, nan_ok=True), name


@settings(max_examples=25, deadline=None)
@given(equity=accounts)
def test_figures_agree_with_each_other(equity):
    values = metrics_of(equity)
    rows = worst_drawdowns(np.arange(equity.size), equity, n_worst=equity.size)

    assert values["max_drawdown"] == (rows["depth"].max() if rows.size else 0.0)
    assert values["equity_peak"] >= values["equity_final"]
    assert values["ulcer_index"] <= values["max_drawdown"]
    assert not values["expected_shortfall"] < values["value_at_risk"] - 1e-15
    assert values["annual_return"] == pytest.approx(values["cagr"], rel=1e-6, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(equity=accounts, per_year=st.floats(1.0, 400.0))
def test_only_annualised_figures_depend_on_the_number_of_periods(equity, per_year):
    default, other = metrics_of(equity), metrics_of(equity, periods_per_year=per_year)

    for name, metric in METRICS.items():
        if not metric.annualised:
            assert other[name] == pytest.approx(default[name], nan_ok=True), name
