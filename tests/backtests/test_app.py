"""The backtests app through its doors: service, worker, page, API and command."""

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import create_api_key
from backtests.jobs import InvalidStrategyParams, NoBarsInRange
from backtests.models import BacktestRun
from backtests.services import NoSuchStrategy, create_strategy, request_run
from pulse.common import jobs
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_series

SPEC = {"strategy": "sma_cross", "params": {"fast": 10, "slow": 20}, "commission": 0.002}


def requested(owner: User, **more: object) -> BacktestRun:
    spec = {"owner": owner, "series": make_goog(owner), "now": NOW, **SPEC, **more}
    return request_run(**spec)


@pytest.fixture
def done(user: User) -> BacktestRun:
    run = requested(user)
    jobs.run_next()
    run.refresh_from_db()
    return run


def form_of(client: Client, series: int, **more: object) -> dict[str, object]:
    page = client.get("/backtests/new/").content.decode()
    key = page.split('name="request_key" value="')[1].split('"')[0]
    return {
        "request_key": key, "series": series, "strategy": "sma_cross", "initial_cash": "10000",
        "commission_pct": "0.2", "commission_fixed": "0", "slippage_bps": "0", "spread_bps": "0",
        "intrabar": "pessimistic", "sizing": "all",
        "margin_pct": "100", "side": "both", "fill": "next_open", "param_fast": "10",
        "param_slow": "20", **more,
    }  # fmt: skip


def test_run_gives_the_figure_two_libraries_agree_on(done: BacktestRun) -> None:
    # backtesting.py 0.6.6 and vectorbt 1.2.0 on GOOG, commission 0.002, whole units
    assert done.status == BacktestRun.Status.SUCCEEDED
    assert done.metrics["equity_final"] == pytest.approx(56263.51934, abs=1e-6)
    assert done.n_trades == 93


def test_command_prints_the_same_figure() -> None:
    out = io.StringIO()
    words = ["--bars", str(GOOG_CSV), "--strategy", "sma_cross", "--param", "fast=10"]
    words += ["--param", "slow=20", "--cash", "10000", "--commission", "0.002", "--json"]

    call_command("backtest", *words, stdout=out)

    document = json.loads(out.getvalue())
    assert document["metrics"]["equity_final"] == pytest.approx(56263.51934, abs=1e-6)
    assert document["n_trades"] == 93


def test_command_runs_the_period_that_the_page_runs(client: Client, user: User) -> None:
    form = form_of(
        client, make_goog(user).pk, starts_on="2006-01-01", ends_on="2006-12-31", delay="1"
    )
    client.post("/backtests/new/", form)
    jobs.run_next()
    run = BacktestRun.objects.get()
    out = io.StringIO()
    words = ["--bars", str(GOOG_CSV), "--param", "fast=10", "--param", "slow=20"]
    words += ["--starts-at", "2006-01-01", "--ends-at", "2007-01-01T00:00Z", "--delay", "1"]
    call_command("backtest", *words, "--commission", "0.002", "--json", stdout=out)

    document = json.loads(out.getvalue())
    assert document["n_bars"] == run.n_bars == 251
    assert document["fingerprint"] == run.fingerprint
    assert document["metrics"] == run.metrics


def test_command_takes_brackets() -> None:
    # backtesting.py 0.6.6: long only, stop 5 % and target 10 % from the signal's close
    out = io.StringIO()
    words = ["--bars", str(GOOG_CSV), "--param", "fast=10", "--param", "slow=20", "--json"]
    words += ["--commission", "0.002", "--side", "long", "--close-at-end"]

    call_command("backtest", *words, "--stop-loss", "0.05", "--take-profit", "0.1", stdout=out)

    document = json.loads(out.getvalue())
    assert document["metrics"]["equity_final"] == pytest.approx(32063.596604, abs=1e-6)
    assert document["n_trades"] == 47


def test_form_takes_brackets_in_per_cent(client: Client, user: User) -> None:
    form = form_of(
        client, make_goog(user).pk, side="long", close_at_end="on",
        stop_loss_pct="5", take_profit_pct="10",
    )  # fmt: skip

    client.post("/backtests/new/", form)
    jobs.run_next()

    # backtesting.py 0.6.6, the same brackets
    run = BacktestRun.objects.get()
    assert run.metrics["equity_final"] == pytest.approx(32063.596604, abs=1e-6)
    page = client.get(run.get_absolute_url())
    assert {term.label: term.text for term in page.context["terms"]}["Stop loss"] == "5%"


def test_request_run_twice_with_one_key_is_one_run(user: User) -> None:
    key = uuid.uuid4()
    first = requested(user, request_key=key)

    again = request_run(owner=user, series=first.series, now=NOW, request_key=key, **SPEC)

    assert again.pk == first.pk
    assert BacktestRun.objects.count() == 1


def test_request_run_of_unknown_strategy_is_refused(user: User) -> None:
    with pytest.raises(NoSuchStrategy):
        requested(user, strategy="nothing")


def test_request_run_with_fast_not_below_slow_names_the_field(user: User) -> None:
    with pytest.raises(InvalidStrategyParams) as refused:
        requested(user, params={"fast": 30, "slow": 20})

    assert refused.value.message_dict == {
        "fast": ["Fast must be below slow."],
        "slow": ["Slow must be above fast."],
    }


def test_request_run_without_bars_in_range_is_refused(user: User) -> None:
    with pytest.raises(NoBarsInRange):
        requested(user, starts_at=NOW - timedelta(days=2), ends_at=NOW)


def test_request_run_of_a_series_without_bars_is_refused(user: User) -> None:
    series = make_goog(user)
    series.n_rows, series.first_at, series.last_at = 0, None, None

    with pytest.raises(NoBarsInRange, match="has no bars"):
        requested(user, series=series)
    with pytest.raises(ValidationError, match="has no bars"):
        requested(user, benchmark=series)


def test_form_refused_keeps_values_and_names_the_field(client: Client, user: User) -> None:
    form = form_of(client, make_goog(user).pk, param_fast="30", initial_cash="12345")

    response = client.post("/backtests/new/", form)

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="12345"' in page
    assert 'aria-invalid="true"' in page
    assert not BacktestRun.objects.exists()


def test_form_with_reversed_dates_is_refused(client: Client, user: User) -> None:
    form = form_of(client, make_goog(user).pk, starts_on="2010-01-01", ends_on="2009-01-01")

    assert client.post("/backtests/new/", form).status_code == 422


def test_form_with_absurd_year_is_refused(client: Client, user: User) -> None:
    form = form_of(client, make_goog(user).pk, ends_on="9999-12-31")

    assert client.post("/backtests/new/", form).status_code == 422


def test_form_with_foreign_series_is_refused(client: Client, other_user: User) -> None:
    form = form_of(client, make_goog(other_user).pk)

    assert client.post("/backtests/new/", form).status_code == 422
    assert not BacktestRun.objects.exists()


def test_clone_fills_the_form(client: Client, done: BacktestRun) -> None:
    page = client.get(done.clone_url).content.decode()

    assert 'name="commission_pct" value="0.2"' in page
    assert f'<option value="{done.series_id}" selected' in page


def test_every_address_of_a_run_is_hidden_from_others(done: BacktestRun, other_user: User) -> None:
    stranger = Client()
    stranger.force_login(other_user)
    names = ("detail", "equity", "drawdown", "price")
    pages = [reverse(f"backtests:run_{name}", args=[done.pk]) for name in names]
    pages += [
        reverse(f"backtests:{n}", args=[done.pk])
        for n in ("trades_csv", "equity_csv", "result_json")
    ]
    api = f"/api/v1/backtests/{done.pk}"

    gets = [
        stranger.get(path).status_code for path in (*pages, api, f"{api}/trades", f"{api}/curve")
    ]
    posts = [
        stranger.post(path).status_code
        for path in (
            f"/backtests/{done.pk}/delete/", f"/jobs/backtestrun/{done.pk}/cancel/",
            f"/jobs/backtestrun/{done.pk}/retry/", f"{api}/cancel", f"{api}/retry",
        )
    ]  # fmt: skip

    assert set(gets + posts) == {404}


def test_exports_have_every_trade_and_bar(client: Client, done: BacktestRun) -> None:
    def rows(name: str) -> list[list[str]]:
        response = client.get(reverse(f"backtests:{name}", args=[done.pk]))
        return list(csv.reader(io.StringIO(b"".join(response).decode())))

    assert len(rows("trades_csv")) == 1 + 93
    assert len(rows("equity_csv")) == 1 + 2148
    assert client.get(reverse("backtests:result_json", args=[done.pk])).json()["n_trades"] == 93


def test_chart_of_a_run_has_at_most_two_thousand_points(client: Client, done: BacktestRun) -> None:
    chart = client.get(reverse("backtests:run_equity", args=[done.pk])).json()

    assert len(chart["time"]) <= 2000
    assert chart["series"][0]["values"][-1] == 56263.52


def test_delete_removes_row_and_files(client: Client, done: BacktestRun, settings: object) -> None:
    folder = settings.DATA_DIR / "runs" / str(done.pk)  # type: ignore[attr-defined]
    assert folder.is_dir()

    client.post(f"/backtests/{done.pk}/delete/")

    assert not folder.exists()
    assert not BacktestRun.objects.exists()


def test_api_refuses_numbers_that_are_none(user: User) -> None:
    _, secret = create_api_key(owner=user, name="n", scopes=["read", "trade"], now=NOW)
    headers = {"Authorization": f"Bearer {secret}"}
    series = make_goog(user).pk

    def answer(body: str) -> tuple[int, str]:
        response = Client().post(
            "/api/v1/backtests", body, content_type="application/json", headers=headers
        )
        return response.status_code, response.json()["error"]["code"]

    assert answer(f'{{"series": {series}, "strategy": "sma_cross", "commission": "nan"}}') == (
        400,
        "invalid",
    )
    assert answer(f'{{"series": {series}, "strategy": "sma_cross", "margin": 1e999}}')[0] == 400
    assert answer('{"series": NaN}')[0] == 400
    assert answer("[" * 10_000)[0] == 400


def test_api_read_key_cannot_run(user: User) -> None:
    _, secret = create_api_key(owner=user, name="n", scopes=["read"], now=NOW)

    response = Client().post(
        "/api/v1/backtests/", "{}", content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip

    assert response.status_code == 403


def test_pages_stay_within_fifteen_queries(
    client: Client, done: BacktestRun, django_assert_max_num_queries: object
) -> None:
    for path in (
        "/",
        "/backtests/",
        "/backtests/new/",
        done.get_absolute_url(),
        "/strategies/",
        "/data/",
    ):
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            assert client.get(path).status_code == 200


def test_run_again_gives_the_same_fingerprint_and_one_run_a_click(
    client: Client, done: BacktestRun
) -> None:
    key = str(uuid.uuid4())
    address = f"/backtests/{done.pk}/again/"

    answers = [client.post(address, {"request_key": key}) for _ in range(2)]
    jobs.run_next()

    assert {answer.status_code for answer in answers} == {302}
    again = BacktestRun.objects.exclude(pk=done.pk).get()
    assert answers[0]["Location"] == again.get_absolute_url()
    assert again.fingerprint == done.fingerprint
    assert again.metrics == done.metrics


def test_run_again_without_its_bars_says_so(client: Client, done: BacktestRun) -> None:
    BacktestRun.objects.update(series=None)

    page = client.post(f"/backtests/{done.pk}/again/", follow=True).content.decode()

    assert "The data of this run was deleted." in page
    assert BacktestRun.objects.count() == 1


def test_page_shows_the_position_that_is_still_open(client: Client, done: BacktestRun) -> None:
    page = " ".join(client.get(done.get_absolute_url()).content.decode().split())

    # the reference's 94th trade: 69 units bought at 702.24, worth 806.19 each at the last close,
    # after a commission of 0.002 * 69 * 702.24 = 96.91
    assert "One position is still open." in page
    assert "Long 69 at 702.24 since 2012-12-03, +7,075.64 at the last close." in page


def test_folded_terms_stay_folded_until_one_is_changed(client: Client) -> None:
    page = client.get("/backtests/new/").content.decode()

    assert '<details class="disc" open>' not in page


def test_form_of_own_rules_says_what_gives_way(client: Client, user: User) -> None:
    rules = {"enter_long": {"compare": "above", "left": {"price": "close"}, "right": 1}}
    saved = create_strategy(owner=user, document=rules, name="Mine", now=NOW)

    page = client.get(f"/backtests/new/?strategy=saved-{saved.pk}").content.decode()

    assert "All cash gives way to a size in the rules." in page
    assert page.count("Gives way to one in the rules.") == 3


def test_page_names_benchmark(client: Client, user: User) -> None:
    series = make_series(user)
    run = requested(user, series=series, benchmark=make_series(user, symbol="QQQ"))
    jobs.run_next()

    page = client.get(run.get_absolute_url()).content.decode()

    assert "Against QQQ, 1d, simulated" in page
    assert "<dt>Benchmark</dt>" in page
