import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from backtests.engine.metrics import GROUPS, METRICS, UNITS, compute_metrics
from market.engine import Bars
from tests.backtests.engine.metrics.tables_of_bars import NO_TRADES, daily_bars, trades_table

YEAR = 365.25


def metrics_of(bars, equity, trades=NO_TRADES, **options):
    equity = np.asarray(equity, np.float64)
    options = {
        "n_exposed": 0,
        "traded_value": 0.0,
        "commissions": 0.0,
        **options,
    }
    return compute_metrics(bars, equity, trades, **options)


@pytest.fixture(scope="module")
def year():
    """Return a year of daily bars and an account; rng only makes the material."""
    rng = np.random.default_rng(5)
    closes = 100.0 * np.cumprod(1.0 + rng.normal(0.0005, 0.02, 366))
    equity = 10_000.0 * np.cumprod(1.0 + rng.standard_t(4, 366) * 0.008 + 0.0008)
    return daily_bars(closes), equity


def test_registry_describes_every_metric_that_is_computed(year):
    computed = metrics_of(*year)

    assert list(computed) == list(METRICS)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_metric_has_unit_group_formula_and_source(metric):
    assert METRICS[metric.name] is metric
    assert {metric.unit} <= set(UNITS)
    assert {metric.group} <= set(GROUPS)
    assert all((metric.label, metric.formula, metric.description, metric.source))


def test_annualisation_of_daily_bars_without_weekends_is_the_calendar_year(year):
    returns = pd.Series(year[1]).pct_change().dropna()

    computed = metrics_of(*year)

    assert computed["volatility"] == pytest.approx(returns.std() * math.sqrt(YEAR))
    assert computed["sharpe"] == pytest.approx(returns.mean() / returns.std() * math.sqrt(YEAR))
    assert computed["annual_return"] == pytest.approx(computed["cagr"])


def test_shape_of_returns_equals_scipy_and_pandas(year):
    returns = pd.Series(year[1]).pct_change().dropna()
    low, high = returns.quantile([0.05, 0.95])

    computed = metrics_of(*year)

    assert computed["skew"] == pytest.approx(stats.skew(returns, bias=False))
    assert computed["kurtosis"] == pytest.approx(stats.kurtosis(returns, bias=False))
    assert computed["value_at_risk"] == pytest.approx(-low)
    assert computed["expected_shortfall"] == pytest.approx(-returns[returns <= low].mean())
    assert computed["tail_ratio"] == pytest.approx(abs(high / low))
    assert computed["omega"] == pytest.approx(returns.clip(0).sum() / -returns.clip(None, 0).sum())
    assert computed["best_day"] == pytest.approx(returns.max())
    assert computed["worst_day"] == pytest.approx(returns.min())
    assert computed["positive_days"] == pytest.approx((returns > 0).mean())


def test_benchmark_figures_equal_a_regression_on_the_close(year):
    own = pd.Series(year[1]).pct_change().dropna()
    market = pd.Series(year[0].close).pct_change().dropna()
    line = stats.linregress(market, own)
    active = own - market

    computed = metrics_of(*year)

    assert computed["beta"] == pytest.approx(line.slope)
    assert computed["alpha"] == pytest.approx(line.intercept * YEAR)
    assert computed["correlation"] == pytest.approx(line.rvalue)
    assert computed["tracking_error"] == pytest.approx(active.std() * math.sqrt(YEAR))
    assert computed["information_ratio"] == pytest.approx(
        active.mean() / active.std() * math.sqrt(YEAR)
    )
    assert computed["up_capture"] == pytest.approx(own[market > 0].sum() / market[market > 0].sum())
    assert computed["down_capture"] == pytest.approx(
        own[market < 0].sum() / market[market < 0].sum()
    )


def test_holding_the_benchmark_itself_has_beta_one_and_no_alpha(year):
    bars, _ = year

    computed = metrics_of(bars, 50.0 * bars.close)

    assert computed["beta"] == pytest.approx(1.0)
    assert computed["alpha"] == pytest.approx(0.0, abs=1e-12)
    assert computed["up_capture"] == pytest.approx(1.0)
    assert computed["excess_return"] == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(computed["information_ratio"])


def test_another_benchmark_replaces_the_close(year):
    bars, equity = year

    computed = metrics_of(bars, equity, benchmark=equity * 3.0)

    assert computed["beta"] == pytest.approx(1.0)


def test_months_and_ulcer_index_equal_pandas(year):
    bars, equity = year
    series = pd.Series(equity, pd.DatetimeIndex(bars.ts_ns))
    months = series.resample("ME").last()
    returns = months / months.shift(fill_value=equity[0]) - 1.0
    falls = 1.0 - series / series.cummax()

    computed = metrics_of(bars, equity)

    assert computed["best_month"] == pytest.approx(returns.max())
    assert computed["worst_month"] == pytest.approx(returns.min())
    assert computed["positive_months"] == pytest.approx((returns > 0).mean())
    assert computed["ulcer_index"] == pytest.approx(math.sqrt((falls**2).mean()))
    assert computed["time_under_water"] == pytest.approx((falls > 0).mean())


def test_drawdowns_by_hand():
    bars = daily_bars([10.0] * 9)
    #         peak        back         peak      never back
    equity = [100, 90, 95, 100, 100, 120, 60, 90, 114]

    computed = metrics_of(bars, equity)

    assert computed["max_drawdown"] == pytest.approx(0.5)
    assert computed["avg_drawdown"] == pytest.approx((0.1 + 0.5) / 2)
    assert computed["max_drawdown_days"] == pytest.approx(3.0)
    assert computed["avg_drawdown_days"] == pytest.approx((3 + 3) / 2)
    assert computed["time_under_water"] == pytest.approx(5 / 9)
    assert computed["recovery_factor"] == pytest.approx(0.14 / 0.5)
    assert computed["equity_peak"] == 120.0


def test_trades_by_hand():
    bars = daily_bars([10.0] * 9)
    trades = trades_table((0, 2, 10, 10, 12), (2, 3, -5, 10, 11), (4, 7, 10, 10, 11))

    computed = metrics_of(bars, [100.0] * 9, trades, n_exposed=8, traded_value=435.0)

    assert computed["n_trades"] == 3
    assert computed["win_rate"] == pytest.approx(2 / 3)
    assert computed["avg_win"] == pytest.approx((20 + 10) / 2)
    assert computed["avg_loss"] == pytest.approx(5.0)
    assert computed["avg_pnl"] == pytest.approx(25 / 3)
    assert computed["payoff_ratio"] == pytest.approx(3.0)
    assert computed["profit_factor_money"] == pytest.approx(30 / 5)
    assert computed["profit_factor"] == pytest.approx((0.2 + 0.1) / 0.1)
    assert computed["kelly"] == pytest.approx(2 / 3 - (1 / 3) / 3)
    assert computed["expectancy"] == pytest.approx((0.2 - 0.1 + 0.1) / 3)
    assert computed["avg_trade"] == pytest.approx((1.2 * 0.9 * 1.1) ** (1 / 3) - 1)
    assert computed["longest_win_streak"] == 1
    assert computed["longest_loss_streak"] == 1
    assert computed["avg_holding_days"] == pytest.approx((2 + 1 + 3) / 3)
    assert computed["max_holding_days"] == pytest.approx(3.0)
    assert computed["exposure"] == pytest.approx(8 / 9)
    assert computed["trades_per_year"] == pytest.approx(3 / (8 / YEAR))
    assert computed["turnover"] == pytest.approx(435 / 100 / (8 / YEAR))


def test_streaks_and_excursions_by_hand():
    bars = daily_bars([10, 12, 9, 10, 11, 10, 10, 10, 10])
    trades = trades_table((1, 2, 1, 10, 11), (3, 4, 1, 10, 11), (5, 6, 1, 10, 9), (7, 8, 1, 10, 11))

    computed = metrics_of(bars, [100.0] * 9, trades)

    assert computed["longest_win_streak"] == 2
    assert computed["longest_loss_streak"] == 1
    # highest while held: 12 (the first bar), 11, 11 (an open at the close before), 11
    assert computed["avg_mfe"] == pytest.approx((0.2 + 0.1 + 0.1 + 0.1) / 4)
    assert computed["avg_mae"] == pytest.approx((0.0 + 0.1 + 0.1 + 0.0) / 4)


def test_costs_and_ulcer_performance_by_hand():
    equity = [100.0, 80.0, 100.0, 90.0, 100.0, 100.0, 100.0, 121.0]
    ulcer = math.sqrt((0.2**2 + 0.1**2) / 8)

    computed = metrics_of(daily_bars([10.0] * 8), equity, commissions=5.0, periods_per_year=7.0)

    assert computed["commissions"] == 5.0
    assert computed["commission_drag"] == pytest.approx(0.05)
    assert computed["ulcer_index"] == pytest.approx(ulcer)
    assert computed["annual_return"] == pytest.approx(0.21)
    assert computed["ulcer_performance"] == pytest.approx(0.21 / ulcer)
    assert computed["calmar"] == pytest.approx(0.21 / 0.2)


def test_sortino_by_hand():
    #  returns:           0.5,  -0.5,   1.0
    equity = [100.0, 150.0, 75.0, 150.0]
    downside = math.sqrt(0.5**2 / 3)

    computed = metrics_of(daily_bars([10.0] * 4), equity, periods_per_year=4.0)

    assert computed["sortino"] == pytest.approx(1.0 / 3 / downside * math.sqrt(4))
    assert computed["positive_days"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.group == "trades"])
def test_trade_figure_without_trades_is_undefined_unless_it_counts(name, year):
    counts = {"n_trades", "trades_per_year", "longest_win_streak", "longest_loss_streak"}

    value = metrics_of(*year)[name]

    assert value == 0.0 if name in counts else math.isnan(value)


def test_every_undefined_figure_has_a_reason(year):
    flat = metrics_of(daily_bars([10.0] * 40), [100.0] * 40)
    single = metrics_of(daily_bars([10.0]), [100.0])
    ruined = metrics_of(daily_bars([10.0] * 40), [100.0] * 20 + [-5.0] * 20)

    for computed in (flat, single, ruined):
        undefined = {name for name, value in computed.items() if math.isnan(value)}
        assert {name for name in undefined if not METRICS[name].undefined_when} == set()


@pytest.mark.parametrize(
    "name", ["sharpe", "sharpe_geometric", "sortino", "calmar", "skew", "psr", "beta", "omega"]
)
def test_ratio_of_an_account_that_never_moves_is_undefined(name):
    computed = metrics_of(daily_bars([10.0] * 40), [100.0] * 40)

    assert math.isnan(computed[name])
    assert computed["volatility"] == 0.0
    assert computed["max_drawdown"] == 0.0


def test_steady_growth_has_no_sharpe_of_rounding_errors():
    computed = metrics_of(daily_bars([10.0] * 40), 100.0 * 1.001 ** np.arange(40))

    assert math.isnan(computed["sharpe"])


def test_account_below_zero_has_no_returns_but_a_drawdown():
    computed = metrics_of(daily_bars([10.0] * 20), [100.0] * 10 + [-20.0] * 10)

    assert computed["return_total"] == pytest.approx(-1.2)
    assert computed["max_drawdown"] == pytest.approx(1.2)
    assert math.isnan(computed["cagr"])
    assert math.isnan(computed["sharpe"])


def test_account_that_ends_at_zero_lost_everything_each_year():
    computed = metrics_of(daily_bars([10.0] * 20), [100.0] * 10 + [0.0] * 10)

    assert computed["cagr"] == -1.0


def test_deflated_sharpe_without_trials_is_undefined_and_with_one_trial_is_psr(year):
    without = metrics_of(*year)
    one = metrics_of(*year, n_trials=1, trial_sharpe_std=0.5)

    assert math.isnan(without["dsr"])
    assert one["dsr"] == pytest.approx(one["psr"])


@pytest.mark.parametrize(
    ("equity", "first_bar", "message"),
    [
        pytest.param([100.0], 0, "same length", id="short equity"),
        pytest.param([0.0, 100.0], 0, "start above 0", id="starts at zero"),
        pytest.param([100.0, math.nan], 0, "finite", id="nan in equity"),
        pytest.param([100.0, math.inf], 0, "finite", id="infinite equity"),
        pytest.param([100.0, 100.0], 2, "first_bar", id="first bar past the end"),
    ],
)
def test_impossible_input_is_refused(equity, first_bar, message):
    bars = daily_bars([10.0, 10.0])

    with pytest.raises(ValueError, match=message):
        metrics_of(bars, equity, first_bar=first_bar)


def test_growth_no_float_can_hold_over_a_year_is_infinite_not_an_error():
    # tenfold in four minutes of two days: a year of it is 10 to the power of a hundred thousand
    minute = 60_000_000_000
    stamps = np.array([1, 2, 3, 4]) * minute + 1_700_000_000_000_000_000
    closes = np.array([1.0, 2.0, 5.0, 10.0])
    bars = Bars(stamps, closes, closes, closes, closes, np.ones(4))

    metrics = metrics_of(bars, closes)

    assert metrics["cagr"] == math.inf
    assert metrics["return_total"] == 9.0


def test_annual_figures_of_a_wild_week_are_infinite_or_undefined():
    hour = 3_600_000_000_000
    stamps = np.arange(1, 200) * hour
    equity = 100.0 * 1e30 ** (np.arange(199) / 24.0)  # times 1e30 a day
    bars = Bars(stamps, equity, equity, equity, equity, np.ones(199))

    metrics = metrics_of(bars, equity)

    assert metrics["annual_return"] == math.inf
    assert math.isnan(metrics["volatility_geometric"])
