"""From rules and bars to signals, each node computed once over the whole series."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.rules.sentences import in_words
from backtests.engine.rules.sessions import session_masks
from backtests.engine.rules.tree import (
    Compare,
    Condition,
    Constant,
    Cross,
    Distance,
    Group,
    Not,
    Price,
    Reading,
    Rules,
    Size,
    Value,
)
from backtests.engine.signals import Signals
from market.engine import Bars
from market.engine.bars import Float1D
from market.engine.indicators import atr, cross_above, cross_below, lag

Bool1D = npt.NDArray[np.bool_]

RELATION = {
    "above": np.greater,
    "below": np.less,
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
}


def evaluate(rules: Rules, bars: Bars) -> Signals:
    """Return the decisions of `rules` at each close of `bars`.

    Parameters
    ----------
    rules : Rules
    bars : Bars

    Notes
    -----
    Causal by construction: every node reads this bar or earlier ones. Nothing is decided on the
    first ``rules.lookback`` bars, where a part is still undefined, so that "not" cannot turn an
    unknown into a yes. Levels are measured from the close of the signal; one at or below 0 is
    left out, because no price reaches it. A size in percent of equity becomes a weight; one in
    cash or units does not depend on the bars and is the run's to apply.
    """
    return _Evaluation(rules, bars).signals()


def read_indicators(rules: Rules, bars: Bars) -> dict[str, Float1D]:
    """Return every indicator series the rules read, float64[n_bars] each, named in words."""
    evaluation = _Evaluation(rules, bars)
    readings = dict.fromkeys(replace(one, lag=0, times=1.0) for one in rules.readings)
    return {in_words(reading): evaluation.reading(reading) for reading in readings}


class _Evaluation:
    """One pass over a tree; equal parts are computed once."""

    def __init__(self, rules: Rules, bars: Bars) -> None:
        self.rules = rules
        self.bars = bars
        self.lookback = rules.lookback
        self.seen: dict[Any, Any] = {}

    def signals(self) -> Signals:
        rules = self.rules
        enter_long, enter_short, exit_long, exit_short = (
            self.decision(part)
            for part in (rules.enter_long, rules.enter_short, rules.exit_long, rules.exit_short)
        )
        if rules.session:
            may_enter, must_leave = session_masks(self.bars.ts_ns, rules.session)
            enter_long, enter_short = enter_long & may_enter, enter_short & may_enter
            exit_long, exit_short = exit_long | must_leave, exit_short | must_leave
        return Signals(
            entry_long=enter_long,
            exit_long=exit_long,
            entry_short=enter_short,
            exit_short=exit_short,
            stop=self.level(rules.stop_loss, enter_short, enter_long),
            target=self.level(rules.take_profit, enter_long, enter_short),
            trail=self.reach(rules.trail),
            weight=self.weight(rules.size),
        )

    def weight(self, size: Size | None) -> Float1D | None:
        if size is None or size.kind != "percent_of_equity":
            return None
        return np.full(len(self.bars), size.amount / 100.0)

    def decision(self, condition: Condition | None) -> Bool1D:
        if condition is None:
            return np.zeros(len(self.bars), dtype=np.bool_)
        holds = self.condition(condition)
        if self.lookback:
            holds = holds.copy()
            holds[: self.lookback] = False
        return holds

    def condition(self, node: Condition) -> Bool1D:
        if node not in self.seen:
            self.seen[node] = self._condition(node)
        return self.seen[node]

    def _condition(self, node: Condition) -> Bool1D:
        match node:
            case Compare(relation, left, right):
                return RELATION[relation](self.value(left), self.value(right))
            case Cross(direction, left, right):
                cross = cross_above if direction == "above" else cross_below
                return cross(self.value(left), self.value(right))
            case Group(word, parts):
                join = np.logical_and if word == "all" else np.logical_or
                return join.reduce([self.condition(part) for part in parts])
            case Not(part):
                return ~self.condition(part)

    def value(self, node: Value) -> Float1D | float:
        if isinstance(node, Constant):
            return node.value
        if node not in self.seen:
            series = self.column(node.column) if isinstance(node, Price) else self.reading(node)
            if node.lag:
                series = lag(series, node.lag)
            self.seen[node] = series if node.times == 1.0 else node.times * series
        return self.seen[node]

    def column(self, name: str) -> Float1D:
        bars = self.bars
        if name == "middle":
            return 0.5 * (bars.high + bars.low)
        if name == "typical":
            return (bars.high + bars.low + bars.close) / 3.0
        return getattr(bars, name)

    def reading(self, node: Reading) -> Float1D:
        key = (node.name, node.values, node.source)
        if key not in self.seen:
            if node.source == "close":
                names = (parameter.name for parameter in node.indicator.parameters)
                named = dict(zip(names, node.values, strict=True))
                computed = node.indicator.on(self.bars, **named)
            else:
                computed = node.indicator(getattr(self.bars, node.source), *node.values)
            self.seen[key] = np.atleast_2d(computed)
        return self.seen[key][node.output]

    def reach(self, distance: Distance | None) -> Float1D | None:
        if distance is None:
            return None
        if distance.atr_window is None:
            return distance.amount * self.bars.close
        span = distance.amount * atr.on(self.bars, window=distance.atr_window)
        return np.where(span > 0.0, span, np.nan)

    def level(self, distance: Distance | None, above: Bool1D, below: Bool1D) -> Float1D | None:
        reach = self.reach(distance)
        if reach is None:
            return None
        level = np.full(len(self.bars), np.nan)
        level[above] = self.bars.close[above] + reach[above]
        level[below] = self.bars.close[below] - reach[below]
        level[level <= 0.0] = np.nan
        return level
