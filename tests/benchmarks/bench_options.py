"""Option pages on an uploaded chain of 4,000 contracts, and the first call of a fresh process."""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from greeks.engine.clock import CalendarClock, expiry_of, listed_expiry_days
from greeks.engine.european import price
from pulse.common.time import to_ns
from tests.live import ROOT, server

SPOT, RATE, YIELD = 6550.0, 0.04, 0.013
N_EXPIRIES, STRIKES = 20, np.arange(5560.0, 7560.0, 20.0)
N_CHAINS = 5
AS_OF = datetime(2026, 11, 20, 18, tzinfo=UTC)
PAGES = ("/options/chain/", "/options/exposure/", "/options/strategy/")
HTMX = {"HX-Request": "true", "HX-Target": "quotes"}
FIRST_CALL = """
import time; started = time.perf_counter()
from greeks.engine import price, greeks
greeks("call", 100.0, [95.0, 100.0], 0.5, 0.04, 0.01, 0.2)
print(time.perf_counter() - started)
"""


def measure(bench):
    """Start the product in the embedded mode, upload chains, and time it from outside."""
    bench.section("first price and Greeks of a fresh process: target 700 ms")
    bench.record("import and call", statistics.median(_first_calls()), note="median of 5")
    file = _file()
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as product:
        browser, client = product.browser(), product.api()
        chains = [_stored(client, file, AS_OF + timedelta(minutes=n)) for n in range(N_CHAINS)]
        _seconds(browser, PAGES[0], {"symbol": "SPY"})  # templates loaded
        n = N_EXPIRIES * STRIKES.size * 2
        bench.section(f"pages of {n:,} contracts, 20 expiries: target 150 ms")
        for page in PAGES:
            first = [_seconds(browser, page, {"symbol": f"SPX@{chain}"}) for chain in chains]
            again = [_seconds(browser, page, {"symbol": f"SPX@{chain}"}) for chain in chains]
            bench.record(f"{page}, first look", statistics.median(first))
            bench.record(f"{page}, again", statistics.median(again))
        bench.section("quotes refreshed in place: target 50 ms")
        query = {"symbol": f"SPX@{chains[0]}", "seen": "before"}
        taken = [_seconds(browser, PAGES[0], query, HTMX) for _ in range(N_CHAINS)]
        bench.record("body of the table", statistics.median(taken))


def _first_calls():
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", FIRST_CALL], cwd=ROOT, capture_output=True, text=True, check=True
        )
        yield float(done.stdout)


def _seconds(browser, page, query, headers=None):
    started = time.perf_counter()
    answer = browser.get(page, params=query, headers=headers)
    taken = time.perf_counter() - started
    assert answer.status_code == 200, answer.status_code
    return taken


def _stored(client, file, as_of):
    data = {"as_of": as_of.isoformat(), "spot": SPOT, "rate": RATE, "dividend_yield": YIELD}
    root = "/api/v1/market-data/chains/"
    made = client.post(root, files={"file": ("spx.csv", file, "text/csv")}, data=data)
    number = made.json()["id"]
    assert client.post(f"{root}{number}/commit/", json={}).status_code == 201
    return number


def _file():
    """Return a chain as a file: listed expiries, a leaning smile, a spread of two per cent."""
    days = listed_expiry_days(AS_OF.date() + timedelta(days=1), n_weeks=12, n_months=14)
    rows = ["contract,bid,ask,volume,open_interest"]
    rng = np.random.default_rng(1)
    for day in days[:N_EXPIRIES]:
        years = float(CalendarClock().years(to_ns(AS_OF), expiry_of(day).expires_ns).years)
        k = np.log(STRIKES / SPOT)
        for letter, kind in (("C", 1.0), ("P", -1.0)):
            worth = price(kind, SPOT, STRIKES, years, RATE, YIELD, 0.15 - 0.25 * k + 0.4 * k * k)
            bid = np.maximum(np.floor(9.9 * worth) / 10 - 0.1, 0.0)
            ask = np.ceil(10.1 * worth) / 10 + 0.1
            interest = rng.integers(1, 9_000, STRIKES.size)
            rows += [
                f"SPXW{day:%y%m%d}{letter}{int(strike) * 1000:08d},{b:.1f},{a:.1f},5,{oi}"
                for strike, b, a, oi in zip(STRIKES, bid, ask, interest, strict=True)
            ]
    return "\n".join(rows).encode()
