"""Portfolio strategies against pandas and tables worked by hand."""

import numpy as np
import pandas as pd
import pytest

from backtests.engine import InvalidParams
from backtests.engine.pair_kernel import Spread, _sides, _spread, sides_of, spread_of
from backtests.engine.portfolio import Series, run_portfolio_strategy
from backtests.engine.portfolio_lookahead import check_portfolio_lookahead
from backtests.engine.portfolio_strategy import PortfolioStrategy, Universe
from backtests.engine.rebalancing import band_rows
from backtests.engine.registry import get_portfolio_strategy, portfolio_strategies, strategies
from backtests.engine.strategy import StrategyFault
from market.engine import Bars
from tests.backtests.engine.data import DAY_NS, bars_of, random_bars

BUILT_IN = ["equal_weight", "fixed_weights", "inverse_volatility", "momentum_rotation", "pairs"]
SHORT = {
    "inverse_volatility": {"window": 10, "rebalance": "weekly"},
    "momentum_rotation": {"lookback": 30, "skip": 5, "top_n": 1, "rebalance": "weekly"},
    "pairs": {"window": 20, "entry": 1.0, "exit": 0.2, "stop": 2.5},
    "equal_weight": {"rebalance": "band", "band": 0.01},
    "fixed_weights": {"rebalance": "monthly"},
}
NAN = np.nan


def universe(n=2, n_bars=400, **given):
    return Universe({f"I{seed}": random_bars(seed, n_bars) for seed in range(n)}, **given)


def universe_of_closes(*closes):
    return Universe({f"I{n}": bars_of(list(column)) for n, column in enumerate(closes)})


def targets(name, series, **params):
    strategy = get_portfolio_strategy(name)
    return strategy.targets(series, strategy.resolve(params))


def decided(table):
    return np.flatnonzero(~np.isnan(table[:, 0])).tolist()


def test_registry_finds_portfolio_strategies_apart_from_the_others():
    assert set(BUILT_IN) <= set(portfolio_strategies())
    assert not set(portfolio_strategies()) & set(strategies())


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_is_told_in_words(name):
    strategy = get_portfolio_strategy(name)

    assert strategy.description.endswith(".")
    assert strategy.rules
    assert all(rule[0].isalpha() and rule.endswith(".") for rule in strategy.rules)
    assert all(param.help for param in strategy.params)
    assert strategy.min_members <= len(strategy.sample) <= strategy.max_members


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_decides_nothing_before_its_warm_up(name):
    strategy = get_portfolio_strategy(name)
    params = strategy.resolve(SHORT[name])

    table = strategy.targets(universe(), params)

    assert decided(table)
    assert decided(table)[0] >= strategy.warm_up(params)


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_passes_the_check_for_look_ahead(name):
    report = check_portfolio_lookahead(
        get_portfolio_strategy(name), universe(), SHORT[name], cuts=60
    )

    assert report.n_cuts == 60
    assert report.changes == ()
    assert report.is_clean


class Peeker(PortfolioStrategy):
    """Buys today what rises tomorrow."""

    name, label = "peeker", "Peeker"

    def targets(self, series, params):
        rises = np.diff(series.closes, axis=0, append=NAN) > 0
        return rises.astype(float)


def test_strategy_that_peeks_is_found_out():
    report = check_portfolio_lookahead(Peeker(), universe(), cuts=10)

    assert not report.is_clean
    assert report.first.cut == report.first.bar + 1  # it knew one bar too many


def test_peek_in_a_long_calendar_is_found_at_its_own_bar():
    series = universe(n_bars=12_000)

    report = check_portfolio_lookahead(Peeker(), series, cuts=10)

    first = report.first
    closes = series.closes[:, list(series).index(first.array)]
    assert first.known_future == float(closes[first.bar + 1] > closes[first.bar])
    assert first.cut == first.bar + 1


class Broken(PortfolioStrategy):
    name, label = "broken", "Broken"

    def targets(self, series, params):
        return np.zeros((3, 1))


def test_strategy_that_returns_another_shape_is_named():
    series = {name: Series(random_bars(1, 20)) for name in "AB"}

    with pytest.raises(StrategyFault, match="Broken returned no finite weights of 20 by 2"):
        run_portfolio_strategy(Broken(), series, cash=1e5)


@pytest.mark.parametrize("name", BUILT_IN)
def test_strategy_of_too_few_bars_decides_no_position(name):
    strategy = get_portfolio_strategy(name)

    table = strategy.targets(universe(n_bars=2), strategy.resolve())

    assert table.shape == (2, 2)


@pytest.mark.parametrize(
    ("name", "n", "text"),
    [
        ("pairs", 1, "Pairs takes exactly 2 instruments."),
        ("pairs", 3, "Pairs takes exactly 2 instruments."),
        ("momentum_rotation", 1, "Momentum rotation needs at least 2 instruments."),
        ("equal_weight", 51, "Equal weight takes at most 50 instruments."),
    ],
)
def test_strategy_of_a_wrong_number_of_instruments_says_so(name, n, text):
    with pytest.raises(ValueError, match=text):
        get_portfolio_strategy(name).check_members(n)


# equal and fixed weights


def test_equal_weight_counts_those_that_have_a_price():
    late = Bars(np.array([2, 3]) * DAY_NS, *[np.array([10.0, 10.0])] * 4, np.ones(2))
    series = Universe({"A": bars_of([10.0] * 3), "B": late})

    table = targets("equal_weight", series, rebalance="band")

    assert table[:2].tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert np.isnan(table[2]).all()


def test_fixed_weights_are_wanted_at_the_first_close_of_each_month():
    closes = [10.0] * 70  # bar i closes at the end of day i of 1970: 31 is January 31
    series = Universe({"A": bars_of(closes), "B": bars_of(closes)}, given_weights=(0.6, -0.2))

    table = targets("fixed_weights", series, rebalance="monthly")

    # rows of the bars of January 1, February 1 (day 32) and March 1 (day 60)
    assert decided(table) == [0, 31, 59]
    assert table[decided(table)].tolist() == [[0.6, -0.2]] * 3


def test_band_rows_follow_a_table_worked_by_hand():
    # half and half: at 15 against 10 the first weighs 0.6, at 16 0.615
    closes = np.array([[10.0, 10.0], [15.0, 10.0], [16.0, 10.0], [16.0, 10.0], [26.0, 10.0]])
    weights = np.full((5, 2), 0.5)

    rows = band_rows(closes, weights, 0.11)

    # after row 2: 26 / 16 = 1.625 against 1: 0.619
    assert rows.tolist() == [0, 2, 4]


def test_never_rebalancing_decides_once():
    assert decided(targets("equal_weight", universe(), rebalance="never")) == [0]


# inverse volatility


def test_inverse_volatility_weights_are_those_of_pandas():
    series = universe(3)

    table = targets("inverse_volatility", series, window=20, rebalance="monthly", invested=0.8)

    spread = pd.DataFrame(series.closes).pct_change().rolling(20).std()
    inverse = 1.0 / spread
    expected = 0.8 * inverse.div(inverse.sum(axis=1), axis=0)
    rows = decided(table)
    assert rows[0] == 20
    assert table[rows] == pytest.approx(expected.to_numpy()[rows], rel=1e-9)


def test_inverse_volatility_gives_nothing_to_what_stands_still():
    series = universe_of_closes([10.0] * 6, [10.0, 11.0, 10.0, 11.0, 10.0, 11.0])

    table = targets("inverse_volatility", series, window=3)

    assert table[3].tolist() == [0.0, 1.0]


# momentum rotation


def test_momentum_rotation_picks_what_pandas_ranks_first():
    series = universe(5)

    table = targets(
        "momentum_rotation", series, lookback=60, skip=10, top_n=2, rebalance="monthly",
        absolute=False,
    )  # fmt: skip

    closes = pd.DataFrame(series.closes)
    momentum = closes.shift(10) / closes.shift(60) - 1.0
    rank = momentum.rank(axis=1, ascending=False)
    rows = decided(table)
    assert len(rows) > 10
    for row in rows:
        assert table[row].tolist() == (0.5 * (rank.loc[row] <= 2)).tolist()


def test_momentum_rotation_keeps_the_part_of_a_faller_in_cash():
    # momentum of 2 bars: +20 %, -10 %, -20 %
    series = universe_of_closes([10.0, 11.0, 12.0], [10.0, 9.5, 9.0], [10.0, 9.0, 8.0])
    params = {"lookback": 2, "skip": 0, "top_n": 2}

    filtered = targets("momentum_rotation", series, **params)
    unfiltered = targets("momentum_rotation", series, absolute=False, **params)
    strict = targets("momentum_rotation", series, floor=0.25, **params)

    assert filtered[2].tolist() == [0.5, 0.0, 0.0]
    assert unfiltered[2].tolist() == [0.5, 0.5, 0.0]
    assert strict[2].tolist() == [0.0, 0.0, 0.0]


# pairs


def z_by_regression(y, x, window):
    """z-score by numpy's least squares, window by window."""
    out = np.full((y.size, 2), NAN)
    for i in range(window - 1, y.size):
        part = slice(i - window + 1, i + 1)
        design = np.column_stack([np.ones(window), x[part]])
        (intercept, slope), *_ = np.linalg.lstsq(design, y[part], rcond=None)
        residuals = y[part] - intercept - slope * x[part]
        out[i] = slope, residuals[-1] / residuals.std(ddof=1)
    return out


def test_spread_of_a_rolling_regression_is_that_of_least_squares():
    y, x = np.log(random_bars(1).close), np.log(random_bars(2).close)

    spread = spread_of(y, x, 30)

    expected = z_by_regression(y, x, 30)
    assert spread.hedge == pytest.approx(expected[:, 0], rel=1e-8, nan_ok=True)
    assert spread.z == pytest.approx(expected[:, 1], rel=1e-6, abs=1e-8, nan_ok=True)


def test_spread_of_a_fixed_hedge_is_the_rolling_score_of_pandas():
    y, x = random_bars(1).close, random_bars(2).close

    spread = spread_of(y, x, 25, 0.7)

    s = pd.Series(y - 0.7 * x)
    expected = (s - s.rolling(25).mean()) / s.rolling(25).std()
    assert spread.z == pytest.approx(expected.to_numpy(), rel=1e-8, abs=1e-9, nan_ok=True)


def test_spread_that_does_not_move_has_no_score():
    x = random_bars(1, 50).close

    spread = spread_of(2.0 * x, x, 10)

    assert np.isnan(spread.z).all()


@pytest.mark.parametrize(
    ("z", "sides"),
    [
        pytest.param([0, 2.1, 1.0, 0.4, 0], [0, -1, -1, 0, 0], id="wide: short until near 0"),
        pytest.param([0, -2.1, -1.0, 0.1, 0], [0, 1, 1, 0, 0], id="narrow: long until past 0"),
        pytest.param([2.1, 4.1, 3.0, 0.4, 2.2], [-1, 0, 0, 0, -1], id="stop waits for the mean"),
        pytest.param([4.5, 2.5], [0, -1], id="no entry beyond the stop"),
        pytest.param([2.1, -2.5], [-1, 1], id="through the mean to the other side"),
        pytest.param([2.1, NAN, 0.1], [-1, -1, 0], id="unknown changes nothing"),
    ],
)
def test_sides_follow_a_table_worked_by_hand(z, sides):
    spread = Spread(np.ones(len(z)), np.array(z, dtype=float))

    assert sides_of(spread, 2.0, 0.5, 4.0).tolist() == sides


def test_sides_of_a_pair_that_moves_opposite_stay_flat():
    spread = Spread(np.full(2, -0.5), np.array([2.5, -2.5]))

    assert sides_of(spread, 2.0, 0.5, 4.0).tolist() == [0, 0]


def test_pair_kernels_as_plain_python_give_the_same():
    y, x = random_bars(1, 80).close, random_bars(2, 80).close
    compiled = spread_of(y, x, 10)
    hedge, z = np.full(80, NAN), np.full(80, NAN)
    sides = np.zeros(80, dtype=np.int64)

    _spread.py_func(y, x, 10, NAN, hedge, z)
    _sides.py_func(hedge, z, 1.0, 0.2, 2.5, sides)

    assert z == pytest.approx(compiled.z, rel=1e-9, nan_ok=True)
    assert sides.tolist() == sides_of(compiled, 1.0, 0.2, 2.5).tolist()


def test_pairs_legs_are_worth_the_exposure_split_by_the_hedge():
    series = universe(n_bars=300)
    strategy = get_portfolio_strategy("pairs")
    params = strategy.resolve({**SHORT["pairs"], "exposure": 0.8})

    table = strategy.targets(series, params)

    z, hedge = strategy.indicators(series, params).values()
    held = [row for row in decided(table) if table[row, 0] != 0.0]
    assert len(held) > 3
    for row in held:
        assert np.abs(table[row]).sum() == pytest.approx(0.8)
        assert table[row, 1] == pytest.approx(-hedge[row] * table[row, 0])
        assert np.sign(table[row, 0]) == -np.sign(z[row])


def test_pairs_in_prices_hedge_units_not_values():
    series = universe(n_bars=300)

    table = targets(
        "pairs", series, hedge="fixed", hedge_ratio=2.0, prices="price", window=20, entry=1.0,
        exit=0.2,
    )  # fmt: skip

    held = [row for row in decided(table) if table[row, 0] != 0.0]
    units = table[held] / series.closes[held]
    assert units[:, 1] / units[:, 0] == pytest.approx(np.full(len(held), -2.0))


def test_pairs_trades_both_legs_and_ends_flat_at_the_mean():
    # y leaves x by a tenth for some bars and comes back
    rng = np.random.default_rng(1)
    x = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, 120)))
    gap = np.where((np.arange(120) >= 80) & (np.arange(120) < 90), 0.1, 0.0)
    y = x * np.exp(gap + rng.normal(0, 0.002, 120))
    series = {"Y": Series(bars_of(list(y))), "X": Series(bars_of(list(x)))}

    run = run_portfolio_strategy(
        "pairs", series, {"window": 40, "hedge": "fixed", "stop": 0.0, "entry": 3.0}, cash=1e5
    )

    assert run.result.units[80].tolist() == [0.0, 0.0]  # decided at 80, filled at 81
    assert run.result.units[81, 0] < 0.0 < run.result.units[81, 1]
    assert set(run.result.trades["instrument"].tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("name", "params", "field"),
    [
        ("pairs", {"exit": 2.0}, "exit"),
        ("pairs", {"stop": 1.0}, "stop"),
        ("momentum_rotation", {"skip": 252}, "skip"),
        ("equal_weight", {"rebalance": "hourly"}, "rebalance"),
        ("inverse_volatility", {"window": 1}, "window"),
    ],
)
def test_strategy_with_impossible_parameters_names_the_field(name, params, field):
    with pytest.raises(InvalidParams) as refusal:
        get_portfolio_strategy(name).resolve(params)

    assert field in refusal.value.errors
