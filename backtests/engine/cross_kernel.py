"""The simulation loop of a sweep over crossing lines: many accounts, no curves.

It goes from cross to cross instead of from bar to bar: nothing is decided in between, so the bars
there are only marked, and where the account is flat not even that. Fills are those of the kernel
of a single run, by the same functions.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import inner, kernel
from backtests.engine.fills import close_position, open_position
from backtests.engine.kernel import Market, go_bankrupt
from backtests.engine.state import ExitReason, Record
from market.engine.bars import Float1D

SIGNAL = np.int64(ExitReason.SIGNAL)
Bool1D = npt.NDArray[np.bool_]


class Tally(NamedTuple):
    """Sums over bars, kept in registers; see the fields of the state with these names."""

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
def next_cross(first: Float1D, second: Float1D, k: int, end: int, side: int) -> tuple[int, int]:
    """Return the bar from `k` on at which the lines change sides, `end` if none, and the side.

    A tie is no side, and the first side after NaN is no change, as in
    `market.engine.indicators.cross_above`.
    """
    while k < end:
        if side > 0:
            while k < end and first[k] >= second[k]:
                k += 1
        elif side < 0:
            while k < end and first[k] <= second[k]:
                k += 1
        else:
            while k < end and not (first[k] > second[k] or first[k] < second[k]):
                k += 1
        if k == end:
            break
        if first[k] > second[k] or first[k] < second[k]:
            new = 1 if first[k] > second[k] else -1
            if side != 0:
                return k, new
            side = new
        else:
            side = 0
    return end, side


@inner
def mark_held(
    t: Tally,
    closes: Float1D,
    ends_day: Bool1D,
    start: int,
    end: int,
    cash: float,
    units: float,
    entry_price: float,
) -> tuple[int, float, Tally]:
    """Mark bars ``start:end`` of a held position; stop before the bar that uses up equity."""
    peak, trough, deepest, first, latest, n, total, squares, downside = t
    value = latest
    for i in range(start, end):
        value = cash + units * (closes[i] - entry_price)
        if value < trough:
            if value <= 0.0:
                t = Tally(peak, trough, deepest, first, latest, n, total, squares, downside)
                return i, value, t
            trough = value
        elif value >= peak:
            if trough < peak:
                deepest = max(deepest, 1.0 - trough / peak)
            peak = trough = value
        if ends_day[i]:
            if first == 0.0:
                first = value
            else:
                change = value / latest - 1.0
                n += 1
                total += change
                squares += change * change
                downside += min(change, 0.0) ** 2
            latest = value
    t = Tally(peak, trough, deepest, first, latest, n, total, squares, downside)
    return end, value, t


@inner
def mark_flat(t: Tally, ends_day: Bool1D, start: int, end: int, value: float) -> Tally:
    """Mark bars ``start:end`` of a flat account: only its first day can bring a return."""
    peak, trough, deepest, first, latest, n, total, squares, downside = t
    trough = min(trough, value)
    if value >= peak:
        if trough < peak:
            deepest = max(deepest, 1.0 - trough / peak)
        peak = trough = value
    i = start
    while i < end and not ends_day[i]:
        i += 1
    if i < end:
        if first == 0.0:
            first = value
        else:
            change = value / latest - 1.0
            n += 1
            total += change
            squares += change * change
            downside += min(change, 0.0) ** 2
        latest = value
        for j in range(i + 1, end):
            n += ends_day[j]
    return Tally(peak, trough, deepest, first, latest, n, total, squares, downside)


@inner
def trade_to(
    s: Any, r: Any, none: Record, i: int, wanted: float, price: float, volume: float, weight: float
) -> None:
    """Move an account to the side `wanted`: 1, -1 or 0 for flat."""
    if s.units * wanted > 0.0:
        return
    if s.units != 0.0:
        close_position(s, r, none, i, price, volume, SIGNAL)
    if wanted != 0.0 and s.bankrupt_bar < 0:
        open_position(s, r, i, price, wanted, volume, weight)


@inner
def mark_span(
    s: Any,
    r: Any,
    none: Record,
    t: Tally,
    closes: Float1D,
    volume: Float1D,
    ends_day: Bool1D,
    start: int,
    end: int,
) -> Tally:
    """Mark bars ``start:end``, between which the account decides nothing."""
    if start == end:
        return t
    if s.units != 0.0:
        i, value, t = mark_held(t, closes, ends_day, start, end, s.cash, s.units, s.entry_price)
        s.n_exposed += i - start
        s.equity = value
        if i == end:
            return t
        s.n_exposed += 1
        s.equity = go_bankrupt(s, r, none, i, closes[i], volume[i], value)
        start = i
    else:
        s.equity = s.cash
        if s.cash <= 0.0 and s.bankrupt_bar < 0:  # lost more than it had by leaving at a gap
            s.bankrupt_bar = start
    return mark_flat(t, ends_day, start, end, s.equity)


@inner
def cross_account(  # noqa: PLR0913, PLR0917 -- a kernel takes plain arrays
    start: int,
    end: int,
    market: Market,
    weights: Float1D,
    lines: tuple[Float1D, Float1D],
    side: int,
    wanted: tuple[float, float],
    exit_bar: int,
    r: Any,
    s: Any,
    none: Record,
) -> int:
    """Advance one account over bars ``start:end``; return the side the lines are on."""
    lag = 0 if r.fills_at_close else 1
    closes, volume, ends_day = market.close, market.volume, market.ends_day
    prices = closes if r.fills_at_close else market.open
    if start == 0:
        s.peak = s.trough = s.equity_first = s.cash  # no cross before the second bar
    t = Tally(
        s.peak, s.trough, s.max_drawdown, s.day_first, s.day_latest,
        s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2,
    )  # fmt: skip
    marked, k = start, max(start - lag, 0)
    stop = end - lag
    while k < stop:
        k, side = next_cross(lines[0], lines[1], k, min(stop, exit_bar), side)
        if k >= stop or k > exit_bar:
            break
        aim = wanted[0] if side > 0 else wanted[1]
        if k == exit_bar:
            aim = 0.0
        i = k + lag
        if s.units * aim <= 0.0 and (s.units != 0.0 or aim != 0.0):
            t = mark_span(s, r, none, t, closes, volume, ends_day, marked, i)
            was_held = s.units != 0.0
            weight = weights[k] if weights.size > 0 else 1.0
            trade_to(s, r, none, i, aim, prices[i], volume[i], weight)
            s.n_exposed += was_held and s.units == 0.0
            marked = i
        k += 1
        if k > exit_bar:
            break
    t = mark_span(s, r, none, t, closes, volume, ends_day, marked, end)
    s.peak, s.trough, s.max_drawdown, s.day_first, s.day_latest = t[:5]
    s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2 = t[5:]
    return side


@kernel
def cross_accounts(  # noqa: PLR0913, PLR0917 -- a kernel takes plain arrays
    start: int,
    end: int,
    market: Market,
    weights: Float1D,
    firsts: npt.NDArray[np.float64],
    seconds: npt.NDArray[np.float64],
    pairs: npt.NDArray[np.int64],
    sides: npt.NDArray[np.int64],
    wanted: tuple[float, float],
    exit_bar: int,
    rules: Record,
    states: Record,
    none: Record,
) -> None:
    """Advance accounts over bars ``start:end``; account j trades rows ``pairs[j]``."""
    for j in range(states.size):
        lines = (firsts[pairs[j, 0]], seconds[pairs[j, 1]])
        sides[j] = cross_account(
            start,
            end,
            market,
            weights,
            lines,
            sides[j],
            wanted,
            exit_bar,
            rules[0],
            states[j],
            none,
        )
