import numpy as np
import pytest

from backtests.engine import Cancelled, InvalidParams, Sizing, run, sweep
from backtests.engine.sweeping import LINE_BYTES
from backtests.engine.trials import SWEPT
from tests.backtests.engine.data import goog, random_bars
from tests.backtests.engine.random_cases import random_terms
from tests.backtests.engine.test_reference import heatmap

GRID = {"fast": [3, 5, 12], "slow": [8, 12, 30]}


@pytest.mark.parametrize(("name", "tie"), [("open", 43861.7774), ("closed", 43322.5550)])
def test_sweep_on_goog_gives_the_heatmap_of_backtesting_py(name, tie):
    """All but (5, 25), whose exact tie test_reference.py explains."""
    grid = {"fast": range(5, 30, 5), "slow": range(10, 70, 5)}
    expected = {(fast, slow): value for fast, slow, value in heatmap(name)}
    expected[5, 25] = pytest.approx(tie, abs=1e-4)

    trials = sweep(
        "sma_cross", goog(), grid, cash=1e4, commission=0.002, close_at_end=name == "closed"
    )

    found = dict(
        zip(
            trials.params[trials.valid].tolist(),
            trials.column("equity_final")[trials.valid],
            strict=True,
        )
    )
    assert len(trials) == 60
    assert found == {
        key: pytest.approx(value, abs=1e-6) if key != (5, 25) else value
        for key, value in expected.items()
    }


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"commission": 0.001}, id="crossing lines"),
        pytest.param({"side": "long", "fill": "close", "close_at_end": True}, id="long at close"),
        pytest.param({"side": "short", "fractional": True, "close_at_end": True}, id="short"),
        pytest.param({"margin": 0.05, "commission": 0.01}, id="leverage that ruins"),
        pytest.param({"sizing": Sizing.volatility(0.2)}, id="weights"),
        pytest.param({"stop_loss": 0.03, "take_profit": 0.05}, id="one by one: stops"),
        pytest.param({"delay": 1, "borrow_rate": 0.1}, id="one by one: delay and borrowing"),
    ],
)
def test_trial_has_the_metrics_of_the_run(terms):
    bars = random_bars(21, n_bars=400, volatility=0.03)

    trials = sweep("sma_cross", bars, GRID, cash=1e4, metrics=SWEPT, **terms)

    for row in np.flatnonzero(trials.valid):
        fast, slow = trials.params[row].tolist()
        result = run("sma_cross", bars, {"fast": fast, "slow": slow}, cash=1e4, **terms)
        expected = result.metrics | {"bankrupt": float(result.bankrupt_bar is not None)}
        np.testing.assert_allclose(
            trials.metrics[row], [expected[name] for name in SWEPT], rtol=1e-8
        )


def test_intraday_trial_has_the_metrics_of_the_run():
    """Six bars a day: returns are those of days, equity and drawdown those of bars."""
    daily = random_bars(4, n_bars=600)
    columns = (daily.open, daily.high, daily.low, daily.close, daily.volume)
    bars = type(daily)(daily.ts_ns // 6, *columns)

    trials = sweep("sma_cross", bars, {"fast": [3], "slow": [8]}, cash=1e4, metrics=SWEPT[:-1])
    result = run("sma_cross", bars, {"fast": 3, "slow": 8}, cash=1e4)

    np.testing.assert_allclose(
        trials.metrics[0], [result.metrics[name] for name in SWEPT[:-1]], rtol=1e-8
    )


def test_invalid_combinations_keep_their_place_and_are_marked():
    trials = sweep("sma_cross", random_bars(1), GRID | {"fast": [0, 3, 12]}, cash=1e4)

    assert trials.params.tolist() == [(f, s) for f in (0, 3, 12) for s in (8, 12, 30)]
    assert trials.valid.tolist() == [False] * 3 + [True] * 3 + [False, False, True]
    assert np.isnan(trials.metrics[~trials.valid]).all()


def test_blocks_and_threads_do_not_change_a_sweep(monkeypatch):
    bars = random_bars(2, n_bars=20_000, volatility=0.001)
    grid = {"fast": range(2, 8), "slow": range(8, 14)}
    whole = sweep("sma_cross", bars, grid, cash=1e4)

    monkeypatch.setattr("backtests.engine.sweeping.LINE_BYTES", 2 * 8 * 20_000 * 2)
    monkeypatch.setattr("backtests.engine.sweeping.BATCH", 3)
    cut = sweep("sma_cross", bars, grid, cash=1e4, n_threads=2)

    assert LINE_BYTES > 16 * 20_000
    assert np.array_equal(whole.metrics, cut.metrics, equal_nan=True)


def test_best_follows_the_direction_of_the_metric():
    trials = sweep("sma_cross", goog(), GRID, cash=1e4)

    assert trials.best("sharpe") == np.nanargmax(trials.column("sharpe"))
    assert trials.best("max_drawdown") == np.nanargmin(trials.column("max_drawdown"))


@pytest.mark.parametrize(
    ("grid", "field"), [({"fats": [1]}, "fats"), ({"fast": []}, "fast"), ({}, "grid")]
)
def test_grid_that_makes_no_sense_is_refused_by_name(grid, field):
    with pytest.raises(InvalidParams) as caught:
        sweep("sma_cross", random_bars(1), grid, cash=1e4)

    assert set(caught.value.errors) == {field}


def test_metric_that_cannot_be_swept_is_refused_by_name():
    with pytest.raises(ValueError, match="ulcer_index"):
        sweep("sma_cross", random_bars(1), GRID, cash=1e4, metrics=["ulcer_index"])


def test_progress_that_returns_false_cancels_the_sweep():
    with pytest.raises(Cancelled):
        sweep("sma_cross", random_bars(1), GRID, cash=1e4, on_progress=lambda done: done < 0)


@pytest.mark.parametrize("seed", range(60))
def test_sweep_of_one_combination_is_its_row_of_a_larger_sweep(seed):
    rng = np.random.default_rng(seed)
    bars, terms = random_bars(seed, n_bars=int(rng.integers(20, 600))), random_terms(rng)
    terms |= {"cash": float(rng.choice([150.0, 10_000.0])), "sizing": Sizing()}
    if seed % 3:  # else one by one, whatever the grid
        terms |= dict.fromkeys(("stop_loss", "take_profit", "trail"))
        terms |= dict.fromkeys(("maintenance", "borrow_rate", "financing_rate"), 0.0)
        terms["delay"] = 0
    name = ("sma_cross", "ema_cross")[seed % 2]

    grid = sweep(name, bars, {"fast": [2, 3], "slow": [7, 11]}, metrics=SWEPT, **terms)
    alone = sweep(name, bars, {"fast": [3], "slow": [7]}, metrics=SWEPT, **terms)

    assert np.array_equal(alone.metrics[0], grid.metrics[2], equal_nan=True)
