"""Several accounts side by side: values on one time axis, and how their returns move together."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from backtests.engine.curves import drawdown, thin
from backtests.engine.metrics.periods import DAY_NS, day_ends
from backtests.engine.metrics.returns import ROUNDING
from market.engine.bars import Float1D, Int1D

MIN_RETURNS = 2


class DayCloses(NamedTuple):
    """Account value at the end of each UTC day that has a bar; `days` since 1970, increasing."""

    days: Int1D
    values: Float1D


class Correlation(NamedTuple):
    """Correlation of returns, and the number of returns it rests on."""

    value: float
    n_returns: int


def read_equity(folder: Path) -> tuple[Int1D, Float1D]:
    """Return times and equity of an artifact, every bar, without the columns beside them."""
    table = pq.read_table(folder / "curve.parquet", columns=["ts_ns", "equity"])
    return table.column("ts_ns").to_numpy(), table.column("equity").to_numpy()


def chosen_times(ts_ns: Int1D, equity: Float1D, max_points: int) -> Int1D:
    """Return at most `max_points` + 1 times that keep each peak, trough and the deepest fall.

    Parameters
    ----------
    ts_ns : int64[n], nanoseconds UTC
    equity : float64[n], account currency
    max_points : int, >= 4
    """
    rows = thin(equity, max_points)
    return ts_ns[np.union1d(rows, [drawdown(equity).argmin()])]


def values_at(ts_ns: Int1D, values: Float1D, times: Int1D) -> Float1D:
    """Return the latest value known at each of `times`; NaN before the first and after the last.

    Parameters
    ----------
    ts_ns : int64[n], nanoseconds UTC
        Increasing, at least one.
    values : float64[n]
    times : int64[m], nanoseconds UTC
    """
    rows = np.searchsorted(ts_ns, times, side="right") - 1
    known = values[np.maximum(rows, 0)].astype(np.float64)
    known[(rows < 0) | (times > ts_ns[-1])] = np.nan
    return known


def day_closes(ts_ns: Int1D, equity: Float1D) -> DayCloses:
    """Return the value at the last bar of each day; a bar at midnight ends the day before it."""
    ends = day_ends(ts_ns)
    return DayCloses((ts_ns[ends] - 1) // DAY_NS, equity[ends])


def correlation(first: DayCloses, second: DayCloses) -> Correlation:
    """Return the correlation of returns between the days that both accounts have.

    Notes
    -----
    Returns are taken from one common day to the next, so that a daily and a weekly account are
    compared over the same spans. NaN with fewer than two returns, where one account does not
    move, or where one fell to zero. Pearson's product-moment correlation.
    """
    _, at, other = np.intersect1d(first.days, second.days, assume_unique=True, return_indices=True)
    pair = np.stack((first.values[at], second.values[other]))
    n_returns = max(pair.shape[1] - 1, 0)
    if n_returns < MIN_RETURNS or pair.min() <= 0.0:
        return Correlation(float("nan"), n_returns)
    returns = pair[:, 1:] / pair[:, :-1] - 1.0
    centred = returns - returns.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1))
    if (norms <= ROUNDING * np.abs(returns).max()).any():
        return Correlation(float("nan"), n_returns)
    value = float(centred[0] @ centred[1] / (norms[0] * norms[1]))
    return Correlation(min(max(value, -1.0), 1.0), n_returns)


def correlations(accounts: Sequence[DayCloses]) -> list[list[Correlation]]:
    """Return the correlation of each account with each."""
    n = len(accounts)
    table = [[Correlation(1.0, len(account.days) - 1)] * n for account in accounts]
    for i in range(n):
        for j in range(i, n):
            table[i][j] = table[j][i] = correlation(accounts[i], accounts[j])
    return table


def best_of(values: Sequence[float | None], *, higher_is_better: bool | None) -> list[int]:
    """Return the positions of the best of `values`; none where all are equal or none is better.

    Parameters
    ----------
    values : sequence of float or None
        None is undefined and never the best.
    """
    known = [value for value in values if value is not None]
    if higher_is_better is None or len(known) < MIN_RETURNS or min(known) == max(known):
        return []
    best = max(known) if higher_is_better else min(known)
    return [i for i, value in enumerate(values) if value == best]


def rebased(values: npt.NDArray[np.float64], start: float) -> npt.NDArray[np.float64]:
    """Return `values` as if the account had started with 100."""
    return 100.0 * values / start
