"""Pages of a long trade list: filters, orders, and what they read."""

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from accounts.models import Profile, User
from backtests.engine import ExitReason
from backtests.engine.artifact import TRADE_GROUP, read_trade_rows, read_trades, write_artifact
from backtests.engine.state import TRADE
from backtests.models import BacktestRun
from backtests.selectors import trade_page
from backtests.selectors.results import artifact_folder
from backtests.selectors.trades import TradeFilter
from backtests.services import request_run
from pulse.common import jobs
from tests.backtests.engine.data import goog, random_bars
from tests.factories.runs import NOW, make_goog, make_series

N_TRADES = 2 * TRADE_GROUP + 5


@pytest.fixture
def done(user: User) -> BacktestRun:
    run = request_run(
        owner=user, series=make_goog(user), now=NOW, strategy="sma_cross",
        params={"fast": 10, "slow": 20}, commission=0.002, stop_loss=0.05,
    )  # fmt: skip
    jobs.run_next()
    run.refresh_from_db()
    return run


def test_rows_of_a_long_list_are_those_asked_for(tmp_path):
    bars = random_bars(1)
    trades = np.zeros(N_TRADES, dtype=TRADE)
    trades["pnl"] = np.arange(N_TRADES)
    write_artifact(
        tmp_path / "run", bars=bars, equity=bars.close, position=bars.close, trades=trades
    )

    for rows in ([N_TRADES - 1, 0, TRADE_GROUP, 7], [TRADE_GROUP + 1], []):
        chosen = read_trade_rows(tmp_path / "run", np.array(rows, dtype=np.int64))
        assert chosen["pnl"].tolist() == rows

    assert list(read_trades(tmp_path / "run", ["pnl", "unheard_of"])) == ["pnl"]


@pytest.mark.parametrize(
    ("chosen", "keeps"),
    [
        ({}, lambda t: t["pnl"] == t["pnl"]),
        ({"side": "short"}, lambda t: t["size"] < 0),
        ({"outcome": "won"}, lambda t: t["pnl"] > 0),
        ({"reason": "stop"}, lambda t: t["exit_reason"] == ExitReason.STOP),
        ({"since": "2008-01-01"}, lambda t: t["entry_ts_ns"] >= 1_199_145_600 * 10**9),
        ({"until": "2007-12-31"}, lambda t: t["entry_ts_ns"] < 1_199_145_600 * 10**9),
        ({"side": "sideways", "since": "9999-99-99"}, lambda t: t["pnl"] == t["pnl"]),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else "",
)
def test_filter_keeps(done: BacktestRun, chosen: dict[str, str], keeps: object) -> None:
    trades = read_trades(artifact_folder(done))
    kept = keeps(trades)  # type: ignore[operator]

    page = trade_page(done, page=1, chosen=TradeFilter(**chosen))

    assert page.n_trades == np.count_nonzero(kept)
    assert page.n_trades > 0
    assert page.n_all == trades["pnl"].size


@pytest.mark.parametrize("name", ["pnl", "return", "n_bars", "mae", "entry_bar"])
def test_pages_follow_the_order(done: BacktestRun, name: str) -> None:
    pages = [trade_page(done, page=number, sort=f"-{name}") for number in (1, 2, 3)]
    values = [row[name] for page in pages for row in page.rows]

    assert values == sorted(values, reverse=True)


def test_address_keeps_filter_and_order(client: Client, done: BacktestRun) -> None:
    address = f"{done.get_absolute_url()}?sort=-pnl&side=long&since=2008-01-01"

    page = client.get(address, headers={"HX-Request": "true", "HX-Target": "trades"})

    body = page.content.decode()
    assert 'value="2008-01-01"' in body
    assert '<option value="long" selected' in body
    assert "side=long&amp;since=2008-01-01" in body


def test_result_page_and_its_charts_stay_small(client: Client, done: BacktestRun) -> None:
    names = ("", "equity", "drawdown", "price", "months", "rolling", "exposure", "excursions")
    url = done.get_absolute_url()

    sizes = {name: len(client.get(f"{url}{name}.json" if name else url).content) for name in names}

    assert max(sizes.values()) < 1_000_000


def test_price_chart_has_the_averages_of_pandas(client: Client, done: BacktestRun) -> None:
    chart = client.get(f"{done.get_absolute_url()}price.json").json()
    lines = {line["name"]: line["values"] for line in chart["overlays"]}
    window = client.get(
        f"{done.get_absolute_url()}price.json?from={chart['time'][100]}&to={chart['time'][200]}"
    ).json()
    mean = pd.Series(goog().close, goog().ts_ns // 10**9).rolling(20).mean()
    slow = dict(zip(window["time"], window["overlays"][1]["values"], strict=True))
    assert set(lines) == {"fast", "slow"}
    assert slow == pytest.approx({time: round(mean[time], 8) for time in window["time"]}, abs=1e-6)


def test_times_of_trades_are_utc_whatever_the_users_zone(client: Client, user: User) -> None:
    run = request_run(
        owner=user, series=make_series(user), now=NOW, strategy="sma_cross",
        params={"fast": 2, "slow": 5},
    )  # fmt: skip
    jobs.run_next()
    Profile.objects.update_or_create(user=user, defaults={"time_zone": "Asia/Tokyo"})
    pages = [
        client.get(run.get_absolute_url()),
        client.get(f"{run.get_absolute_url()}tearsheet.html"),
    ]

    ends = read_trades(artifact_folder(run), ["exit_ts_ns"])["exit_ts_ns"]
    latest = pd.Timestamp(ends[-1], tz="UTC").strftime("%Y-%m-%d %H:%M")
    assert latest.endswith(("20:00", "21:00"))  # the close in New York, not next morning in Tokyo
    assert latest in pages[0].content.decode()
    assert latest in b"".join(pages[1].streaming_content).decode()
