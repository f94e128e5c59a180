"""A chain of 4,000 contracts: forwards, volatilities, Greeks, exposure, flip and surface."""

import numpy as np

from greeks.engine.chain import analyse_chain, make_quotes
from greeks.engine.european import price
from greeks.engine.exposure import exposure, gamma_profile, zero_gamma
from greeks.engine.surface import fit_surface

DAYS = (1, 2, 3, 4, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 270, 365, 500, 600, 700, 730)
SPOT, RATE, YIELD = 100.0, 0.04, 0.02


def measure(bench):
    quotes, open_interest = _chain()
    analysis = analyse_chain(quotes, spot=SPOT, rate=RATE)
    columns = (quotes.kind, quotes.strike, quotes.years, analysis.vol, open_interest)
    market = {"spot": SPOT, "rate": RATE, "dividend_yield": YIELD}

    def whole_page():
        found = analyse_chain(quotes, spot=SPOT, rate=RATE)
        book = (quotes.kind, quotes.strike, quotes.years, found.vol, open_interest)
        exposure(*book, **market)
        zero_gamma(*book, **market)

    n = quotes.kind.size
    bench.section(f"{n:,} contracts, 20 expiries")
    bench.time("chain, exposure and flip", whole_page, items=n, unit="contracts", note="<= 60 ms")
    bench.time("chain", lambda: analyse_chain(quotes, spot=SPOT, rate=RATE), items=n)
    bench.time("exposure", lambda: exposure(*columns, **market), items=n)
    bench.time("zero gamma", lambda: zero_gamma(*columns, **market), items=n)
    bench.time("gamma profile", lambda: gamma_profile(*columns, **market), items=n)
    bench.section("surface of that chain")
    bench.time("SSVI", lambda: fit_surface(analysis.smile, model="ssvi"), items=20)
    bench.time("SVI, expiry by expiry", lambda: fit_surface(analysis.smile), items=20)


def _chain():
    years = np.repeat(np.array(DAYS) / 365.0, 200)
    strike = np.tile(np.repeat(np.linspace(60.0, 140.0, 100), 2), len(DAYS))
    kind = np.tile([1.0, -1.0], strike.size // 2)
    k = np.log(strike / (SPOT * np.exp((RATE - YIELD) * years)))
    mid = price(kind, SPOT, strike, years, RATE, YIELD, 0.2 - 0.1 * k + 0.2 * k * k)
    half = np.maximum(0.01, 0.01 * mid)
    bid = np.maximum(np.floor((mid - half) * 100.0) / 100.0, 0.0)
    ask = np.ceil((mid + half) * 100.0) / 100.0
    open_interest = np.random.default_rng(1).integers(0, 5000, strike.size).astype(float)
    return make_quotes(kind, strike, years, bid, ask), open_interest
