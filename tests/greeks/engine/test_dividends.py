import numpy as np
import pytest

from greeks.engine.american import american_price
from greeks.engine.dividends import as_schedule, certain, price_with_dividends
from greeks.engine.european import price
from greeks.engine.european_plain import Options
from tests.greeks.engine.references import rows_of


def options_of(*row):
    return Options(*(np.array([value], dtype=np.float64) for value in row))


@pytest.mark.parametrize("accuracy", ["fast", "accurate", "high"])
def test_price_with_dividends_hull_call_matches_finite_differences(accuracy):
    row = rows_of("discrete_dividends")[0]
    dividends = [(days / 365, cash) for days, cash in row["dividends"]]

    value = price_with_dividends(
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

    assert value == pytest.approx(row["spot_jump"], abs=1e-4)


def test_price_with_dividends_keeps_parity_with_the_forward():
    """C - P = S exp(-q T) - K exp(-r T) - D exp(-r t) (1 + ...): cash at t grows with q's carry."""
    row = (100.0, np.array([90.0, 100.0, 115.0]), 0.75, 0.04, 0.01, 0.25)
    dividends = [(0.2, 2.0), (0.6, 1.0)]

    call, put = (price_with_dividends(k, *row, dividends=dividends) for k in ("call", "put"))

    forward = 100.0 * np.exp(0.03 * 0.75) - 2.0 * np.exp(0.03 * 0.55) - np.exp(0.03 * 0.15)
    assert call - put == pytest.approx(np.exp(-0.03) * (forward - row[1]), abs=2e-4)


def test_price_with_dividends_outside_the_life_are_nothing():
    row = ("call", 100.0, 95.0, 0.5, 0.03, 0.0, 0.2)

    value = price_with_dividends(*row, dividends=[(-0.1, 5.0), (0.0, 5.0), (0.51, 5.0), (0.3, 0.0)])

    assert value == pytest.approx(price(*row), abs=1e-4)


def test_american_price_dividends_outside_the_life_change_nothing():
    row = ("put", 100.0, 95.0, 0.5, 0.03, 0.0, 0.2)

    assert american_price(*row, dividends=[(0.6, 5.0)]) == american_price(*row)


def test_american_price_each_row_counts_the_dividends_of_its_life():
    years = np.array([0.1, 0.5, 1.0])
    dividends = [(0.3, 2.0), (0.8, 2.0)]

    together = american_price("call", 100.0, 100.0, years, 0.02, 0.0, 0.3, dividends=dividends)

    alone = [
        float(american_price("call", 100.0, 100.0, life, 0.02, 0.0, 0.3, dividends=dividends[:n]))
        for n, life in enumerate(years)
    ]
    assert together == pytest.approx(alone, rel=1e-14)


def test_american_call_before_a_huge_dividend_is_exercised_before_it():
    """The share pays 60 of its 100 in an instant: the call ends before, as a shorter call."""
    ex_years = 0.25

    value = american_price(
        "call", 100.0, 80.0, 1.0, 0.0, 0.0, 0.2, dividends=[(ex_years, 60.0)], accuracy="accurate"
    )

    assert value == pytest.approx(price("call", 100.0, 80.0, ex_years, 0.0, 0.0, 0.2), abs=2e-4)


def test_american_put_waits_for_a_dividend_soon():
    """One day before a dividend of 2, interest of a day on 100 is no reason to exercise."""
    row = ("put", 80.0, 100.0, 0.5, 0.03, 0.0, 0.2)

    assert american_price(*row) == 20.0
    assert american_price(*row, dividends=[(1 / 365, 2.0)]) > 21.9


def test_price_with_dividends_more_than_the_spot_leaves_nothing():
    put, call = (
        price_with_dividends(k, 50.0, 100.0, 1.0, 0.05, 0.0, 0.3, dividends=[(0.5, 500.0)])
        for k in ("put", "call")
    )

    assert put == pytest.approx(100.0 * np.exp(-0.05), abs=1e-6)
    assert call == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("row", "dividends", "value", "waits"),
    [
        #  kind  spot   strike years  rate   yield  vol
        pytest.param((-1, 90.0, 100.0, 1.0, 0.05, 0.0, 0.0), [], 10.0, 0.0, id="put: now"),
        pytest.param(
            (-1, 90.0, 100.0, 1.0, -0.02, 0.0, 0.0), [], 100 * np.exp(0.02) - 90, 1.0, id="put: end"
        ),
        pytest.param(
            (1, 100.0, 90.0, 1.0, 0.0, 0.0, 0.0), [(0.4, 5.0)], 10.0, 0.0, id="call: before ex"
        ),
        pytest.param(
            (-1, 90.0, 100.0, 1.0, 0.0, 0.0, 0.0), [(0.4, 5.0)], 15.0, 0.4, id="put: after ex"
        ),
        pytest.param(
            (1, 100.0, 90.0, 1.0, 0.04, 0.0, 0.0),
            [(0.4, 5.0)],
            100 - 90 * np.exp(-0.016),
            0.4,
            id="call: the instant before ex",
        ),
        # q S exp(-q t) = r K exp(-r t) at t = ln(0.06*80/(0.02*100))/0.04 > 1: still rising at 1
        pytest.param(
            (-1, 80.0, 100.0, 1.0, 0.02, 0.06, 0.0),
            [],
            100 * np.exp(-0.02) - 80 * np.exp(-0.06),
            1.0,
            id="put: falling spot",
        ),
    ],
)
def test_certain_exercises_at_the_best_moment(row, dividends, value, waits):
    found = certain(options_of(*row), as_schedule(dividends), is_american=True)

    assert found.value == pytest.approx([value])
    assert found.waits == pytest.approx([waits])


def test_certain_turning_point_beats_every_moment_of_a_fine_search():
    row = (-1.0, 50.0, 100.0, 30.0, 0.05, 0.15, 0.0)

    found = certain(options_of(*row), as_schedule(None), is_american=True)

    t = np.linspace(0.0, 30.0, 300_001)
    worth = 100.0 * np.exp(-0.05 * t) - 50.0 * np.exp(-0.15 * t)
    assert found.value[0] == pytest.approx(worth.max(), rel=1e-9)
    assert found.waits[0] == pytest.approx(t[worth.argmax()], abs=1e-3)


@pytest.mark.parametrize(
    ("dividends", "reason"),
    [
        ([(0.1, -1.0)], "not negative"),
        ([(np.nan, 1.0)], "finite"),
        ([(0.1, np.inf)], "finite"),
        ([0.1, 1.0, 2.0], "pairs"),
        ([(0.1, 1.0, 2.0)], "pairs"),
    ],
)
def test_as_schedule_impossible_dividends_raise(dividends, reason):
    with pytest.raises(ValueError, match=reason):
        as_schedule(dividends)


def test_as_schedule_sorts_and_drops_no_cash():
    schedule = as_schedule([(0.5, 1.0), (0.2, 0.0), (0.1, 2.0)])

    assert schedule.years.tolist() == [0.1, 0.5]
    assert schedule.cash.tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("put", 90.0, 100.0, 0.0, 0.05, 0.0, 0.2), 10.0),
        (("put", 90.0, 100.0, -1.0, 0.05, 0.0, 0.2), np.nan),
        (("put", np.nan, 100.0, 1.0, 0.05, 0.0, 0.2), np.nan),
        (("put", 90.0, 100.0, 1.0, 0.0, 0.0, 0.0), 12.0),
    ],
)
def test_price_with_dividends_at_the_edges(row, expected):
    value = price_with_dividends(*row, dividends=[(0.5, 2.0)])

    assert value == pytest.approx(expected, nan_ok=True)
