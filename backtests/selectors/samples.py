"""What a strategy does on made-up prices: shown before a first run of one's own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import numpy as np

from backtests.engine import get_strategy, run
from backtests.engine.curves import held_curve, thin
from backtests.engine.strategy import StrategyFault
from backtests.engine.terms import TermOptions
from backtests.selectors.summary import Stat, stats_of
from market.engine import Bars
from market.engine.timeframes import SECOND_NS
from market.vendors.simulated import SimulatedVendor

SYMBOL, TIMEFRAME = "SPY", "1d"
STARTS_AT, ENDS_AT = datetime(2022, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
CASH = 10_000.0
TERMS: TermOptions = {"commission": 0.0005, "slippage": 0.0002}
POINTS = 400


@dataclass(frozen=True)
class SampleRun:
    """A run on simulated prices with the default parameters.

    Parameters
    ----------
    data_label : str
    time : list of int, seconds UTC
    equity, held : list of float, account currency
        Of the strategy, and of the instrument held from where the strategy can decide.
    metrics : dict of str to float
    n_trades : int
    fault : str
        Why there is no result; empty if there is one.
    """

    data_label: str
    time: list[int]
    equity: list[float]
    held: list[float]
    metrics: dict[str, float]
    n_trades: int
    fault: str = ""

    @property
    def stats(self) -> list[Stat]:
        """The few figures worth showing, written out."""
        return stats_of(self.metrics, ("return_total", "sharpe", "max_drawdown", "n_trades"))

    @property
    def chart(self) -> dict[str, Any]:
        """The line chart."""
        if self.fault:
            return {"empty": self.fault}
        return {
            "time": self.time,
            "format": "money",
            "series": [
                {"name": "Strategy", "values": self.equity, "color": "s1", "style": "area"},
                {"name": "Held", "values": self.held, "color": "s2", "style": "dashed"},
            ],
        }


def sample_run(strategy_name: str) -> SampleRun:
    """Return what an installed strategy does on simulated daily bars, computed once a process.

    Raises
    ------
    UnknownStrategy
        If no strategy of this name is installed.
    """
    return _sample(strategy_name, get_strategy(strategy_name).version)


@cache
def sample_bars() -> Bars:
    """Return four years of simulated days: the same for everybody, for ever."""
    return SimulatedVendor().bars(SYMBOL, TIMEFRAME, start=STARTS_AT, end=ENDS_AT)


@lru_cache(maxsize=128)
def _sample(name: str, version: str) -> SampleRun:
    bars = sample_bars()
    label = f"{SYMBOL} {TIMEFRAME}, {STARTS_AT:%Y} to {ENDS_AT.year - 1}"
    try:
        result = run(name, bars, cash=CASH, **TERMS)
    except (StrategyFault, ValueError) as error:
        return SampleRun(label, [], [], [], {}, 0, f"{error}.")
    rows = thin(result.equity, POINTS)
    held = held_curve(bars.close, result.first_bar, CASH)
    return SampleRun(
        label,
        (bars.ts_ns[rows] // SECOND_NS).tolist(),
        np.round(result.equity[rows], 2).tolist(),
        np.round(held[rows], 2).tolist(),
        result.metrics,
        int(result.trades.size),
    )
