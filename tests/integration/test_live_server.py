"""The product as real processes: jobs, progress, sockets, streams and faults."""

import asyncio
import json
import signal
import statistics
import time
import uuid
from typing import Any

import httpx2
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from tests.live import EMAIL, Server, token_of, wait_for

N_BARS = 20_000_000


def series_called(client: httpx2.Client, symbol: str, timeframe: str) -> int:
    """Return the number of the demo user's series."""
    rows = client.get("/api/v1/market-data/series/").json()["results"]
    return next(r["id"] for r in rows if (r["symbol"], r["timeframe"]) == (symbol, timeframe))


def request_run(client: httpx2.Client, series: int, **more: Any) -> dict[str, Any]:
    body = {"series": series, "strategy": "sma_cross", "params": {"fast": 10, "slow": 20}, **more}
    answer = client.post("/api/v1/backtests/", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def state_of(client: httpx2.Client, run: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/api/v1/backtests/{run['id']}/").json())


def finished(client: httpx2.Client, run: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        state = state_of(client, run)
        return state if state["status"] not in ("QUEUED", "RUNNING") else None

    return dict(wait_for(ended, seconds, "the run ended"))


@pytest.fixture(scope="session")
def long_series(product: Server) -> int:
    product.manage(
        "simulate_bars", "--symbol", "BTC/USD", "--timeframe", "1m", "--user", EMAIL,
        "--bars", str(N_BARS),
    )  # fmt: skip
    return series_called(product.api(), "BTC/USD", "1m")


def test_api_run_goes_all_the_way_through(live: Server) -> None:
    client = live.api()

    run = finished(client, request_run(client, series_called(client, "SPY", "1d")))

    assert run["status"] == "SUCCEEDED"
    assert run["n_bars"] > 2000
    curve = client.get(f"/api/v1/backtests/{run['id']}/curve").json()
    assert curve["equity"][-1] == round(run["metrics"]["equity_final"], 2)


def test_api_same_run_twice_has_same_fingerprint_and_numbers(live: Server) -> None:
    client = live.api()
    series = series_called(client, "AAPL", "1d")

    first = finished(client, request_run(client, series))
    second = finished(client, request_run(client, series))

    assert first["fingerprint"] == second["fingerprint"]
    assert first["metrics"] == second["metrics"]


def test_api_idempotency_key_makes_one_run(live: Server) -> None:
    client = live.api()
    series = series_called(client, "SPY", "1d")
    body = {"series": series, "strategy": "sma_cross", "params": {"fast": 5, "slow": 9}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}

    first = client.post("/api/v1/backtests", json=body, headers=headers)
    again = client.post("/api/v1/backtests", json=body, headers=headers)
    other = client.post("/api/v1/backtests", json={**body, "params": {}}, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_mismatch"


def test_double_click_on_run_makes_one_job(live: Server) -> None:
    browser = live.browser()
    page = browser.get("/backtests/new/").text
    key = page.split('name="request_key" value="')[1].split('"')[0]
    form = {
        "csrfmiddlewaretoken": token_of(page), "request_key": key, "strategy": "sma_cross",
        "series": series_called(live.api(), "SPY", "1d"), "initial_cash": "10000",
        "commission_pct": "0.1", "commission_fixed": "0", "slippage_bps": "0", "spread_bps": "0",
        "intrabar": "pessimistic", "sizing": "all",
        "margin_pct": "100", "side": "both", "fill": "next_open",
        "param_fast": "10", "param_slow": "20",
    }  # fmt: skip

    answers = [browser.post("/backtests/new/", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["location"] == answers[1].headers["location"]


def test_long_run_tells_progress_within_a_quarter_second(live: Server, long_series: int) -> None:
    """Progress reaches a socket client while the work goes on, and pages stay quick meanwhile."""
    client = live.api()

    events, latencies = asyncio.run(follow(live, client, long_series))

    fractions = [event["payload"]["progress"] for event in events]
    assert len({f for f in fractions if 0 < f < 1}) >= 2
    assert fractions == sorted(fractions)
    assert events[-1]["payload"]["status"] == "SUCCEEDED"
    assert statistics.quantiles(latencies, n=20)[-1] < 2.0  # loose: the bench tells the figure


async def follow(
    live: Server, client: httpx2.Client, series: int
) -> tuple[list[dict[str, Any]], list[float]]:
    """Run on the long series; return its events and the times of health checks meanwhile."""
    url = live.url.replace("http", "ws") + "/ws/v1/"
    headers = {"Authorization": client.headers["Authorization"]}
    events: list[dict[str, Any]] = []
    latencies: list[float] = []
    async with websockets.connect(url, additional_headers=headers) as socket:
        run = await asyncio.to_thread(request_run, client, series)
        channel = f"job:backtestrun:{run['id']}"
        await socket.send(json.dumps({"type": "subscribe", "channel": channel}))
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            message = json.loads(await asyncio.wait_for(socket.recv(), 60))
            if message["type"] == "event" and message["payload"]["id"] == run["id"]:
                events.append(message)
                started = time.perf_counter()
                await asyncio.to_thread(client.get, "/health/")
                latencies.append(time.perf_counter() - started)
                if not message["payload"]["is_active"]:
                    break
    return events, latencies


def test_long_run_can_be_cancelled(live: Server, long_series: int) -> None:
    client = live.api()
    run = request_run(client, long_series)
    wait_for(lambda: state_of(client, run)["status"] == "RUNNING", 30, "the run started")

    answer = client.post(f"/api/v1/backtests/{run['id']}/cancel/")

    assert answer.status_code == 200
    assert finished(client, run)["status"] == "CANCELLED"


def test_cancel_of_ended_run_is_refused_with_code(live: Server) -> None:
    client = live.api()
    run = finished(client, request_run(client, series_called(client, "SPY", "1d")))

    answer = client.post(f"/api/v1/backtests/{run['id']}/cancel/")

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "job_is_over"
    assert answer.json()["error"]["request_id"] == answer.headers["X-Request-ID"]


def test_event_stream_resumes_after_last_event_id(live: Server) -> None:
    client = live.api()
    run = finished(client, request_run(client, series_called(client, "SPY", "1d")))

    with client.stream("GET", "/api/v1/events/stream", headers={"Last-Event-ID": "0"}) as answer:
        kinds = []
        for line in answer.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line.removeprefix("data: "))
                if event["payload"]["id"] == run["id"]:
                    kinds.append(event["payload"]["status"])
                    if kinds[-1] == "SUCCEEDED":
                        break

    assert kinds == ["QUEUED", "RUNNING", "SUCCEEDED"]


def test_socket_without_sign_in_is_refused(live: Server) -> None:
    async def knock(headers: dict[str, str]) -> None:
        url = live.url.replace("http", "ws") + "/ws/v1/"
        async with websockets.connect(url, additional_headers=headers):
            pass

    for headers in ({}, {"Origin": live.url}, {"Authorization": "Bearer pe_wrong"}):
        with pytest.raises(InvalidStatus):
            asyncio.run(knock(headers))


def test_socket_subscription_to_foreign_job_is_refused(live: Server) -> None:
    async def ask() -> dict[str, Any]:
        headers = {"Authorization": live.api().headers["Authorization"]}
        url = live.url.replace("http", "ws") + "/ws/v1/"
        async with websockets.connect(url, additional_headers=headers) as socket:
            channel = "job:backtestrun:999999"
            await socket.send(json.dumps({"type": "subscribe", "channel": channel}))
            return dict(json.loads(await socket.recv()))

    assert asyncio.run(ask())["error"]["code"] == "not_found"


def test_killed_server_runs_the_job_again_at_its_next_start(live: Server, long_series: int) -> None:
    client = live.api()
    run = request_run(client, long_series)
    wait_for(lambda: state_of(client, run)["progress"] > 0.05, 60, "the run was under way")

    live.stop(signal.SIGKILL)
    live.start()

    assert finished(client, run, 120)["status"] == "SUCCEEDED"
