"""Which indicators share the scale of the price."""

import numpy as np
import pytest

from backtests.engine import Signals, Strategy, get_strategy
from backtests.engine.overlays import price_lines
from backtests.engine.strategy import StrategyFault
from tests.backtests.engine.data import random_bars


class Mixed(Strategy):
    """Shows lines of four kinds."""

    name, label = "mixed", "Mixed"

    def indicators(self, bars, params):
        return {
            "channel": 1.1 * bars.close,
            "momentum": np.diff(bars.close, prepend=bars.close[0]),
            "rank": np.full(len(bars), 100.0),  # near the price, but not of it
            "volume": bars.volume,
        }

    def signals(self, bars, params):
        return Signals(*(np.zeros(len(bars), dtype=bool) for _ in range(4)))


class Broken(Mixed):
    """Raises when asked for its lines."""

    def indicators(self, bars, params):
        raise KeyError("no such line")


def test_only_lines_that_scale_with_the_price_and_lie_near_it():
    bars = random_bars(1)

    lines = price_lines(Mixed(), bars, {})

    assert list(lines) == ["channel"]
    assert lines["channel"] == pytest.approx(1.1 * bars.close)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("sma_cross", {"fast", "slow"}), ("rsi_reversion", set()), ("buy_and_hold", set())],
)
def test_averages_are_drawn_and_oscillators_are_not(name, expected):
    strategy = get_strategy(name)

    assert set(price_lines(strategy, random_bars(2), strategy.resolve(None))) == expected


def test_strategy_that_raises_is_named():
    with pytest.raises(StrategyFault, match="Mixed raised KeyError"):
        price_lines(Broken(), random_bars(1), {})
