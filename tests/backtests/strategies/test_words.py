"""What every installed strategy says of itself, and the lines a chart may draw."""

import numpy as np
import pytest

from backtests.engine import strategies
from tests.market.engine.indicators.test_core import random_bars

WITHOUT_LINES = {"buy_and_hold"}


@pytest.mark.parametrize("name", strategies())
def test_strategy_says_what_it_does_and_by_which_rules(name: str) -> None:
    strategy = strategies()[name]

    assert strategy.description.endswith(".")
    assert strategy.rules
    assert all(rule.endswith(".") for rule in strategy.rules)
    assert all(param.help for param in strategy.params)


@pytest.mark.parametrize("name", sorted(set(strategies()) - WITHOUT_LINES))
def test_strategy_has_a_line_a_bar_that_is_defined_after_its_warm_up(name: str) -> None:
    strategy, bars = strategies()[name], random_bars(400)
    params = strategy.resolve()

    lines = strategy.indicators(bars, params)

    assert lines
    for line in lines.values():
        assert line.shape == (len(bars),)
        assert np.isfinite(line[strategy.warm_up(params) :]).all()
