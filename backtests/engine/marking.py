"""Marking an account at many closes at once, between which it decides nothing.

Equity moves with the close, so that the lowest and the highest close of a span tell whether it
reaches a new peak or uses up equity: where it does neither, no bar is looked at by itself.
"""

from typing import Any, NamedTuple

from backtests.engine.compiled import inner
from backtests.engine.spans import span_range
from market.engine.bars import Float1D, Int1D


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


@inner
def follow(s: Any, value: float) -> None:
    """Let peak and trough follow equity."""
    s.trough = min(s.trough, value)
    if value >= s.peak:
        if s.trough < s.peak:
            s.max_drawdown = max(s.max_drawdown, 1.0 - s.trough / s.peak)
        s.peak = s.trough = value


@inner
def end_day(s: Any, value: float) -> None:
    """Add the equity at the end of a day to the sums of daily returns."""
    if s.day_first == 0.0:
        s.day_first = value
    else:
        change = value / s.day_latest - 1.0
        s.n_returns += 1
        s.sum_return += change
        s.sum_return2 += change * change
        s.sum_downside2 += min(change, 0.0) ** 2
    s.day_latest = value
    s.day += 1


@inner
def new_peaks(s: Any, closes: Float1D, start: int, end: int) -> int:
    """Follow peak and trough bar by bar; stop before the bar that uses up equity."""
    peak, trough, deepest = s.peak, s.trough, s.max_drawdown
    cash, units, entry_price = s.cash, s.units, s.entry_price
    i = start
    while i < end:
        value = cash + units * (closes[i] - entry_price)
        if value < trough:
            if value <= 0.0:
                break
            trough = value
        elif value >= peak:
            if trough < peak:
                deepest = max(deepest, 1.0 - trough / peak)
            peak = trough = value
        i += 1
    s.peak, s.trough, s.max_drawdown = peak, trough, deepest
    return i


@inner
def mark_held(s: Any, market: Market, start: int, end: int) -> int:
    """Mark bars ``start:end`` of a held position; stop before the bar that uses up equity."""
    cash, units, entry_price = s.cash, s.units, s.entry_price
    low, high = span_range(market.close, market.close, start, end)
    at_low, at_high = cash + units * (low - entry_price), cash + units * (high - entry_price)
    worst = min(at_low, at_high)
    if max(at_low, at_high) >= s.peak or worst <= 0.0:
        end = new_peaks(s, market.close, start, end)
    else:
        s.trough = min(s.trough, worst)
    mark_days(s, market, end)
    return end


@inner
def mark_days(s: Any, market: Market, end: int) -> None:
    """Add the returns of the days of a held position that end before bar `end`."""
    ends, closes, day = market.day_ends, market.day_closes, s.day
    if day == ends.size or ends[day] >= end:
        return
    cash, units, entry_price = s.cash, s.units, s.entry_price
    if s.day_first == 0.0:
        end_day(s, cash + units * (closes[day] - entry_price))
        day += 1
    latest, total, squares, downside = s.day_latest, s.sum_return, s.sum_return2, s.sum_downside2
    while day < ends.size and ends[day] < end:
        value = cash + units * (closes[day] - entry_price)
        change = value / latest - 1.0
        total += change
        squares += change * change
        downside += min(change, 0.0) ** 2
        latest = value
        day += 1
    s.n_returns += day - s.day
    s.day = day
    s.day_latest, s.sum_return, s.sum_return2, s.sum_downside2 = latest, total, squares, downside


@inner
def mark_flat(s: Any, market: Market, end: int) -> None:
    """Mark the bars up to `end` of a flat account: only its first day can bring a return."""
    follow(s, s.cash)
    ends = market.day_ends
    if s.day == ends.size or ends[s.day] >= end:
        return
    end_day(s, s.cash)
    day = s.day + end - 1 - ends[s.day - 1]  # if every bar ends a day
    if day > ends.size or ends[day - 1] != end - 1:
        day = s.day
        while day < ends.size and ends[day] < end:
            day += 1
    s.n_returns += day - s.day
    s.day = day


@inner
def write_equity(
    equity: Float1D, closes: Float1D, start: int, end: int, held: tuple[float, float, float]
) -> None:
    """Write equity of bars ``start:end``; `held` is cash, units and entry price."""
    if equity.size == 0:
        return
    cash, units, entry_price = held
    for i in range(start, end):
        equity[i] = cash + units * (closes[i] - entry_price)
