"""Indicators over a million bars against TA-Lib, bar by bar, and rules against plugins.

``python -m tests.benchmarks.run indicators``. Targets: a microsecond for a bar in the compiled
core, and rules within three times the plugin that says the same.
"""

import numpy as np
import talib

from backtests.engine import get_strategy
from backtests.engine.rules import TEMPLATES, RuleStrategy
from market.engine import Bars
from market.engine.indicators import INDICATORS
from market.engine.indicators.core import column_of

N_BARS = 1_000_000
N_STREAMED = 20_000
MINUTE_NS = 60_000_000_000

PEERS = {
    "sma": ({"window": 20}, lambda b: talib.SMA(b.close, 20)),
    "ema": ({"window": 20}, lambda b: talib.EMA(b.close, 20)),
    "rsi": ({"window": 14}, lambda b: talib.RSI(b.close, 14)),
    "macd": ({}, lambda b: talib.MACD(b.close)),
    "bollinger": ({"window": 20}, lambda b: talib.BBANDS(b.close, 20)),
    "atr": ({"window": 14}, lambda b: talib.ATR(b.high, b.low, b.close, 14)),
    "adx": ({"window": 14}, lambda b: talib.ADX(b.high, b.low, b.close, 14)),
    "donchian": ({"window": 20}, lambda b: talib.DONCHIAN(b.high, b.low, 20)),
}


def minute_bars(n_bars):
    """Return a walk on a grid of four decimals."""
    rng = np.random.default_rng(42)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, 2e-4, n_bars))), 4)
    opens = np.concatenate([close[:1], close[:-1]])
    high = np.round(np.maximum(opens, close) + rng.uniform(0.0, 0.02, n_bars), 4)
    low = np.round(np.minimum(opens, close) - rng.uniform(0.0, 0.02, n_bars), 4)
    volume = rng.integers(1, 10_000, n_bars).astype(float)
    return Bars(np.arange(1, n_bars + 1) * MINUTE_NS, opens, high, low, close, volume)


def time_streams(bench, bars):
    """Time each indicator bar by bar: one call of the compiled kernel from Python per bar."""
    bench.section(f"Bar by bar, {len(bars):,} bars, the call from Python included")
    for name, indicator in INDICATORS.items():
        columns = [column_of(bars, one) for one in indicator.inputs]
        rows = [tuple(column[i : i + 1] for column in columns) for i in range(len(bars))]
        state, out = indicator.start(*indicator.values_of()), np.empty((len(indicator.outputs), 1))

        def feed(kernel=indicator.kernel, state=state, rows=rows, out=out):
            for row in rows:
                kernel(state, row, out)

        bench.time(name, feed, items=len(rows), unit="bars", runs=3)


def measure(bench):
    """Time batch against TA-Lib, streams, and rules against plugins."""
    bars = minute_bars(N_BARS)
    for name, (values, peer) in PEERS.items():
        bench.section(f"{name}, {N_BARS:,} bars")
        indicator = INDICATORS[name]
        bench.time("ours", lambda i=indicator, v=values: i.on(bars, **v), items=N_BARS, unit="bars")
        bench.time("TA-Lib", lambda p=peer: p(bars), items=N_BARS, unit="bars")
    for plugin, template in (
        ("donchian_breakout", "turtle"),
        ("bollinger_reversion", "band_reversion"),
    ):
        bench.section(f"Signals of {plugin} and of its rules, {N_BARS:,} bars")
        strategy, rules = get_strategy(plugin), RuleStrategy(TEMPLATES[template])
        ours, theirs = strategy.resolve(), rules.resolve()
        bench.time("plugin", lambda s=strategy, p=ours: s.signals(bars, p), items=N_BARS)
        bench.time("rules", lambda s=rules, p=theirs: s.signals(bars, p), items=N_BARS)
    time_streams(bench, bars.slice(0, N_STREAMED))
