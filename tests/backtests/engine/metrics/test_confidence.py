"""Figures of the 50-variant GOOG grid, computed by ffn (see goog_grid_returns.README)."""

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from backtests.engine.metrics import compute_metrics
from backtests.engine.metrics.confidence import (
    expected_max_sharpe,
    probabilistic_sharpe,
    sharpe_standard_error,
)
from backtests.engine.metrics.returns import moments
from tests.backtests.engine.metrics.peer import goog_bars
from tests.backtests.engine.metrics.tables_of_bars import NO_TRADES

RETURNS = Path(__file__).parents[3] / "reference" / "backtests" / "goog_grid_returns.csv.gz"
YEAR = 252.0


@pytest.fixture(scope="module")
def grid():
    return np.loadtxt(RETURNS, delimiter=",", skiprows=1)[:, :50]


def test_deflated_sharpe_of_best_grid_variant_equals_reference(grid):
    sharpes = grid.mean(axis=0) / grid.std(axis=0, ddof=1)
    best = grid[:, sharpes.argmax()]
    threshold = expected_max_sharpe(50, sharpes.std(ddof=1))

    deflated = probabilistic_sharpe(sharpes.max(), best.size, *moments(best), threshold)

    assert sharpes.max() * math.sqrt(YEAR) == pytest.approx(0.917040886, abs=1e-9)
    assert threshold * math.sqrt(YEAR) == pytest.approx(0.646103186, abs=1e-9)
    assert deflated == pytest.approx(0.793069686, abs=1e-9)


def test_probabilistic_sharpe_of_best_grid_variant_equals_reference(grid):
    sharpes = grid.mean(axis=0) / grid.std(axis=0, ddof=1)
    best = grid[:, sharpes.argmax()]

    probability = probabilistic_sharpe(sharpes.max(), best.size, *moments(best))

    assert probability == pytest.approx(0.997159924, abs=1e-9)


def test_metrics_of_best_grid_variant_hold_the_same_figures(grid):
    sharpes = grid.mean(axis=0) / grid.std(axis=0, ddof=1) * math.sqrt(YEAR)
    equity = 10_000.0 * np.cumprod(np.concatenate(([1.0], 1.0 + grid[:, sharpes.argmax()])))

    values = compute_metrics(
        goog_bars(),
        equity,
        NO_TRADES,
        n_exposed=0,
        traded_value=0.0,
        commissions=0.0,
        periods_per_year=YEAR,
        n_trials=50,
        trial_sharpe_std=sharpes.std(ddof=1),
    )

    assert values["sharpe"] == pytest.approx(0.917040886, abs=1e-9)
    assert values["psr"] == pytest.approx(0.997159924, abs=1e-9)
    assert values["dsr"] == pytest.approx(0.793069686, abs=1e-9)
    assert NormalDist().cdf(values["sharpe"] / values["sharpe_standard_error"]) == pytest.approx(
        0.997159924, abs=1e-9
    )


def test_standard_error_of_normal_returns_is_lo_2002():
    """Lo (2002), The statistics of Sharpe ratios, eq. 9: sqrt((1 + S^2 / 2) / n), here n - 1."""
    assert sharpe_standard_error(0.5, 101, 0.0, 3.0) == pytest.approx(
        math.sqrt((1 + 0.5**2 / 2) / 100)
    )


def test_one_trial_expects_nothing():
    assert expected_max_sharpe(1, 0.3) == 0.0


def test_no_trial_is_refused():
    with pytest.raises(ValueError, match="n_trials"):
        expected_max_sharpe(0, 0.3)
