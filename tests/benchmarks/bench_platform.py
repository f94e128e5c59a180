"""The running product: pages idle and beside a backtest, and progress from worker to client."""

import asyncio
import json
import statistics
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import psutil
import websockets

from tests.live import EMAIL, server

N_BARS = 20_000_000
PAGES = ("/", "/backtests/", "/backtests/new/", "/data/", "/strategies/")
ROUNDS = 20


def measure(bench):
    """Start the product in the embedded mode and time it from outside."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as product:
        browser, client = product.browser(), product.api()
        pages(browser, 2)  # templates and kernels loaded
        bench.section("Pages, embedded mode, idle: target p95 100 ms")
        show(bench, pages(browser, ROUNDS))
        memory = psutil.Process(product.processes[0].pid).memory_info().rss
        words = ["--symbol", "BTC/USD", "--timeframe", "1m", "--user", EMAIL]
        product.manage("simulate_bars", *words, "--bars", str(N_BARS))
        rows = client.get("/api/v1/market-data/series/").json()["results"]
        series = next(row["id"] for row in rows if row["n_rows"] == N_BARS)
        delays, times = beside_a_run(product, client, browser, series)
        bench.section("Pages while a 20-million-bar backtest runs: target p95 250 ms")
        show(bench, times)
        bench.section("Progress from worker to WebSocket client: target p99 250 ms")
        bench.record("median", statistics.median(delays), note=f"{len(delays)} events")
        bench.record("p99", quantile(delays, 0.99))
        bench.section(f"Memory of the idle server: {memory / 2**20:,.0f} MB (target 400 MB)")


def pages(browser, rounds):
    """Return the seconds that each page took, `rounds` times over."""
    taken = []
    for _ in range(rounds):
        for path in PAGES:
            started = time.perf_counter()
            assert browser.get(path).status_code == 200
            taken.append(time.perf_counter() - started)
    return taken


def beside_a_run(product, client, browser, series):
    """Run on the long series three times; return delays of its events and times of pages."""
    delays, times, over = [], [], threading.Event()

    def look():
        while not over.is_set():
            times.extend(pages(browser, 1))

    viewer = threading.Thread(target=look)
    viewer.start()
    try:
        for _ in range(3):
            delays += asyncio.run(follow(product, client, series))
    finally:
        over.set()
        viewer.join()
    return delays, times


async def follow(product, client, series):
    """Queue a run; return for each of its events the seconds from publishing to receipt."""
    body = {"series": series, "strategy": "sma_cross", "params": {"fast": 10, "slow": 20}}
    headers = {"Authorization": client.headers["Authorization"]}
    url = product.url.replace("http", "ws") + "/ws/v1/"
    delays = []
    async with websockets.connect(url, additional_headers=headers) as socket:
        answer = await asyncio.to_thread(client.post, "/api/v1/backtests/", json=body)
        run = answer.json()["id"]
        while True:
            event = json.loads(await asyncio.wait_for(socket.recv(), 120))
            sent = datetime.fromisoformat(event["at"]).timestamp()
            delays.append(max(time.time() - sent, 0.0))
            if event["payload"]["id"] == run and not event["payload"]["is_active"]:
                return delays


def show(bench, seconds):
    """Print the median and the 95th percentile."""
    bench.record("median", statistics.median(seconds), note=f"{len(seconds)} requests")
    bench.record("p95", quantile(seconds, 0.95))


def quantile(values, share):
    """Return the value below which `share` of them lie."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
