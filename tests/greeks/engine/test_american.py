import os
import subprocess
import sys

import numpy as np
import pytest

from greeks.engine.american import american_price
from tests.greeks.engine.references import columns_of, rows_of

ACCURACIES = [
    #        accuracy    largest error for a strike of 100
    pytest.param("fast", 1e-3, id="fast"),
    pytest.param("accurate", 3e-4, id="accurate"),
    pytest.param("high", 2e-6, id="high"),
]


@pytest.mark.parametrize(("accuracy", "tolerance"), ACCURACIES)
def test_american_price_put_matches_three_solvers(accuracy, tolerance):
    rows = rows_of("american_put_truth")
    columns = columns_of(rows)

    prices = american_price(*columns, accuracy=accuracy)

    (truth,) = columns_of(rows, ("american_QdFp_highprec",))
    assert np.abs(prices - truth).max() <= tolerance


@pytest.mark.parametrize(("accuracy", "tolerance"), ACCURACIES)
def test_american_price_call_matches_the_mirrored_put(accuracy, tolerance):
    """McDonald and Schroder (1998): C(S, K, r, q) = P(K, S, q, r)."""
    rows = rows_of("american_put_truth")
    _, spot, strike, years, rate, dividend_yield, vol = columns_of(rows)

    prices = american_price(
        "call", strike, spot, years, dividend_yield, rate, vol, accuracy=accuracy
    )

    (truth,) = columns_of(rows, ("american_QdFp_highprec",))
    assert np.abs(prices - truth).max() <= tolerance


@pytest.mark.parametrize(("accuracy", "tolerance"), ACCURACIES)
def test_american_price_matches_andersen_lake_offengenden(accuracy, tolerance):
    rows = rows_of("american_alo")

    prices = american_price(*columns_of(rows), accuracy=accuracy)

    (truth,) = columns_of(rows, ("american",))
    assert np.abs(prices - truth).max() <= tolerance


@pytest.mark.parametrize("accuracy", ["fast", "accurate", "high"])
def test_american_price_rates_of_both_signs_match_a_tree(accuracy):
    """The error of 4,000 steps is 2e-4 (see the rows that are never exercised early)."""
    rows = rows_of("american_negative_rates")

    prices = american_price(*columns_of(rows), accuracy=accuracy)

    (truth,) = columns_of(rows, ("tree",))
    assert len(rows) == 17
    assert np.abs(prices - truth).max() <= 1e-3


@pytest.mark.parametrize("accuracy", ["fast", "accurate", "high"])
@pytest.mark.parametrize("row", rows_of("discrete_dividends")[1:], ids=lambda row: row["desc"])
def test_american_price_cash_dividends_match_finite_differences(row, accuracy):
    dividends = [(days / 365, cash) for days, cash in row["dividends"]]

    price = american_price(
        row["type"],
        row["S"],
        row["K"],
        row["days"] / 365,
        row["r"],
        0.0,
        row["sigma"],
        dividends=dividends,
        accuracy=accuracy,
    )

    assert price == pytest.approx(row["spot_jump"], abs=2e-4)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        #  spot   strike  years  rate  yield  vol
        pytest.param((90.0, 100.0, 0.0, 0.05, 0.0, 0.2), 10.0, id="no time left: intrinsic"),
        pytest.param((90.0, 100.0, -0.1, 0.05, 0.0, 0.2), np.nan, id="time gone"),
        pytest.param((90.0, 100.0, 1.0, 0.05, 0.0, 0.0), 10.0, id="no vol: exercise now"),
        pytest.param(
            (90.0, 100.0, 1.0, -0.05, 0.0, 0.0), 100 * np.exp(0.05) - 90, id="no vol: wait"
        ),
        pytest.param((0.0, 100.0, 1.0, 0.05, 0.0, 0.2), 100.0, id="no spot"),
        pytest.param((90.0, 0.0, 1.0, 0.05, 0.0, 0.2), 0.0, id="no strike"),
        pytest.param((np.nan, 100.0, 1.0, 0.05, 0.0, 0.2), np.nan, id="missing spot"),
        pytest.param((90.0, 100.0, 1.0, 0.05, 0.0, -0.2), np.nan, id="negative vol"),
        pytest.param((np.inf, 100.0, 1.0, 0.05, 0.0, 0.2), np.nan, id="infinite spot"),
    ],
)
def test_american_price_put_at_the_edges(row, expected):
    assert american_price("put", *row) == pytest.approx(expected, nan_ok=True)


def test_american_price_shapes_broadcast():
    prices = american_price([["call"], ["put"]], 100.0, [90.0, 100.0, 110.0], 1.0, 0.05, 0.02, 0.2)

    assert prices.shape == (2, 3)
    assert american_price("put", 100.0, 100.0, 1.0, 0.05, 0.02, 0.2).shape == ()
    assert american_price("put", [], [], 1.0, 0.05, 0.02, 0.2).shape == (0,)


def test_american_price_unknown_accuracy_raises():
    with pytest.raises(ValueError, match="accuracy must be one of fast, accurate, high"):
        american_price("put", 100.0, 100.0, 1.0, 0.05, 0.0, 0.2, accuracy="best")


def test_american_price_rows_of_all_routes_keep_their_places():
    """One chunk mixes limits, European rows, one boundary, two boundaries and refused rows."""
    vol = np.array([0.0, 0.3, 0.3, 0.3, np.nan])
    rate = np.array([0.05, -0.02, 0.05, -0.01, 0.05])
    dividend_yield = np.array([0.0, 0.01, 0.0, -0.04, 0.0])

    together = american_price("put", 95.0, 100.0, 1.0, rate, dividend_yield, vol)

    alone = [
        float(american_price("put", 95.0, 100.0, 1.0, *row))
        for row in zip(rate, dividend_yield, vol, strict=True)
    ]
    assert together == pytest.approx(alone, rel=1e-15, nan_ok=True)


def test_engine_import_leaves_numba_alone():
    """The first page of a fresh process must not wait for the compiler's import."""
    code = "import greeks.engine.american, sys; print('numba' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "False"


def test_kernels_run_as_plain_python_to_the_same_prices():
    code = (
        "from greeks.engine.american import american_price as p;"
        "print(repr(float(p('put', 95, 100, 0.5, 0.05, 0.02, 0.3))),"
        "repr(float(p('call', 95, 100, 0.1, 0.05, 0.0, 0.3, dividends=[(0.05, 1.0)]))))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )

    compiled = [
        float(american_price("put", 95, 100, 0.5, 0.05, 0.02, 0.3)),
        float(american_price("call", 95, 100, 0.1, 0.05, 0.0, 0.3, dividends=[(0.05, 1.0)])),
    ]
    assert [float(word) for word in answer.stdout.split()] == pytest.approx(compiled, rel=1e-12)


@pytest.mark.parametrize("vol", [1e-6, 1e-4, 1e-2, 0.05])
def test_american_price_call_of_little_vol_is_worth_its_best_certain_exercise(vol):
    """A forward path that rises, then falls, is exercised at its top; chance only adds to that."""
    spot, strike, years, rate, dividend_yield = 100.0, 100.0, 40.0, 0.5, 0.1
    t = np.linspace(0.0, years, 400_001)
    least = (spot * np.exp(-dividend_yield * t) - strike * np.exp(-rate * t)).max()

    value = american_price("call", spot, strike, years, rate, dividend_yield, vol)

    assert value >= least * (1.0 - 1e-9)
    assert value == pytest.approx(least, rel=0.01 + vol)
