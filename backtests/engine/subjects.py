"""What is simulated: a strategy found, and its signals checked."""

from backtests.engine.registry import get_strategy
from backtests.engine.signals import Signals
from backtests.engine.strategy import InvalidParams, Params, Strategy, StrategyFault
from market.engine import Bars


def strategy_of(strategy: str | Strategy | type[Strategy]) -> Strategy:
    """Return the strategy itself: looked up by name, or made from its class."""
    if isinstance(strategy, str):
        return get_strategy(strategy)
    return strategy() if isinstance(strategy, type) else strategy


def signals_of(strategy: Strategy, bars: Bars, params: Params) -> Signals:
    """Return the strategy's signals.

    Raises
    ------
    StrategyFault
        If the strategy raises, or what it returns are not signals for these bars.
    """
    try:
        signals = strategy.signals(bars, params)
    except InvalidParams:
        raise
    except Exception as error:  # a plugin may raise anything
        words = f"{strategy.label} raised {type(error).__name__}: {error}"
        raise StrategyFault(words) from error
    if not isinstance(signals, Signals):
        kind = type(signals).__name__
        raise StrategyFault(f"{strategy.label} returned {kind}, not Signals")
    if len(signals) != len(bars):
        counts = f"{len(signals):,} signals for {len(bars):,} bars"
        raise StrategyFault(f"{strategy.label} returned {counts}")
    return signals
