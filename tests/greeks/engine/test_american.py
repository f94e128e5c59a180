import numpy as np
import pytest

from greeks.engine.american import american_price
from greeks.engine.status import Status
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

    assert price == pytest.approx(row["spot_jump"], abs=5e-4)


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
