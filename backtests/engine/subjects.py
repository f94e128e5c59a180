"""What is simulated: a strategy found, and its signals checked."""

from backtests.engine.registry import get_strategy
from backtests.engine.signals import Signals
from backtests.engine.strategy import Params, Strategy
from market.engine import Bars


def strategy_of(strategy: str | Strategy | type[Strategy]) -> Strategy:
    """Return the strategy itself: looked up by name, or made from its class."""
    if isinstance(strategy, str):
        return get_strategy(strategy)
    return strategy() if isinstance(strategy, type) else strategy


def signals_of(strategy: Strategy, bars: Bars, params: Params) -> Signals:
    """Return the strategy's signals; TypeError or ValueError if they do not fit the bars."""
    signals = strategy.signals(bars, params)
    if not isinstance(signals, Signals):
        raise TypeError(f"{strategy.name} returned {type(signals).__name__}, not Signals")
    if len(signals) != len(bars):
        raise ValueError(f"{strategy.name} returned {len(signals)} signals for {len(bars)} bars")
    return signals
