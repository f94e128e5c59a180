"""Bars for the tests of the simulation."""

import json
from functools import cache
from pathlib import Path

import numpy as np
from backtesting.test import GOOG

from backtests.engine import Bars, Signals, Strategy

REFERENCE = Path(__file__).parents[2] / "reference" / "backtests"
DAY_NS = 86_400_000_000_000


@cache
def goog():
    """Return backtesting.py's GOOG.csv."""
    days = GOOG.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    columns = (GOOG[name].to_numpy(float) for name in ("Open", "High", "Low", "Close", "Volume"))
    return Bars((days + 1) * DAY_NS - 1_000_000_000, *columns)


@cache
def reference(name):
    """Return final equity and trades (float64[n, 6]) of a configuration of backtesting.py."""
    case = json.loads((REFERENCE / "goog_sma_10_20.json").read_text())[name]
    return case["equity_final"], np.array(case["trades"])


def bars_of(rows, volume=1e6):
    """Return daily bars from rows of (open, high, low, close), or of one price for all four."""
    table = np.array([row if isinstance(row, tuple) else (row,) * 4 for row in rows], dtype=float)
    ts_ns = np.arange(1, len(table) + 1) * DAY_NS
    return Bars(ts_ns, *table.T.copy(), np.full(len(table), float(volume)))


def random_bars(seed, n_bars=300, volatility=0.02):
    """Return a random walk with ranges around it; prices lie on cents."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, volatility, n_bars)))
    opened = np.concatenate(([100.0], close[:-1])) * np.exp(rng.normal(0, volatility / 3, n_bars))
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0, volatility / 2, n_bars)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0, volatility / 2, n_bars)))
    prices = (np.round(p, 2) for p in (opened, high, low, close))
    ts_ns = np.arange(1, n_bars + 1) * DAY_NS
    return Bars(ts_ns, *prices, rng.integers(1_000, 100_000, n_bars).astype(float))


class Scripted(Strategy):
    """A strategy that says what the test tells it, at the bars the test names."""

    name, label = "scripted", "Scripted"

    def __init__(self, n_bars, **arrays):
        """Take bar numbers for the flags, and the rest of `Signals` as it is."""
        self.flags = {
            name: np.isin(np.arange(n_bars), arrays.pop(name, []))
            for name in ("entry_long", "exit_long", "entry_short", "exit_short")
        }
        self.extras = arrays

    def signals(self, bars, params):
        """Return the script."""
        return Signals(**self.flags, **self.extras)
