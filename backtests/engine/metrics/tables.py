"""Tables of a result page: what an account did by month, year, size of return and cost."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.periods import day_ends

Float1D = npt.NDArray[np.float64]
Int1D = npt.NDArray[np.int64]
MONTHS = 12
MIN_BINS, MAX_BINS = 10, 80


class SpanReturns(NamedTuple):
    """Returns of successive calendar spans, oldest first, each named by its first day."""

    starts: npt.NDArray[np.datetime64]
    returns: Float1D


class MonthTable(NamedTuple):
    """Returns by year (rows) and month (12 columns), NaN where there is no bar."""

    years: Int1D
    months: npt.NDArray[np.float64]
    totals: Float1D


class Histogram(NamedTuple):
    """Counts of the values in ``[edges[i], edges[i + 1])``; the last bin holds its end too."""

    edges: Float1D
    counts: Int1D


class CostLine(NamedTuple):
    """One kind of cost: money, and its share of all costs and of the profit before costs."""

    name: str
    amount: float
    of_costs: float
    of_gross: float


def month_returns(ts_ns: Int1D, values: Float1D, start: float | None = None) -> SpanReturns:
    """Return the return of each calendar month (UTC) that has a bar, as a fraction.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    values : float64[n_bars]
        Equity or prices at each close.
    start : float, optional
        What the first month counts from, as starting cash; the first value when left out.

    Returns
    -------
    SpanReturns
        `starts` is datetime64[M]. The returns multiply up to the return of the whole series.

    Notes
    -----
    NaN where a month starts from a value that is not above 0. A bar that closes at midnight
    belongs to the month that ends there.
    """
    return span_returns(ts_ns, values, day_ends(ts_ns), "datetime64[M]", start)


def year_returns(ts_ns: Int1D, values: Float1D, start: float | None = None) -> SpanReturns:
    """Return the return of each calendar year (UTC); as `month_returns`, with datetime64[Y]."""
    return span_returns(ts_ns, values, day_ends(ts_ns), "datetime64[Y]", start)


def span_returns(
    ts_ns: Int1D, values: Float1D, days: Int1D, unit: str, start: float | None = None
) -> SpanReturns:
    """Return the returns of spans of `unit`, given the index of each day's last bar."""
    labels = (ts_ns[days] - 1).view("datetime64[ns]").astype(unit)
    changes = np.flatnonzero(labels[1:] != labels[:-1])
    ends = np.append(changes, labels.size - 1)
    marks = np.append(values[0] if start is None else start, values[days[ends]])
    returns = np.full(ends.size, np.nan)
    np.divide(marks[1:], marks[:-1], out=returns, where=marks[:-1] > 0.0)
    return SpanReturns(labels[ends], returns - 1.0)


def month_table(ts_ns: Int1D, values: Float1D, start: float | None = None) -> MonthTable:
    """Return the monthly returns as a table with a total for each year, as fractions.

    Parameters
    ----------
    ts_ns : int64[n_bars], nanoseconds UTC
    values : float64[n_bars]
        Equity or prices at each close.
    start : float, optional
        As of `month_returns`.
    """
    months, years = month_returns(ts_ns, values, start), year_returns(ts_ns, values, start)
    numbers = months.starts.astype(np.int64)  # months since January 1970
    first_year = int(numbers[0]) // MONTHS
    n_years = int(numbers[-1]) // MONTHS - first_year + 1
    table, totals = np.full((n_years, MONTHS), np.nan), np.full(n_years, np.nan)
    table[numbers // MONTHS - first_year, numbers % MONTHS] = months.returns
    totals[years.starts.astype(np.int64) - first_year] = years.returns
    return MonthTable(1970 + first_year + np.arange(n_years), table, totals)


def return_histogram(returns: Float1D) -> Histogram:
    """Return how often returns of each size occur; one edge is always exactly 0.

    Parameters
    ----------
    returns : float64[n], fractions
        Finite; of days or of trades.

    Notes
    -----
    Empty for fewer than two returns or returns that are all the same. Bin width: Freedman &
    Diaconis (1981), 2 * interquartile range / cube root of n, held between 10 and 80 bins.
    """
    low, high = float(returns.min(initial=0.0)), float(returns.max(initial=0.0))
    if returns.size < 2 or np.ptp(returns) == 0.0:  # noqa: PLR2004 -- one value has no width
        return Histogram(np.empty(0), np.empty(0, dtype=np.int64))
    first, third = np.quantile(returns, (0.25, 0.75))
    width = float(2.0 * (third - first) / np.cbrt(returns.size))
    width = min(max(width, (high - low) / (MAX_BINS - 1)), (high - low) / MIN_BINS)
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1.0)
    counts, _ = np.histogram(returns, edges)
    return Histogram(edges, counts.astype(np.int64))


def exposure_series(close: Float1D, equity: Float1D, position: Float1D) -> Float1D:
    """Return the signed market value of the position over equity at each close.

    Notes
    -----
    1 is fully long, -1 fully short, beyond that is leverage. NaN where equity is not above 0.
    """
    exposure = np.full(equity.size, np.nan)
    np.divide(position * close, equity, out=exposure, where=equity > 0.0)
    return exposure


def cost_lines(costs: Mapping[str, float], net_profit: float) -> list[CostLine]:
    """Return the costs, largest first, with their shares.

    Parameters
    ----------
    costs : mapping of name to money
        Each kind of cost, 0 or more, or below 0 where it was earned (a financing credit).
    net_profit : float, account currency
        What was earned after all of them.

    Notes
    -----
    `of_gross` is NaN where the profit before costs is not above 0: there is nothing to take a
    share of.
    """
    total = sum(costs.values())
    gross = net_profit + total
    ranked = sorted(costs.items(), key=lambda item: (-item[1], item[0]))
    return [
        CostLine(
            name,
            amount,
            amount / total if total else float("nan"),
            amount / gross if gross > 0.0 else float("nan"),
        )
        for name, amount in ranked
    ]
