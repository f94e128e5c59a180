"""How large a position is entered."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from backtests.engine.metrics import periods_per_year
from market.engine import Bars
from market.engine.bars import Float1D

SIZINGS = ("all", "units", "cash", "equity", "volatility", "kelly")
MIN_WINDOW = 2


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """Rule for the size of an entry; every size is limited by what the account can pay.

    Parameters
    ----------
    kind : str
        "all": all cash times leverage; "units": a number of units, refused if it cannot be
        paid; "cash": a value in account currency; "equity": a fraction of equity;
        "volatility": a fraction of equity that gives the account a volatility; "kelly": a
        fraction of equity from the trades so far.
    value : float
        Units, cash, fraction of equity, volatility per year, or the share of full Kelly.
    window : int
        Bars whose returns measure the volatility.
    cap : float
        Largest fraction of equity of "volatility" and "kelly"; what "kelly" uses before it has
        seen `min_trades` closed trades.
    min_trades : int

    Raises
    ------
    ValueError
        If a value is out of its range.

    Notes
    -----
    Kelly's fraction is ``W - (1 - W) / R`` with the share of winners W and the ratio R of the
    mean gain to the mean loss; 0 if negative. Source: Kelly (1956), Bell System Technical
    Journal 35.
    """

    kind: str = "all"
    value: float = 1.0
    window: int = 20
    cap: float = 1.0
    min_trades: int = 20

    def __post_init__(self) -> None:
        if self.kind not in SIZINGS:
            raise ValueError(f"sizing must be one of {', '.join(SIZINGS)}, not {self.kind!r}")
        for name in ("value", "cap"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"sizing {name} must be above 0, not {getattr(self, name)}")
        if self.window < MIN_WINDOW or self.min_trades < 1:
            raise ValueError("sizing window must be at least 2 and min_trades at least 1")

    @classmethod
    def units(cls, value: float) -> Self:
        """Enter with `value` units."""
        return cls(kind="units", value=value)

    @classmethod
    def cash(cls, value: float) -> Self:
        """Enter with `value` of account currency."""
        return cls(kind="cash", value=value)

    @classmethod
    def equity(cls, fraction: float) -> Self:
        """Enter with a fraction of equity; above 1 with leverage."""
        return cls(kind="equity", value=fraction)

    @classmethod
    def volatility(cls, per_year: float, window: int = 20, cap: float = 1.0) -> Self:
        """Enter with the fraction of equity that would have had this volatility lately."""
        return cls(kind="volatility", value=per_year, window=window, cap=cap)

    @classmethod
    def kelly(cls, share: float = 0.5, cap: float = 1.0, min_trades: int = 20) -> Self:
        """Enter with a share of Kelly's fraction of the trades so far."""
        return cls(kind="kelly", value=share, cap=cap, min_trades=min_trades)

    def weights(self, bars: Bars) -> Float1D:
        """Return the fraction of equity wanted at each close, float64[n_bars]; empty if constant.

        Raises
        ------
        ValueError
            If volatility decides and bars of less than a week show no bars per year.

        Notes
        -----
        "volatility": ``value / realised``, at most `cap`, with the sample standard deviation of
        the latest `window` log returns times the square root of bars per year as the series
        shows them. 0, so no entry, while the window is not full; `cap` where nothing moved.
        """
        if self.kind != "volatility":
            return np.empty(0)
        weights = np.zeros(len(bars))
        returns = np.diff(np.log(bars.close))
        if returns.size >= self.window:
            rows = np.lib.stride_tricks.sliding_window_view(returns, self.window)
            per_year = periods_per_year(bars.ts_ns)
            if math.isnan(per_year):
                raise ValueError("bars of less than a week show no bars per year to size by")
            spread = rows.std(axis=1, ddof=1) * math.sqrt(per_year)
            wanted = np.full(spread.size, self.cap)
            np.divide(self.value, spread, out=wanted, where=spread > 0.0)
            weights[self.window :] = np.minimum(wanted, self.cap)
        return weights
