"""Runs side by side: selector, page, chart data and API."""

import numpy as np
import pytest
from django.test import Client

from accounts.models import User
from backtests.engine.comparison import DayCloses, best_of, correlation, values_at
from backtests.models import BacktestRun
from backtests.selectors.compare import chosen_runs, metric_rows, term_rows
from backtests.selectors.results import full_curve
from backtests.services import request_run
from pulse.common import jobs
from tests.factories.runs import NOW, make_goog, make_run

SPEC = {"strategy": "sma_cross", "commission": 0.002, "now": NOW}


@pytest.fixture
def runs(user: User) -> list[BacktestRun]:
    """Two runs of one series that differ in a parameter and in the starting cash."""
    series = make_goog(user)
    asked = [
        request_run(
            owner=user, series=series, params={"fast": 10, "slow": slow}, initial_cash=cash, **SPEC
        )
        for slow, cash in ((20, 10_000), (30, 50_000))
    ]
    for run in asked:
        jobs.run_next()
        run.refresh_from_db()
    return asked


def address(*runs: BacktestRun | int, path: str = "/backtests/compare/", more: str = "") -> str:
    numbers = [run if isinstance(run, int) else run.pk for run in runs]
    return f"{path}?{'&'.join(f'run={number}' for number in numbers)}{more}"


def test_values_at_carries_the_latest_and_is_nan_outside() -> None:
    times = np.array([5, 10, 14, 20, 21])

    values = values_at(np.array([10, 20]), np.array([1.0, 2.0]), times)

    np.testing.assert_array_equal(values, [np.nan, 1.0, 1.0, 2.0, np.nan])


def test_correlation_is_numpys_over_common_days() -> None:
    rng = np.random.default_rng(7)
    first = 100 * np.cumprod(1 + 0.01 * rng.standard_normal(60))
    second = 100 * np.cumprod(1 + 0.01 * rng.standard_normal(60))
    days = np.arange(60)
    weekly = days[::5]

    found = correlation(DayCloses(days, first), DayCloses(weekly, second[::5]))

    expected = np.corrcoef(first[::5][1:] / first[::5][:-1], second[::5][1:] / second[::5][:-1])
    assert found.value == pytest.approx(expected[0, 1], abs=1e-12)
    assert found.n_returns == 11


def test_correlation_of_an_account_that_does_not_move_is_undefined() -> None:
    days = np.arange(10)
    flat = DayCloses(days, np.full(10, 100.0))

    assert np.isnan(correlation(flat, DayCloses(days, 100.0 + days)).value)


@pytest.mark.parametrize(
    ("values", "higher", "expected"),
    [
        pytest.param([1.0, 3.0, 2.0], True, [1], id="the highest"),
        pytest.param([1.0, 3.0, None], False, [0], id="the lowest; undefined does not count"),
        pytest.param([2.0, 2.0, 1.0], True, [0, 1], id="a tie is shared"),
        pytest.param([2.0, 2.0], True, [], id="all equal: none"),
        pytest.param([2.0, 1.0], None, [], id="no end is good"),
        pytest.param([2.0, None], True, [], id="one alone"),
    ],
)
def test_best_of(values: list[float | None], higher: bool | None, expected: list[int]) -> None:
    assert best_of(values, higher_is_better=higher) == expected


def test_metric_rows_give_differences_to_the_first_run(runs: list[BacktestRun]) -> None:
    first, second = (run.metrics for run in runs)

    rows = {row.metric.name: row for _, group in metric_rows(runs) for row in group}

    for name, row in rows.items():
        assert row.values == [first[name], second[name]]
        if first[name] is not None and second[name] is not None:
            assert row.differences == [0, second[name] - first[name]]
    shallower = min((0, 1), key=lambda i: runs[i].metrics["max_drawdown"])
    assert rows["max_drawdown"].best == [shallower]
    assert rows["equity_final"].best == []  # 50,000 against 10,000 at the start
    points = 100 * (second["return_total"] - first["return_total"])
    text = rows["return_total"].figures[1].difference
    assert text.replace("\N{MINUS SIGN}", "-").replace(",", "") == f"{points:+.2f} pp"


def test_term_rows_name_only_what_was_asked_differently(runs: list[BacktestRun]) -> None:
    rows = {row.name: row for row in term_rows(runs)}

    assert {name for name, row in rows.items() if row.differs} == {"params.slow", "initial_cash"}
    assert rows["params.slow"].values == ["20", "30"]
    assert rows["initial_cash"].values == ["10,000", "50,000"]
    assert rows["commission"].values == ["0.2%", "0.2%"]


def test_page_shows_what_differs_and_all_on_request(
    client: Client, runs: list[BacktestRun]
) -> None:
    few = client.get(address(*runs)).content.decode()
    everything = client.get(address(*runs, more="&all=1")).content.decode()

    assert "The starting cash differs" in few
    assert "Trailing stop" not in few
    assert "Trailing stop" in everything
    assert everything.count("differs\n") == 2


def test_equity_from_100_is_equity_over_cash(client: Client, runs: list[BacktestRun]) -> None:
    path = "/backtests/compare/equity.json"

    chart = client.get(address(*runs, path=path)).json()
    money = client.get(address(*runs, path=path, more="&base=money")).json()

    assert len(chart["time"]) <= 2000
    for i, run in enumerate(runs):
        curve = full_curve(run)
        at = {ts // 10**9: row for row, ts in enumerate(curve.ts_ns.tolist())}
        rows = [at[time] for time in chart["time"]]
        np.testing.assert_allclose(money["series"][i]["values"], curve.equity[rows], atol=0.0051)
        expected = 100 * curve.equity[rows] / float(run.initial_cash)
        np.testing.assert_allclose(chart["series"][i]["values"], expected, atol=0.0051)


def test_drawdown_keeps_the_deepest_fall(client: Client, runs: list[BacktestRun]) -> None:
    chart = client.get(address(*runs, path="/backtests/compare/drawdown.json")).json()

    for run, series in zip(runs, chart["series"], strict=True):
        assert min(series["values"]) == pytest.approx(-run.metrics["max_drawdown"], abs=1e-6)


def test_period_of_one_run_only_is_a_gap_of_the_other(client: Client, user: User) -> None:
    series = make_goog(user)
    late = NOW.replace(year=2010)
    whole = request_run(owner=user, series=series, params={}, **SPEC)
    part = request_run(owner=user, series=series, params={}, starts_at=late, **SPEC)
    jobs.run_next()
    jobs.run_next()

    chart = client.get(address(whole, part, path="/backtests/compare/equity.json")).json()

    values = chart["series"][1]["values"]
    assert values[0] is None
    assert all(
        (v is None) == (t < late.timestamp()) for t, v in zip(chart["time"], values, strict=True)
    )
    assert "The periods differ" in client.get(address(whole, part)).content.decode()


def test_foreign_and_deleted_runs_are_not_found_and_said(
    client: Client, runs: list[BacktestRun], other_user: User
) -> None:
    theirs = make_run(other_user, status=BacktestRun.Status.SUCCEEDED)

    for number in (theirs.pk, 987654321):
        page = client.get(address(*runs, number))
        assert page.status_code == 404
        assert f"with the number\n      {number}:" in page.content.decode()
        assert f'value="{number}"' not in page.content.decode()
        chart = address(*runs, number, path="/backtests/compare/equity.json")
        assert client.get(chart).status_code == 404
        assert (
            client.get(address(*runs, number, path="/api/v1/backtests/compare/")).status_code == 404
        )
    assert theirs.name.encode() not in client.get("/backtests/compare/").content


def test_run_without_result_is_left_out_with_a_sentence(
    client: Client, user: User, runs: list[BacktestRun]
) -> None:
    failed = make_run(user, status=BacktestRun.Status.FAILED)

    page = client.get(address(*runs, failed))
    answer = client.get(address(*runs, failed, path="/api/v1/backtests/compare/"))

    assert page.status_code == 200
    assert f"Run {failed.pk} has no result." in page.content.decode()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "run_not_finished")


@pytest.mark.parametrize(("n", "status"), [(0, 200), (1, 200), (6, 422)])
def test_too_few_or_too_many_are_said_and_kept(
    client: Client, user: User, n: int, status: int
) -> None:
    some = [
        make_run(
            user, pk=1234 + i, status=BacktestRun.Status.SUCCEEDED, metrics={"return_total": 0.1}
        )
        for i in range(n)
    ]

    page = client.get(address(*some))
    answer = client.get(address(*some, path="/api/v1/backtests/compare/"))

    assert page.status_code == status
    assert all(f'href="{run.get_absolute_url()}"' in page.content.decode() for run in some)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "runs_not_comparable")
    assert "1,234" not in page.content.decode()


def test_api_document_is_the_page_in_numbers(client: Client, runs: list[BacktestRun]) -> None:
    document = client.get(address(*runs, path="/api/v1/backtests/compare/")).json()

    assert [run["id"] for run in document["runs"]] == [run.pk for run in runs]
    assert document["correlations"][0][0] == 1
    first, second = (full_curve(run).equity for run in runs)
    expected = np.corrcoef(first[1:] / first[:-1], second[1:] / second[:-1])[0, 1]
    assert document["correlations"][0][1] == pytest.approx(expected, abs=1e-9)
    assert document["n_returns"][0][1] == 2147
    assert len(document["curves"]["time"]) <= 2000


def test_chosen_runs_keep_their_order_and_come_once(user: User, runs: list[BacktestRun]) -> None:
    first, second = runs

    assert chosen_runs(user, [second.pk, first.pk, second.pk]).runs == [second, first]


def test_page_stays_within_fifteen_queries(
    client: Client, runs: list[BacktestRun], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        assert client.get(address(*runs)).status_code == 200
