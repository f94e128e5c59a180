"""The list of runs: filter, order, pages, and what is done with several at once."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from backtests.models import BacktestRun, SavedStrategy, StrategyVersion
from tests.factories.runs import NOW, make_run

DONE = BacktestRun.Status.SUCCEEDED


def shown(client: Client, query: str = "") -> list[int]:
    page = client.get(f"/backtests/{query}")
    assert page.status_code == 200
    return [int(n) for n in re.findall(r'name="run"\s+value="(\d+)"', page.content.decode())]


@pytest.fixture
def runs(user: User) -> list[BacktestRun]:
    """Three runs that differ in all that the list can be narrowed down by."""
    return [
        make_run(
            user, series_label="SPY, 1d", status=DONE, n_trades=9,
            metrics={"return_total": 0.10, "sharpe": None, "max_drawdown": 0.3},
        ),
        make_run(
            user, series_label="AAPL, 1d", strategy="macd", status=DONE, n_trades=10,
            metrics={"return_total": 0.02, "sharpe": 1.5, "max_drawdown": 0.1},
            requested_at=NOW - timedelta(days=3),
        ),
        make_run(user, series_label="SPY, 1d", strategy="macd", status="FAILED",
                 requested_at=NOW - timedelta(days=9)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", [0, 1, 2], id="latest first"),
        pytest.param("?strategy=macd", [1, 2], id="strategy"),
        pytest.param("?series=SPY%2C+1d", [0, 2], id="data"),
        pytest.param("?status=FAILED", [2], id="state"),
        pytest.param("?since=2026-11-15", [0, 1], id="from"),
        pytest.param("?until=2026-11-17", [1, 2], id="to, inclusive"),
        pytest.param("?strategy=macd&status=SUCCEEDED", [1], id="two at once"),
        pytest.param("?sort=return", [1, 0, 2], id="return rises, none last"),
        pytest.param("?sort=-return", [0, 1, 2], id="return falls, none last"),
        pytest.param("?sort=-sharpe", [1, 2, 0], id="undefined is none"),
        pytest.param("?sort=trades", [0, 1, 2], id="9 before 10: numbers, not words"),
        pytest.param("?sort=drawdown", [1, 0, 2], id="shallowest first"),
        pytest.param("?sort=requested", [2, 1, 0], id="oldest first"),
        pytest.param("?sort=nonsense", [0, 1, 2], id="unknown order"),
        pytest.param("?since=soon&status=ODD", [0, 1, 2], id="what cannot be read narrows nothing"),
    ],
)
def test_list_is_narrowed_and_sorted(
    client: Client, runs: list[BacktestRun], query: str, expected: list[int]
) -> None:
    assert shown(client, query) == [runs[i].pk for i in expected]


def test_field_that_cannot_be_read_says_so(client: Client, runs: list[BacktestRun]) -> None:
    page = client.get("/backtests/?since=soon").content.decode()

    assert "Enter a valid date." in page


def test_rules_are_found_by_their_strategy(client: Client, user: User) -> None:
    saved = SavedStrategy.objects.create(owner=user, name="Mine", created_at=NOW, updated_at=NOW)
    version = StrategyVersion.objects.create(
        strategy=saved, number=1, document={}, digest="a", created_at=NOW
    )
    run = make_run(user, strategy="rules", rules=version)
    make_run(user, strategy="macd")

    page = client.get("/backtests/").content.decode()

    assert f'<option value="rules:{saved.pk}">Mine</option>' in page
    assert shown(client, f"?strategy=rules:{saved.pk}") == [run.pk]


def test_pages_keep_filter_and_order(client: Client, user: User) -> None:
    for i in range(26):
        make_run(user, asked_after=i, status=DONE, metrics={"return_total": i})

    page = client.get("/backtests/?status=SUCCEEDED&sort=return").content.decode()

    assert 'href="?status=SUCCEEDED&amp;sort=return&amp;page=2"' in page
    assert len(shown(client, "?status=SUCCEEDED&sort=return&page=2")) == 1


def test_filter_that_nothing_passes_offers_all(client: Client, runs: list[BacktestRun]) -> None:
    page = client.get("/backtests/?status=CANCELLED").content.decode()

    assert "No backtest passes this filter" in page
    assert "No backtests yet" not in page


def test_empty_list_says_what_a_backtest_is(client: Client) -> None:
    assert "No backtests yet" in client.get("/backtests/").content.decode()


def test_query_count_does_not_grow_with_rows(client: Client, user: User) -> None:
    client.get("/")  # the first request of a session has queries of its own
    counts = []
    for n_more in (1, 2):
        for _ in range(n_more):
            make_run(user, status=DONE)
        with CaptureQueriesContext(connection) as queries:
            client.get("/backtests/")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


def test_compare_of_ticked_runs_leads_to_their_address(
    client: Client, runs: list[BacktestRun]
) -> None:
    first, second, _ = (run.pk for run in runs)

    answer = client.post("/backtests/compare/", {"run": [first, second]})

    assert answer.headers["Location"] == f"/backtests/compare/?run={first}&run={second}"


def test_ticked_runs_are_deleted_and_the_filter_stays(
    client: Client, runs: list[BacktestRun]
) -> None:
    kept, *gone = runs

    answer = client.post(
        "/backtests/delete/", {"run": [run.pk for run in gone], "back": "strategy=macd"}
    )

    assert answer.headers["Location"] == "/backtests/?strategy=macd"
    assert [run.pk for run in BacktestRun.objects.all()] == [kept.pk]


def test_one_active_run_keeps_all(client: Client, user: User, runs: list[BacktestRun]) -> None:
    active = make_run(user)

    answer = client.post("/backtests/delete/", {"run": [runs[0].pk, active.pk]}, follow=True)

    assert f"Run {active.pk} is still going." in answer.content.decode()
    assert BacktestRun.objects.count() == 4


def test_foreign_run_among_the_ticked_keeps_all(
    client: Client, other_user: User, runs: list[BacktestRun]
) -> None:
    theirs = make_run(other_user, status=DONE)

    answer = client.post("/backtests/delete/", {"run": [runs[0].pk, theirs.pk]})

    assert answer.status_code == 404
    assert BacktestRun.objects.count() == 4


def test_back_leads_nowhere_else(client: Client, runs: list[BacktestRun]) -> None:
    answer = client.post("/backtests/delete/", {"run": runs[0].pk, "back": "//evil.example/?a=b"})

    assert answer.headers["Location"].startswith("/backtests/?")


def test_nothing_ticked_is_said(client: Client, runs: list[BacktestRun]) -> None:
    answer = client.post("/backtests/delete/", follow=True)

    assert "No backtest was chosen" in answer.content.decode()
