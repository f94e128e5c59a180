"""Portfolios through their doors: service, worker, page, API and command."""

import csv
import io
import re
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from backtests.engine.portfolio import Series, run_portfolio_strategy
from backtests.jobs import InvalidStrategyParams, NoBarsInRange
from backtests.models import PortfolioRun
from backtests.selectors.account import artifact_folder
from backtests.services import NoSuchStrategy, RunIsActive, delete_run
from backtests.services.portfolio_checks import InvalidMembers, NoSuchSeries
from backtests.services.portfolios import (
    request_portfolio_sample,
)
from market.models import BarSeries
from market.selectors import load_bars
from pulse.common import jobs
from tests.factories.portfolios import finished, make_members, make_portfolio
from tests.factories.runs import NOW, make_goog, make_series

CHARTS = ("equity", "drawdown", "weights", "contribution", "correlation", "months")
TABLES = ("equity", "trades", "fills")


@pytest.fixture
def done(user: User) -> PortfolioRun:
    run = finished(make_portfolio(user))
    assert run.status == PortfolioRun.Status.SUCCEEDED, run.error_message
    return run


def form_of(client: Client, series: list[BarSeries], **more: object) -> dict[str, object]:
    page = client.get("/backtests/portfolios/new/").content.decode()
    key = page.split('name="request_key" value="')[1].split('"')[0]
    members = {f"m{n}-series": each.pk for n, each in enumerate(series)}
    members |= {f"m{n}-adjustment": "all" for n in range(len(series))}
    return {
        "request_key": key, "n_members": len(series), **members, "strategy": "equal_weight",
        "param_rebalance": "monthly", "param_band": "0.05", "param_invested": "1",
        "initial_cash": "50000", "margin_pct": "100", "fill": "next_open",
        "commission_pct": "0.1", "fractional": "on", **more,
    }  # fmt: skip


# service and worker


def test_run_gives_the_figures_of_the_engine_on_the_same_bars(done: PortfolioRun) -> None:
    members = [m.series for m in done.members.select_related("series__instrument")]
    series = {each.symbol: Series(load_bars(each)) for each in members}

    result = run_portfolio_strategy(
        "equal_weight", series, cash=100_000.0, commission=0.001, fractional=True
    ).result

    assert done.metrics["equity_final"] == result.equity[-1]
    assert done.fingerprint == result.fingerprint
    assert done.n_bars == result.ts_ns.size
    assert done.assumptions["lookahead"]["is_clean"]
    contributions = [row["contribution"] for row in done.assumptions["instruments"]]
    assert sum(contributions) == pytest.approx(result.equity[-1] - 100_000.0)


def test_run_again_has_the_same_fingerprint_and_bits(user: User, done: PortfolioRun) -> None:
    again = finished(make_portfolio(user, series=[m.series for m in done.members.all()]))

    assert again.pk != done.pk
    assert again.fingerprint == done.fingerprint
    files = [artifact_folder(run) / "curve.parquet" for run in (done, again)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_request_with_a_key_twice_is_one_run(user: User) -> None:
    key = uuid.uuid4()
    series = make_members(user, "SPY", "TLT")

    runs = [make_portfolio(user, series=series, request_key=key) for _ in range(2)]

    assert runs[0].pk == runs[1].pk
    assert PortfolioRun.objects.count() == 1
    assert runs[0].members.count() == 2


def test_fixed_weights_hold_what_was_asked(user: User) -> None:
    spy, tlt = make_members(user, "SPY", "TLT")
    members = [{"series": spy, "weight": 0.6}, {"series": tlt, "weight": 0.3}]

    run = finished(make_portfolio(user, members=members, strategy="fixed_weights", commission=0.0))

    rows = run.assumptions["instruments"]
    assert [row["mean_weight"] for row in rows] == pytest.approx([0.6, 0.3], abs=0.05)


def test_split_and_dividend_reach_the_account(user: User) -> None:
    spy, tlt = make_members(user, "SPY", "TLT")
    day = (NOW - timedelta(days=100)).date().isoformat()
    actions = [{"date": day, "kind": "dividend", "value": 1.5}]
    members = [
        {"series": spy, "actions": actions, "adjustment": "splits"},
        {"series": tlt},
    ]

    run = finished(make_portfolio(user, members=members, params={"rebalance": "never"}))

    # the units bought at the second open get 1.5 each
    units = run.assumptions["instruments"][0]["final_units"]
    assert run.assumptions["dividends"] == pytest.approx(1.5 * units)


@pytest.mark.parametrize(
    ("change", "refusal", "words"),
    [
        ({"strategy": "nothing"}, NoSuchStrategy, "no portfolio strategy called nothing"),
        ({"params": {"band": 7}}, InvalidStrategyParams, "at most 1"),
        ({"strategy": "momentum_rotation", "n": 1}, InvalidMembers, "needs at least 2"),
        ({"strategy": "pairs", "n": 3}, InvalidMembers, "exactly 2 instruments"),
        ({"strategy": "fixed_weights"}, InvalidMembers, "needs a weight for SPY, TLT"),
        ({"starts_at": NOW + timedelta(days=1)}, NoBarsInRange, "All instruments have bars"),
        ({"margin": 1.5}, ValidationError, "Margin must be"),
        ({"slippage": 2.0}, ValidationError, "slippage"),
        ({"initial_cash": -1}, ValidationError, "cash must be above 0"),
        ({"starts_at": NOW, "ends_at": NOW}, ValidationError, ""),
    ],
)
def test_request_that_makes_no_sense_is_refused_in_words(
    user: User, change: dict, refusal: type[Exception], words: str
) -> None:
    series = make_members(user, "SPY", "TLT", "GLD")[: change.pop("n", 2)]

    with pytest.raises(refusal) as refused:
        make_portfolio(user, series=series, **change)

    assert words.lower() in " ".join(refused.value.messages).lower()
    assert not PortfolioRun.objects.exists()


@pytest.mark.parametrize(
    ("weights", "more", "words"),
    [
        ((0.8, 0.4), {}, "The weights come to 120.0% of equity; a margin of 100% carries 100%."),
        ((0.8, -0.4), {}, "The weights come to 120.0%"),
    ],
)
def test_request_of_weights_beyond_the_margin_is_refused(
    user: User, weights: tuple[float, float], more: dict, words: str
) -> None:
    series = make_members(user, "SPY", "TLT")
    members = [{"series": s, "weight": w} for s, w in zip(series, weights, strict=True)]

    with pytest.raises(InvalidMembers, match=words):
        make_portfolio(user, members=members, strategy="fixed_weights", **more)

    assert make_portfolio(user, members=members, strategy="fixed_weights", margin=0.5).pk


def test_request_of_one_instrument_twice_is_refused(user: User) -> None:
    spy = make_series(user)

    with pytest.raises(InvalidMembers, match="SPY is there twice"):
        make_portfolio(user, series=[spy, spy])


def test_request_of_another_users_series_is_refused(user: User, other_user: User) -> None:
    series = [make_series(user), make_series(other_user, symbol="TLT")]

    with pytest.raises(NoSuchSeries):
        make_portfolio(user, series=series)


def test_request_without_a_common_period_is_refused(user: User) -> None:
    series = [make_goog(user), make_series(user)]  # GOOG ends in 2013

    with pytest.raises(NoBarsInRange, match="no common period"):
        make_portfolio(user, series=series)


def test_request_of_actions_for_adjusted_prices_is_refused(user: User) -> None:
    spy, tlt = make_members(user, "SPY", "TLT")
    actions = [{"date": "2026-10-01", "kind": "split", "value": 2.0}]

    with pytest.raises(InvalidMembers, match="hold both already"):
        make_portfolio(user, members=[{"series": spy, "actions": actions}, {"series": tlt}])


def test_dividend_above_the_price_fails_the_run_with_a_sentence(user: User) -> None:
    spy, tlt = make_members(user, "SPY", "TLT")
    day = (NOW - timedelta(days=100)).date().isoformat()
    actions = [{"date": day, "kind": "dividend", "value": 1e6}]
    members = [{"series": spy, "actions": actions, "adjustment": "none"}, {"series": tlt}]

    run = finished(make_portfolio(user, members=members))

    assert run.status == PortfolioRun.Status.FAILED
    assert run.error_code == "run_refused"
    assert "is not below the close before" in run.error_message


def test_series_deleted_while_queued_fails_the_run_with_a_sentence(user: User) -> None:
    run = make_portfolio(user)
    run.members.filter(symbol="TLT").update(series=None)

    run = finished(run)

    assert run.error_code == "series_gone"
    assert "TLT" in run.error_message


def test_cancel_while_it_runs_stops_it_and_keeps_nothing(user: User) -> None:
    run = make_portfolio(user)
    assert jobs.claim(run, now=NOW)
    context = jobs.JobContext(run)
    told: list[str] = []
    progress = context.progress

    def stop_at_the_third_bar(fraction: float, message: str = "", **extra: object) -> None:
        told.append(message)
        if message.startswith("Bar"):
            assert extra["curve"]
            context.stop.set()
        progress(fraction, message, **extra)

    context.progress = stop_at_the_third_bar  # type: ignore[method-assign]
    from backtests.portfolio_jobs import execute_portfolio_run  # noqa: PLC0415 -- the worker's own

    with pytest.raises(jobs.Cancelled):
        execute_portfolio_run(run, context)

    assert told[-1].startswith("Bar ")
    assert not artifact_folder(run).exists()


def test_delete_removes_row_and_files(done: PortfolioRun) -> None:
    folder = artifact_folder(done)
    assert folder.is_dir()

    delete_run(run=done)

    assert not folder.exists()
    assert not PortfolioRun.objects.exists()


def test_delete_of_an_active_run_is_refused(user: User) -> None:
    with pytest.raises(RunIsActive):
        delete_run(run=make_portfolio(user))


@pytest.mark.parametrize("strategy", ["pairs", "momentum_rotation", "fixed_weights"])
def test_sample_runs_on_simulated_prices(user: User, strategy: str) -> None:
    run = finished(request_portfolio_sample(owner=user, strategy=strategy, now=NOW))

    assert run.status == PortfolioRun.Status.SUCCEEDED, run.error_message
    assert run.is_simulated_data
    assert run.assumptions["n_fills"] > 0


# pages


def test_form_runs_a_portfolio(client: Client, user: User) -> None:
    series = make_members(user, "SPY", "TLT")

    response = client.post("/backtests/portfolios/new/", form_of(client, series))
    jobs.run_next()

    run = PortfolioRun.objects.get()
    assert response.headers["Location"] == run.get_absolute_url()
    assert run.commission == 0.001
    page = client.get(run.get_absolute_url()).content.decode()
    assert "SIMULATED" in page
    assert run.fingerprint in page


def test_form_refused_keeps_values_and_names_the_line(client: Client, user: User) -> None:
    actions = "2026-10-01,split,2:1\n2026-13-01,split,2\n2026-10-02,gift,1\n2026-10-02,dividend,x"
    form = form_of(
        client, make_members(user, "SPY", "TLT"), initial_cash="12345",
        **{"m1-actions": actions, "m1-adjustment": "none"},
    )  # fmt: skip

    response = client.post("/backtests/portfolios/new/", form)

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="12345"' in page
    assert "Line 2: 2026-13-01 is no date like 2024-06-10." in page
    assert "Line 3: gift is no kind; write split or dividend." in page
    assert "Line 4: the value of a dividend must be a number above 0, not x." in page
    assert "2026-10-01,split,2:1" in page
    assert not PortfolioRun.objects.exists()


def test_form_with_foreign_series_is_refused(client: Client, user: User, other_user: User) -> None:
    form = form_of(client, [make_series(user), make_series(other_user, symbol="TLT")])

    assert client.post("/backtests/portfolios/new/", form).status_code == 422
    assert not PortfolioRun.objects.exists()


@pytest.mark.parametrize(
    ("button", "left"),
    [
        ({"add_member": "1"}, ["SPY", "TLT", ""]),
        ({"remove_member": "0"}, ["TLT"]),
        ({"remove_member": "9"}, ["SPY", "TLT"]),
    ],
)
def test_form_adds_and_removes_instruments_without_losing_the_others(
    client: Client, user: User, button: dict[str, str], left: list[str]
) -> None:
    series = make_members(user, "SPY", "TLT")
    form = form_of(client, series, **{"m1-weight_pct": "40"}, **button)

    response = client.post(
        "/backtests/portfolios/new/", form, headers={"HX-Request": "true", "HX-Target": "members"}
    )

    page = response.content.decode()
    chosen = [text.split("</select>")[0] for text in page.split("<select")[1:]]
    selects = [text for text in chosen if "-series" in text.split(">")[0]]
    symbols = [
        next((s.symbol for s in series if f'value="{s.pk}" selected' in text), "")
        for text in selects
    ]
    assert response.status_code == 200
    assert page.lstrip().startswith("<section")
    assert symbols == left
    assert ('value="40"' in page) == ("TLT" in left)


def test_form_shows_the_parameters_of_the_chosen_strategy(client: Client, user: User) -> None:
    form = form_of(client, make_members(user, "SPY"), strategy="pairs", change_strategy="1")

    response = client.post(
        "/backtests/portfolios/new/",
        form,
        headers={"HX-Request": "true", "HX-Target": "strategy-params"},
    )

    assert b'name="param_hedge_ratio"' in response.content


def test_clone_fills_the_form(client: Client, user: User) -> None:
    spy, tlt = make_members(user, "SPY", "TLT")
    actions = [{"date": "2026-10-01", "kind": "split", "value": 2.0}]
    members = [
        {"series": spy, "weight": 0.6, "max_weight": 0.8},
        {"series": tlt, "weight": 0.25, "actions": actions, "adjustment": "none"},
    ]
    run = make_portfolio(user, members=members, strategy="fixed_weights")

    page = client.get(run.clone_url).content.decode()

    assert 'name="commission_pct" value="0.1"' in page
    assert 'name="m0-weight_pct" value="60.0"' in page
    assert 'name="m0-max_weight_pct" value="80.0"' in page
    assert "2026-10-01,split,2" in page
    assert f'<option value="{tlt.pk}" selected' in page


@pytest.mark.parametrize("chart", CHARTS)
def test_chart_has_columns_of_equal_length(client: Client, done: PortfolioRun, chart: str) -> None:
    data = client.get(reverse(f"backtests:portfolio_{chart}", args=[done.pk])).json()

    x = data.get("time") or data.get("categories") or data["rows"]
    columns = data["values"] if "rows" in data else [s["values"] for s in data["series"]]
    assert x
    if "rows" in data:
        assert [len(line) for line in columns] == [len(data["columns"])] * len(x)
    else:
        assert [len(column) for column in columns] == [len(x)] * len(columns)


def test_weights_chart_piles_what_is_told(client: Client, done: PortfolioRun) -> None:
    data = client.get(reverse("backtests:portfolio_weights", args=[done.pk])).json()

    drawn = np.array([series["values"] for series in data["series"]])
    told = np.array([series["told"] for series in data["series"]])
    assert drawn[1] == pytest.approx(told.sum(axis=0), abs=2e-5)
    assert data["bands"] == [{"upper": 1, "lower": 0, "color": "s3", "alpha": 0.4}]


def test_contribution_chart_shows_zero(client: Client, done: PortfolioRun) -> None:
    data = client.get(reverse("backtests:portfolio_contribution", args=[done.pk])).json()

    low, high = data["y_range"]
    assert low < 0.0 < high


def test_exports_have_every_time_trade_and_fill(client: Client, done: PortfolioRun) -> None:
    def rows(name: str) -> list[list[str]]:
        response = client.get(reverse(f"backtests:portfolio_{name}_csv", args=[done.pk]))
        return list(csv.reader(io.StringIO(response.content.decode())))

    assert len(rows("equity")) == 1 + done.n_bars
    assert rows("equity")[0] == ["time", "equity", "cash", "benchmark", "weight_SPY", "weight_TLT"]
    assert len(rows("trades")) == 1 + done.n_trades
    assert len(rows("fills")) == 1 + done.assumptions["n_fills"]
    document = client.get(reverse("backtests:portfolio_result", args=[done.pk])).json()
    assert document["fingerprint"] == done.fingerprint


@pytest.mark.parametrize("sort", ["-exit_bar", "pnl", "-return", "nonsense"])
def test_trades_sort_in_a_part_of_the_page(client: Client, done: PortfolioRun, sort: str) -> None:
    response = client.get(
        f"{done.get_absolute_url()}?sort={sort}",
        headers={"HX-Request": "true", "HX-Target": "trades"},
    )

    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="trades">')


def test_every_address_of_a_portfolio_is_hidden_from_others(
    done: PortfolioRun, other_user: User
) -> None:
    stranger = Client()
    stranger.force_login(other_user)
    names = ["detail", "result", *CHARTS, *(f"{table}_csv" for table in TABLES)]
    pages = [reverse(f"backtests:portfolio_{name}", args=[done.pk]) for name in names]
    pages += [done.clone_url]
    api = f"/api/v1/portfolio-backtests/{done.pk}"

    gets = [
        stranger.get(path).status_code
        for path in (*pages, f"{api}/", f"{api}/trades/", f"{api}/curve/")
    ]
    posts = [
        stranger.post(path).status_code
        for path in (
            f"/backtests/portfolios/{done.pk}/delete/", f"/jobs/portfoliorun/{done.pk}/cancel/",
            f"/jobs/portfoliorun/{done.pk}/retry/", f"{api}/cancel/", f"{api}/retry/",
        )
    ]  # fmt: skip

    assert set(gets + posts) == {404}
    assert stranger.delete(f"{api}/").status_code == 404


def test_pages_stay_within_fifteen_queries_however_many_rows(
    client: Client, user: User, django_assert_max_num_queries: object
) -> None:
    series = make_members(user, "SPY", "TLT")
    for _ in range(3):
        done = finished(make_portfolio(user, series=series))

    for path in (
        "/backtests/portfolios/",
        "/backtests/portfolios/new/",
        done.get_absolute_url(),
        "/backtests/portfolios/strategies/pairs/",
    ):
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            assert client.get(path).status_code == 200


def test_sample_button_leads_to_its_run(client: Client, user: User) -> None:
    response = client.post("/backtests/portfolios/strategies/equal_weight/samples/")

    assert response.headers["Location"] == PortfolioRun.objects.get().get_absolute_url()


def test_again_runs_the_same_on_the_prices_as_they_are_now(
    client: Client, user: User, done: PortfolioRun
) -> None:
    response = client.post("/backtests/portfolios/new/", {"again": done.pk})
    jobs.run_next()

    again = PortfolioRun.objects.latest("pk")
    assert response.headers["Location"] == again.get_absolute_url()
    assert again.pk != done.pk
    assert again.fingerprint == done.fingerprint


def test_again_without_its_data_says_so(client: Client, done: PortfolioRun) -> None:
    done.members.filter(symbol="TLT").update(series=None)

    page = client.post("/backtests/portfolios/new/", {"again": done.pk}, follow=True)

    assert "The data of TLT was deleted." in page.content.decode()
    assert PortfolioRun.objects.count() == 1


def test_again_of_anothers_run_is_not_found(done: PortfolioRun, other_user: User) -> None:
    stranger = Client()
    stranger.force_login(other_user)

    response = stranger.post("/backtests/portfolios/new/", {"again": done.pk})

    assert response.status_code == 404


def test_pairs_show_the_lines_they_decide_by(client: Client, user: User) -> None:
    run = finished(make_portfolio(user, strategy="pairs", params={"window": 20, "entry": 1.5}))

    page = client.get(run.get_absolute_url()).content.decode()
    charts = [
        client.get(reverse("backtests:portfolio_indicator", args=[run.pk, n])) for n in range(3)
    ]

    assert "Z-score" in page
    assert [chart.status_code for chart in charts] == [200, 200, 404]
    z = charts[0].json()["series"][0]["values"]
    assert z[:19] == [None] * 19
    assert z[19] is not None


def test_wanted_weight_is_that_of_the_latest_decision(user: User) -> None:
    run = finished(make_portfolio(user, params={"rebalance": "monthly", "invested": 0.8}))

    assert [row["wanted_weight"] for row in run.assumptions["instruments"]] == [0.4, 0.4]
    assert run.assumptions["decided_at"][:7] == "2026-11"  # the first close of the latest month


def test_shorter_history_is_told(user: User) -> None:
    series = [make_series(user), make_series(user, symbol="TLT", n_days=60)]

    run = finished(make_portfolio(user, series=series))

    first = load_bars(series[1]).ts_ns[0]
    day = np.datetime64(int(first), "ns").astype("datetime64[D]")
    assert f"TLT has no price before {day}." in run.assumptions["sentences"]


def test_palette_finds_ones_own_portfolios_by_name(
    client: Client, done: PortfolioRun, other_user: User
) -> None:
    make_portfolio(other_user)

    page = client.get("/search/?q=equal weight").content.decode()

    assert page.count("Portfolio backtest") == 1
    assert done.get_absolute_url() in page


@pytest.fixture
def listed(user: User) -> list[PortfolioRun]:
    """Three portfolio runs that differ in all that the list can be narrowed down by."""
    common = {"owner": user, "strategy_version": "1"}
    return [
        PortfolioRun.objects.create(
            **common, request_key=uuid.uuid4(), requested_at=NOW - timedelta(days=days),
            strategy=strategy, status=status, name=strategy, metrics={"return_total": earned},
        )
        for days, strategy, status, earned in (
            (0, "equal_weight", "SUCCEEDED", 0.02), (3, "pairs", "SUCCEEDED", 0.1),
            (9, "pairs", "FAILED", None),
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2]),
        ("?strategy=pairs", [1, 2]),
        ("?status=FAILED", [2]),
        ("?since=2026-11-15", [0, 1]),
        ("?sort=-return", [1, 0, 2]),
        ("?sort=return", [0, 1, 2]),
        ("?strategy=unknown", [0, 1, 2]),
    ],
)
def test_list_narrows_and_sorts(
    client: Client, listed: list[PortfolioRun], query: str, expected: list[int]
) -> None:
    page = client.get(f"/backtests/portfolios/{query}").content.decode()

    shown = [int(n) for n in re.findall(r'name="run"\s+value="(\d+)"', page)]
    assert shown == [listed[i].pk for i in expected]


def test_list_deletes_those_chosen(
    client: Client, listed: list[PortfolioRun], other_user: User
) -> None:
    numbers = [listed[0].pk, listed[2].pk]
    stranger = Client()
    stranger.force_login(other_user)

    refused = stranger.post("/backtests/portfolios/delete/", {"run": numbers})
    answer = client.post(
        "/backtests/portfolios/delete/", {"run": numbers, "back": "strategy=pairs"}
    )

    assert refused.status_code == 404
    assert answer["Location"] == "/backtests/portfolios/?strategy=pairs"
    assert list(PortfolioRun.objects.values_list("pk", flat=True)) == [listed[1].pk]
