"""Marking an account at many closes at once, between which it decides nothing.

Equity moves with the close, so that the lowest and the highest close of a span tell whether it
reaches a new peak or uses up equity: where it does neither, no bar is looked at by itself.
"""

from typing import Any, NamedTuple

from backtests.engine.compiled import inner
from market.engine.bars import Float1D, Int1D

Curves = tuple[Float1D, Float1D]  # equity and position; empty if not wanted


class Market(NamedTuple):
    """What the market did: read-only columns of bars, and the last bar of each UTC day."""

    ts_ns: Int1D
    open: Float1D
    high: Float1D
    low: Float1D
    close: Float1D
    volume: Float1D
    day_ends: Int1D
    day_closes: Float1D


class Tally(NamedTuple):
    """Sums over bars, kept in registers; see the fields of the state with these names."""

    day: int  # the next of the market's days to end
    peak: float
    trough: float
    deepest: float
    day_first: float
    day_latest: float
    n_returns: int
    total: float
    squares: float
    downside: float


@inner
def tally_of(s: Any, day: int) -> Tally:
    """Return the sums an account carries; `day` is the next day to end."""
    return Tally(
        day, s.peak, s.trough, s.max_drawdown, s.day_first, s.day_latest,
        s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2,
    )  # fmt: skip


@inner
def keep_tally(s: Any, t: Tally) -> None:
    """Write the sums back to the account."""
    s.peak, s.trough, s.max_drawdown, s.day_first, s.day_latest = t[1:6]
    s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2 = t[6:]


@inner
def first_day(market: Market, start: int) -> int:
    """Return the first of the days that end at bar `start` or later."""
    low, high = 0, market.day_ends.size
    while low < high:
        middle = (low + high) // 2
        if market.day_ends[middle] < start:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def end_day(t: Tally, value: float) -> Tally:
    """Add the equity at the end of a day to the sums of daily returns."""
    day, peak, trough, deepest, first, latest, n, total, squares, downside = t
    if first == 0.0:
        first = value
    else:
        change = value / latest - 1.0
        n += 1
        total += change
        squares += change * change
        downside += min(change, 0.0) ** 2
    return Tally(day + 1, peak, trough, deepest, first, value, n, total, squares, downside)


@inner
def follow(t: Tally, value: float) -> Tally:
    """Let peak and trough follow equity."""
    day, peak, trough, deepest, first, latest, n, total, squares, downside = t
    trough = min(trough, value)
    if value >= peak:
        if trough < peak:
            deepest = max(deepest, 1.0 - trough / peak)
        peak = trough = value
    return Tally(day, peak, trough, deepest, first, latest, n, total, squares, downside)


@inner
def extremes(closes: Float1D, start: int, end: int) -> tuple[float, float]:
    """Return the lowest and the highest of closes ``start:end``.

    Four closes a step in two chains of comparisons, so that few wait for one another.
    """
    low = high = other_low = other_high = closes[start]
    i = start
    while i + 4 <= end:
        a, b, c, d = closes[i], closes[i + 1], closes[i + 2], closes[i + 3]
        lower, upper = (a, b) if a < b else (b, a)
        low, high = min(low, lower), max(high, upper)
        lower, upper = (c, d) if c < d else (d, c)
        other_low, other_high = min(other_low, lower), max(other_high, upper)
        i += 4
    while i < end:
        low, high = min(low, closes[i]), max(high, closes[i])
        i += 1
    return min(low, other_low), max(high, other_high)


@inner
def new_peaks(
    peak: float, trough: float, deepest: float, values: tuple[Float1D, float, float, float],
    span: tuple[int, int],
) -> tuple[int, float, float, float]:  # fmt: skip
    """Follow peak and trough bar by bar; stop before the bar that uses up equity."""
    closes, cash, units, entry_price = values
    for i in range(span[0], span[1]):
        value = cash + units * (closes[i] - entry_price)
        if value < trough:
            if value <= 0.0:
                return i, peak, trough, deepest
            trough = value
        elif value >= peak:
            if trough < peak:
                deepest = max(deepest, 1.0 - trough / peak)
            peak = trough = value
    return span[1], peak, trough, deepest


@inner
def mark_held(
    t: Tally, market: Market, start: int, end: int, cash: float, units: float, entry_price: float
) -> tuple[int, Tally]:
    """Mark bars ``start:end`` of a held position; stop before the bar that uses up equity."""
    day, peak, trough, deepest, first, latest, n, total, squares, downside = t
    low, high = extremes(market.close, start, end)
    at_low, at_high = cash + units * (low - entry_price), cash + units * (high - entry_price)
    worst = min(at_low, at_high)
    if max(at_low, at_high) >= peak or worst <= 0.0:
        values = (market.close, cash, units, entry_price)
        end, peak, trough, deepest = new_peaks(peak, trough, deepest, values, (start, end))
    else:
        trough = min(trough, worst)
    t = Tally(day, peak, trough, deepest, first, latest, n, total, squares, downside)
    while t.day < market.day_ends.size and market.day_ends[t.day] < end:
        t = end_day(t, cash + units * (market.day_closes[t.day] - entry_price))
    return end, t


@inner
def mark_flat(t: Tally, market: Market, start: int, end: int, value: float) -> Tally:
    """Mark bars ``start:end`` of a flat account: only its first day can bring a return."""
    ends, n_days = market.day_ends, market.day_ends.size
    if t.day >= n_days or ends[t.day] >= end:
        return follow(t, value)
    t = end_day(follow(t, value), value)
    day, n = t.day, t.n_returns
    rest = day + end - 1 - start  # if every bar ends a day
    if rest <= n_days and ends[day - 1] == start and ends[rest - 1] == end - 1:
        n += rest - day
        day = rest
    while day < n_days and ends[day] < end:
        n += 1
        day += 1
    return Tally(
        day,
        t.peak,
        t.trough,
        t.deepest,
        t.day_first,
        t.day_latest,
        n,
        t.total,
        t.squares,
        t.downside,
    )


@inner
def write_curves(
    curves: Curves, closes: Float1D, start: int, end: int, held: tuple[float, float, float]
) -> None:
    """Write equity and position of bars ``start:end``; `held` is cash, units and entry price."""
    equity, position = curves
    cash, units, entry_price = held
    if equity.size == 0:
        return
    for i in range(start, end):
        equity[i] = cash + units * (closes[i] - entry_price)
        position[i] = units
