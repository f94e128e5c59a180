"""Simulation of strategies on bars: arrays in, arrays out, no Django."""

from backtests.engine.account import Cancelled
from backtests.engine.registry import get_strategy, strategies
from backtests.engine.result import Result
from backtests.engine.signals import Signals
from backtests.engine.simulation import run
from backtests.engine.sizing import Sizing
from backtests.engine.state import ExitReason
from backtests.engine.strategy import InvalidParams, Param, Strategy
from backtests.engine.sweeping import sweep
from backtests.engine.terms import Terms
from backtests.engine.trials import DEFAULT_METRICS, Trials
from backtests.engine.warm import warm
from market.engine import Bars, read_bars

__all__ = [
    "DEFAULT_METRICS",
    "Bars",
    "Cancelled",
    "ExitReason",
    "InvalidParams",
    "Param",
    "Result",
    "Signals",
    "Sizing",
    "Strategy",
    "Terms",
    "Trials",
    "get_strategy",
    "read_bars",
    "run",
    "strategies",
    "sweep",
    "warm",
]
