"""Metrics of many accounts at once, from the sums the kernels keep."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics import METRICS, day_ends, periods_per_year
from backtests.engine.metrics.periods import years_between
from backtests.engine.state import Record
from market.engine import Bars
from market.engine.bars import Float1D

Table = npt.NDArray[np.float64]

DEFAULT_METRICS = (
    *("equity_final", "return_total", "cagr", "volatility", "sharpe", "sortino", "max_drawdown"),
    *("calmar", "exposure", "n_trades", "win_rate", "profit_factor", "sqn", "commissions"),
)


@dataclass(frozen=True, eq=False)
class Trials:
    """What a sweep found, one row for each combination of the grid.

    Attributes
    ----------
    params : structured[n_trials]
        The swept parameters; the last one of the grid changes fastest.
    metrics : float64[n_trials, n_metrics]
        NaN where a figure is not defined, and in rows that are not valid.
    names : tuple of str
        Of the columns of `metrics`; those of `backtests.engine.metrics.METRICS`.
    valid : bool[n_trials]
        False for combinations the strategy cannot run with.
    """

    params: npt.NDArray[np.void]
    metrics: Table
    names: tuple[str, ...]
    valid: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.params)

    def column(self, name: str) -> Float1D:
        """Return one metric of all trials, float64[n_trials]."""
        return self.metrics[:, self.names.index(name)]

    def best(self, name: str = "sharpe") -> int:
        """Return the row with the best value of a metric, as its registry entry has it.

        Raises
        ------
        ValueError
            If no trial has a value, or the metric was not asked for.
        """
        values = self.column(name)
        if np.isnan(values).all():
            raise ValueError(f"{name} is not defined for any trial")
        sign = -1.0 if METRICS[name].higher_is_better is False else 1.0
        return int(np.nanargmax(sign * values))


@dataclass(frozen=True)
class Calendar:
    """What the bars say about time, once for all trials."""

    n_bars: int
    years: float
    per_year: float

    @classmethod
    def of(cls, bars: Bars) -> "Calendar":
        """Return the calendar of `bars`; made once for each."""
        known = _CALENDARS.get(bars)
        if known is None:
            per_year = periods_per_year(bars.ts_ns[day_ends(bars.ts_ns)])
            known = cls(len(bars), years_between(bars.ts_ns[0], bars.ts_ns[-1]), per_year)
            _CALENDARS[bars] = known
        return known


_CALENDARS: WeakKeyDictionary[Bars, Calendar] = WeakKeyDictionary()


def _divided(above: Float1D, below: Float1D) -> Float1D:
    out = np.full(len(above), np.nan)
    return np.divide(above, below, out=out, where=below != 0.0)


def metrics_of(states: Record, calendar: Calendar, names: tuple[str, ...]) -> Table:
    """Return float64[n_trials, n_metrics] from accounts that have seen all bars.

    Parameters
    ----------
    states : STATE record array[n_trials]
    calendar : Calendar
    names : tuple of str
        Keys of `SWEPT`.

    Notes
    -----
    The same definitions as `compute_metrics`, from running sums: equal but for rounding in the
    last few digits.
    """
    with np.errstate(all="ignore"):  # undefined figures become NaN below, not warnings
        values = {**_growth(states, calendar), **_returns(states, calendar)}
        values |= _trades(states)
        values["calmar"] = _divided(values["annual_return"], values["max_drawdown"])
        table = np.column_stack([values[name] for name in names])
    table[~np.isfinite(table)] = np.nan
    return np.ascontiguousarray(table, dtype=np.float64)


def _growth(s: Record, calendar: Calendar) -> dict[str, Float1D]:
    growth = s["equity"] / s["equity_first"]
    # the drawdown that is not over yet has not been counted by the kernel
    deepest = np.maximum(s["max_drawdown"], 1.0 - s["trough"] / s["peak"])
    grown = growth ** (1.0 / calendar.years) - 1.0 if calendar.years else np.full(len(s), np.nan)
    return {
        "equity_final": s["equity"],
        "equity_peak": s["peak"],
        "return_total": growth - 1.0,
        "cagr": np.where(growth >= 0.0, grown, np.nan),
        "max_drawdown": deepest,
        "exposure": s["n_exposed"] / calendar.n_bars,
        "commissions": s["commissions"],
        "bankrupt": (s["bankrupt_bar"] >= 0).astype(np.float64),
    }


def _returns(s: Record, calendar: Calendar) -> dict[str, Float1D]:
    n = s["n_returns"].astype(np.float64)
    is_defined = (n >= 2) & (s["bankrupt_bar"] < 0)  # noqa: PLR2004 -- a spread needs two
    mean = np.where(is_defined, s["sum_return"] / n, np.nan)
    variance = (s["sum_return2"] - n * mean**2) / (n - 1.0)
    spread = np.sqrt(np.maximum(variance, 0.0))
    spread[spread <= 1e-9 * np.abs(mean)] = 0.0
    downside = np.sqrt(s["sum_downside2"] / n)
    root = np.sqrt(calendar.per_year)
    annual = (s["day_latest"] / s["day_first"]) ** (calendar.per_year / n) - 1.0
    return {
        "annual_return": np.where(is_defined, annual, np.nan),
        "volatility": spread * root,
        "sharpe": _divided(mean, spread) * root,
        "sortino": _divided(mean, downside) * root,
    }


def _trades(s: Record) -> dict[str, Float1D]:
    n = s["n_trades"].astype(np.float64)
    total = s["sum_win"] - s["sum_loss"]
    mean = _divided(total, n)
    spread = np.sqrt(np.maximum(s["sum_pnl2"] - n * mean**2, 0.0) / (n - 1.0))
    return {
        "n_trades": n,
        "win_rate": _divided(s["n_wins"], n),
        "avg_pnl": mean,
        "expectancy": _divided(s["sum_gain_return"] - s["sum_loss_return"], n),
        "profit_factor": _divided(s["sum_gain_return"], s["sum_loss_return"]),
        "profit_factor_money": _divided(s["sum_win"], s["sum_loss"]),
        "sqn": np.sqrt(n) * _divided(mean, np.where(n > 1, spread, 0.0)),
    }


SWEPT = (
    *DEFAULT_METRICS,
    *("equity_peak", "annual_return", "avg_pnl", "expectancy", "profit_factor_money", "bankrupt"),
)
