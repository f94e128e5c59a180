"""Strategies that trade where two lines cross: one declaration serves a run and a sweep."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from backtests.engine.crosses import cross_bars
from backtests.engine.signals import Signals
from backtests.engine.strategy import Params, Strategy
from market.engine import Bars
from market.engine.bars import Float1D, Int1D


class CrossStrategy(Strategy):
    """Long from where the first line comes to lie above the second, short from below.

    Attributes
    ----------
    first_params, second_params : tuple of str
        Parameters each line depends on; a sweep computes a line once for each of their values.
    """

    first_params: ClassVar[tuple[str, ...]]
    second_params: ClassVar[tuple[str, ...]]

    @abstractmethod
    def first_line(self, bars: Bars, params: Params) -> Float1D:
        """Return float64[n_bars], NaN before it is defined; reads `first_params` only."""

    @abstractmethod
    def second_line(self, bars: Bars, params: Params) -> Float1D:
        """Return float64[n_bars], NaN before it is defined; reads `second_params` only."""

    def crosses(self, bars: Bars, params: Params) -> Int1D:
        """Return the bars at which the lines cross, in the form of `cross_bars`."""
        return cross_bars(self.first_line(bars, params), self.second_line(bars, params))

    def signals(self, bars: Bars, params: Params) -> Signals:
        """Return an entry at each cross, which ends a position on the other side too."""
        crosses = self.crosses(bars, params)
        up, down = (np.zeros(len(bars), dtype=np.bool_) for _ in range(2))
        up[crosses[crosses >= 0]] = True
        down[~crosses[crosses < 0]] = True
        return Signals(entry_long=up, exit_long=down, entry_short=down, exit_short=up)
