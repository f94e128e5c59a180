"""Random strategies, bars and terms, for tests that hold two engines against each other."""

from dataclasses import dataclass

import numpy as np

from backtests.engine import Bars, Signals, Sizing, Strategy
from tests.backtests.engine.data import DAY_NS, random_bars

PARTS = 4
NEAREST_LEVEL = 0.002  # as fractions of the signal's close
FARTHEST_ENTRY = 0.012
ENTRIES = ("market", "limit", "stop", "stop_limit", "mixed")


class Given(Strategy):
    """A strategy that returns the signals it was given."""

    name, label = "given", "Given"

    def __init__(self, signals):
        self.given = signals

    def signals(self, bars, params):
        """Return them."""
        return self.given


@dataclass(frozen=True)
class Case:
    """One random backtest: keywords of a run."""

    bars: Bars
    signals: Signals
    detail: Bars | None
    terms: dict

    def run_by(self, engine):
        """Return the result of an engine with the signature of `run`."""
        return engine(Given(self.signals), self.bars, detail=self.detail, **self.terms)


def random_case(seed):
    """Return the case of a seed."""
    rng = np.random.default_rng(seed)
    n_bars, volatility = int(rng.integers(50, 120)), float(rng.uniform(0.005, 0.04))
    bars, detail = random_bars(seed, n_bars, volatility), None
    if rng.random() < 0.1:
        bars, detail = whole_and_parts(seed, n_bars, volatility)
    signals, terms = random_signals(rng, bars), random_terms(rng)
    return Case(bars, signals, detail, terms)


def whole_and_parts(seed, n_bars, volatility):
    """Return bars and the shorter ones they are made of."""
    fine = random_bars(seed, n_bars * PARTS, volatility / 2)
    stamps = np.arange(1, len(fine) + 1) * (DAY_NS // PARTS)
    fine = Bars(stamps, fine.open, fine.high, fine.low, fine.close, fine.volume)
    opened, high, low, close, volume = (
        getattr(fine, name).reshape(n_bars, PARTS)
        for name in ("open", "high", "low", "close", "volume")
    )
    ends = stamps.reshape(n_bars, PARTS)[:, -1]
    columns = (opened[:, 0], high.max(1), low.min(1), close[:, -1], volume.sum(1))
    return Bars(ends.copy(), *(column.copy() for column in columns)), fine


def random_signals(rng, bars):
    """Return entries of one kind of order or a mixture, some with exits of their own."""
    size, kind = len(bars), ENTRIES[rng.integers(len(ENTRIES))]
    rates = rng.uniform(0.05, 0.3, 4)
    flags = [rng.random(size) < rate for rate in rates]
    buys = np.where(flags[0] & ~flags[2], 1.0, -1.0)
    near, far = (rng.uniform(0.0, n * FARTHEST_ENTRY, size) for n in (1, 2))
    limit = stop = None
    if kind in {"limit", "mixed"}:
        limit = bars.close * (1.0 - buys * near)
    if kind in {"stop", "stop_limit", "mixed"}:
        stop = bars.close * (1.0 + buys * near)
    if kind == "stop_limit":
        limit = stop * (1.0 + buys * (far - FARTHEST_ENTRY))
    if kind == "mixed":
        limit = with_gaps(rng, limit)
        stop = with_gaps(rng, stop)
    prices = dict(limit_price=limit, stop_price=stop, **random_levels(rng, bars, buys))
    if rng.random() < 0.15:
        prices["weight"] = with_gaps(rng, rng.uniform(0.1, 1.2, size))
    return Signals(*flags, valid_bars=int(rng.integers(1, 5)), **prices)


def with_gaps(rng, values):
    """Return the values with about half of them missing."""
    return np.where(rng.random(values.size) < 0.5, np.nan, values)


def random_levels(rng, bars, buys):
    """Return some of stop, target and trailing distance at each bar."""
    size, levels = len(bars), {}
    if rng.random() < 0.3:
        levels["stop"] = with_gaps(
            rng, bars.close * (1.0 - buys * rng.uniform(NEAREST_LEVEL, 0.06, size))
        )
    if rng.random() < 0.3:
        levels["target"] = with_gaps(
            rng, bars.close * (1.0 + buys * rng.uniform(NEAREST_LEVEL, 0.08, size))
        )
    if rng.random() < 0.2:
        levels["trail"] = with_gaps(rng, bars.close * rng.uniform(NEAREST_LEVEL, 0.06, size))
    return levels


def random_terms(rng):
    """Return keywords of a run, each cost in about a third of the cases."""

    def sometimes(value, otherwise=0.0, rate=0.3):
        return value if rng.random() < rate else otherwise

    margin = float(rng.choice([1.0, 1.0, 0.5, 0.2]))
    return {
        "cash": float(rng.choice([1_000.0, 10_000.0, 1_234_567.8])),
        "side": str(rng.choice(["both", "both", "long", "short"])),
        "commission": sometimes(0.002),
        "commission_fixed": sometimes(1.5, rate=0.2),
        "commission_per_unit": sometimes(0.01, rate=0.2),
        "commission_min": sometimes(5.0, rate=0.2),
        "commission_tiers": sometimes([(0.0, 0.003), (50_000.0, 0.001)], (), rate=0.2),
        "slippage": sometimes(0.0005),
        "slippage_impact": sometimes(0.05, rate=0.2),
        "volume_limit": sometimes(0.01, rate=0.2),
        "spread": sometimes(0.001),
        "borrow_rate": sometimes(0.05),
        "financing_rate": sometimes(0.08),
        "fractional": bool(rng.random() < 0.3),
        "margin": margin,
        "maintenance": sometimes(margin * 0.6, rate=0.5),
        "fill": str(rng.choice(["next_open", "next_open", "close"])),
        "intrabar": str(rng.choice(["pessimistic", "optimistic", "ohlc"])),
        "delay": int(sometimes(1, 0, rate=0.1)),
        "close_at_end": bool(rng.random() < 0.3),
        "stop_loss": sometimes(float(rng.uniform(NEAREST_LEVEL, 0.05)), None),
        "take_profit": sometimes(float(rng.uniform(NEAREST_LEVEL, 0.08)), None),
        "trail": sometimes(float(rng.uniform(NEAREST_LEVEL, 0.05)), None),
        "sizing": random_sizing(rng),
    }


def random_sizing(rng):
    """Return one of the ways to size an entry, all cash in half of the cases."""
    choices = (
        Sizing.units(7.0),
        Sizing.cash(900.0),
        Sizing.equity(0.6),
        Sizing.volatility(0.2, window=10, cap=1.5),
        Sizing.kelly(0.5, min_trades=3),
    )
    return choices[rng.integers(len(choices))] if rng.random() < 0.5 else Sizing()
