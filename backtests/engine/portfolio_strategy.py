"""What a portfolio strategy is: rules that turn several price series into target weights."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from backtests.engine.portfolio_calendar import Calendar, Float2D
from backtests.engine.strategy import Parameterised, Params
from market.engine import Bars
from market.engine.bars import Float1D

MAX_MEMBERS = 50


@dataclass(frozen=True, eq=False)
class Universe(Mapping[str, Bars]):
    """The series a portfolio strategy sees, by instrument, and their merged calendar.

    Parameters
    ----------
    bars : mapping of str to Bars
        Free of jumps by splits and dividends: see `corporate_actions.total_return`.
    given_weights : sequence of float[n_instruments], fraction of equity, optional
        What was asked for each instrument; equal parts of 1 if left out.
    """

    bars: Mapping[str, Bars]
    given_weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        if not self.bars:
            raise ValueError("a portfolio needs at least one instrument")
        if self.given_weights is not None and len(self.given_weights) != len(self.bars):
            raise ValueError("weights must be one for each instrument")

    def __getitem__(self, name: str) -> Bars:
        return self.bars[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.bars)

    def __len__(self) -> int:
        return len(self.bars)

    @cached_property
    def calendar(self) -> Calendar:
        """All times at which an instrument has a bar."""
        return Calendar.of(list(self.bars.values()))

    @cached_property
    def closes(self) -> Float2D:
        """Latest close at each time, float64[n_times, n_instruments]; NaN before the first bar."""
        return self.calendar.latest([b.close for b in self.bars.values()])

    @cached_property
    def weights(self) -> Float1D:
        """The weights asked for, float64[n_instruments], fraction of equity."""
        n = len(self.bars)
        given = np.full(n, 1.0 / n) if self.given_weights is None else self.given_weights
        return np.asarray(given, dtype=np.float64)

    @property
    def shape(self) -> tuple[int, int]:
        """Times and instruments: the shape of the targets."""
        return self.calendar.ts_ns.size, len(self.bars)

    def until(self, n_times: int) -> Self:
        """Return what is known after the first `n_times` times; some series may be empty then."""
        latest = self.calendar.ts_ns[n_times - 1]
        known = {
            name: b.slice(0, int(np.searchsorted(b.ts_ns, latest, side="right")))
            for name, b in self.bars.items()
        }
        return type(self)(known, self.given_weights)


class PortfolioStrategy(Parameterised, ABC):
    """Rules that turn several series into target weights; found by the registry like others.

    Attributes
    ----------
    rules : tuple of str
        What it does, as sentences for its page.
    min_members, max_members : int
        How many instruments it needs and can take.
    uses_weights : bool
        Whether it reads the weights asked for.
    sample : tuple of str
        Symbols of simulated prices for a sample run.
    """

    rules: ClassVar[tuple[str, ...]] = ()
    min_members: ClassVar[int] = 2
    max_members: ClassVar[int] = MAX_MEMBERS
    uses_weights: ClassVar[bool] = False
    sample: ClassVar[tuple[str, ...]] = ("SPY", "QQQ", "TLT", "GLD")

    @abstractmethod
    def targets(self, series: Universe, params: Params) -> Float2D:
        """Return the weights wanted after each close, from that close and earlier ones.

        Parameters
        ----------
        series : Universe
            Bars by instrument, with the merged calendar and its closes.
        params : mapping of str to value
            Complete and checked, as `resolve` returns them.

        Returns
        -------
        float64[n_times, n_instruments], fraction of equity
            Below 0 for short; NaN where nothing is decided and the position stays as it is.
        """

    def indicators(self, series: Universe, params: Params) -> Mapping[str, Float1D]:
        """Return the lines it decides by, float64[n_times] by name; none unless it has some."""
        return {}

    def check_members(self, n_members: int) -> None:
        """Raise ValueError if the strategy cannot work on that many instruments."""
        if self.min_members <= n_members <= self.max_members:
            return
        if self.min_members == self.max_members:
            raise ValueError(f"{self.label} takes exactly {self.min_members} instruments.")
        if n_members < self.min_members:
            raise ValueError(f"{self.label} needs at least {self.min_members} instruments.")
        raise ValueError(f"{self.label} takes at most {self.max_members} instruments.")


def sparse(rows: np.ndarray, weights: Float2D, shape: tuple[int, int]) -> Float2D:
    """Return targets that decide only in some rows.

    Parameters
    ----------
    rows : int64[n_decisions]
    weights : float64[n_decisions, n_instruments], or one row of them
    shape : tuple of int
    """
    out = np.full(shape, np.nan)
    out[rows] = weights
    return out
