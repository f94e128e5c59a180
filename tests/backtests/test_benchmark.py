"""A run measured against another instrument: curve, figures, refusals."""

import numpy as np
import pytest
from django.test import Client

from accounts.models import User
from backtests.engine import Bars, read_bars, run
from backtests.models import BacktestRun
from market.services import fetch_bars
from pulse.common import jobs
from tests.backtests.test_app import form_of
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_series

pytestmark = pytest.mark.django_db
DAY_NS = 86_400_000_000_000


def bars_of(ts_ns: np.ndarray, closes: list[float]) -> Bars:
    close = np.array(closes)
    return Bars(ts_ns, close, close, close, close, np.ones(close.size))


def test_account_that_holds_twice_the_benchmark_has_a_beta_of_two() -> None:
    rng = np.random.default_rng(3)
    moves = rng.normal(0.0, 0.01, 300)
    days = np.arange(1, 302) * DAY_NS
    own = bars_of(days, [*(100.0 * np.cumprod(np.append(1.0, 1.0 + 2.0 * moves)))])
    other = bars_of(days - 3_600_000_000_000, [*(50.0 * np.cumprod(np.append(1.0, 1.0 + moves)))])

    result = run("buy_and_hold", own, cash=1_000.0, fractional=True, fill="close", benchmark=other)

    # an hour earlier each day, so the latest close known is that of the same day
    assert result.metrics["beta"] == pytest.approx(2.0, abs=0.02)
    assert result.metrics["correlation"] == pytest.approx(1.0, abs=1e-3)
    assert result.benchmark_closes is not None
    assert result.benchmark_closes.tolist() == other.close.tolist()


def test_benchmark_that_begins_later_is_refused() -> None:
    bars = read_bars(GOOG_CSV)

    with pytest.raises(ValueError, match="begins after"):
        run("buy_and_hold", bars, cash=1_000.0, benchmark=bars.slice(10, 100))


def test_benchmark_changes_the_fingerprint_and_no_fill() -> None:
    bars = read_bars(GOOG_CSV)
    plain = run("sma_cross", bars, {"fast": 10, "slow": 20}, cash=1_000.0)

    against = run("sma_cross", bars, {"fast": 10, "slow": 20}, cash=1_000.0, benchmark=bars)

    assert against.equity.tolist() == plain.equity.tolist()
    assert against.metrics["beta"] == plain.metrics["beta"]
    assert against.fingerprint != plain.fingerprint


def test_form_and_page_draw_the_chosen_benchmark(client: Client, user: User) -> None:
    series = make_series(user, n_days=200)
    other = make_series(user, symbol="QQQ", n_days=260)
    form = form_of(client, series.pk, benchmark=str(other.pk))

    assert client.post("/backtests/new/", form).status_code == 302
    jobs.run_next()

    row = BacktestRun.objects.get()
    chart = client.get(f"/backtests/{row.pk}/equity.json").json()
    names = [line["name"] for line in chart["series"]]
    values = chart["series"][2]["values"]
    assert names == ["Strategy", "Held", str(other)]
    assert values[0] == 10_000.0
    assert row.benchmark_id == other.pk


def test_benchmark_without_bars_at_the_start_is_named_at_its_field(
    client: Client, user: User
) -> None:
    form = form_of(client, make_goog(user).pk, benchmark=str(make_series(user).pk))

    errors = client.post("/backtests/new/", form).context["form"].errors

    assert "after the run does on 2004-08-19" in " ".join(errors["benchmark"])


def test_api_refuses_the_series_of_another_user_as_a_benchmark(
    client: Client, user: User, other_user: User
) -> None:
    theirs = fetch_bars(
        owner=other_user, symbol="SPY", timeframe="1d", start=NOW.replace(year=2020), end=NOW,
        now=NOW,
    )  # fmt: skip
    body = {"series": make_series(user).pk, "strategy": "sma_cross", "benchmark": theirs.pk}

    answer = client.post("/api/v1/backtests/", body, content_type="application/json")

    assert answer.status_code == 400
    assert "benchmark" in answer.json()["error"]["details"]
