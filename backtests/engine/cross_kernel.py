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
from backtests.engine.kernel import mark_span
from backtests.engine.marking import Curves, Market, first_day, keep_tally, tally_of
from backtests.engine.state import ExitReason, Record
from market.engine.bars import Float1D, Int1D

SIGNAL = np.int64(ExitReason.SIGNAL)
ABOVE, BELOW, TIED = np.uint8(1), np.uint8(2), np.uint8(3)  # 0: a line is not defined
TILE = 8_192  # bars an account sees before the next one does, so that columns stay in cache
WORD = 8  # bytes compared at once


class Scratch(NamedTuple):
    """Room for the crosses of one tile, used again by every account of a batch."""

    relation: npt.NDArray[np.uint8]
    changes: npt.NDArray[np.uint8]
    words: npt.NDArray[np.uint64]  # the same memory as `changes`
    crosses: Int1D


def new_scratch(n_bars: int) -> Scratch:
    """Return room for the tiles of `n_bars` bars."""
    n_bars = min(n_bars, TILE)
    words = np.zeros(n_bars // WORD + 2, dtype=np.uint64)
    changes = words.view(np.uint8)
    return Scratch(np.zeros_like(changes), changes, words, np.empty(n_bars + 2, dtype=np.int64))


@inner
def relate(first: Float1D, second: Float1D, start: int, end: int, scratch: Scratch) -> None:
    """Note how the lines lie to each other in each bar, and where that changes."""
    relation, changes = scratch.relation, scratch.changes
    first, second, n = first[start:end], second[start:end], end - start
    for j in range(n):
        relation[j] = np.uint8(first[j] >= second[j]) | np.uint8(first[j] <= second[j]) << ABOVE
    changes[0] = 1
    for j in range(1, n):
        changes[j] = relation[j] != relation[j - 1]
    for j in range(n, (n // WORD + 1) * WORD):
        changes[j] = 0


@inner
def find_crosses(
    first: Float1D, second: Float1D, start: int, end: int, side: int, scratch: Scratch
) -> tuple[int, int]:
    """List the bars of ``start:end`` at which the lines change sides; ``~bar`` for downward.

    Returns how many there are and the side at the end. A tie is no side, and the first side
    after NaN is no change, as in `market.engine.indicators.cross_above`.
    """
    if start >= end:
        return 0, side
    relate(first, second, start, end, scratch)
    changes, crosses, n = scratch.changes, scratch.crosses, 0
    for w in range((end - start) // WORD + 1):
        if scratch.words[w] == 0:
            continue
        for j in range(w * WORD, w * WORD + WORD):
            crosses[n] = j
            n += changes[j]
    n_changes, n = n, 0
    for c in range(n_changes):
        j = crosses[c]
        relation = scratch.relation[j]
        if relation == TIED:
            continue
        new = 1 if relation == ABOVE else (-1 if relation == BELOW else 0)
        if new * side < 0:
            crosses[n] = start + j if new > 0 else ~(start + j)
            n += 1
        side = new
    return n, side


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
    curves: Curves,
    day: int,
    scratch: Scratch,
) -> int:
    """Advance one account over bars ``start:end``; return the side the lines are on."""
    lag = 0 if r.fills_at_close else 1
    prices = market.close if r.fills_at_close else market.open
    if start == 0:
        s.peak = s.trough = s.equity_first = s.cash  # no cross before the second bar
    low, high = max(start - lag, 0), end - lag
    n_crosses, side = find_crosses(lines[0], lines[1], low, min(high, exit_bar), side, scratch)
    leaves = low <= exit_bar < high
    t, marked = tally_of(s, day), start
    for c in range(n_crosses + leaves):
        if c == n_crosses:
            k, aim = exit_bar, 0.0
        else:
            k = scratch.crosses[c]
            aim = wanted[0] if k >= 0 else wanted[1]
            k = max(k, ~k)
        if s.units * aim > 0.0 or (s.units == 0.0 and aim == 0.0):
            continue
        i = k + lag
        t = mark_span(s, r, none, t, market, marked, i, curves)
        was_held = s.units != 0.0
        weight = weights[k] if weights.size > 0 else 1.0
        trade_to(s, r, none, i, aim, prices[i], market.volume[i], weight)
        s.n_exposed += was_held and s.units == 0.0
        marked = i
    t = mark_span(s, r, none, t, market, marked, end, curves)
    s.equity = s.cash + s.units * (market.close[end - 1] - s.entry_price)
    keep_tally(s, t)
    return side


@kernel
def cross_accounts(  # noqa: PLR0913, PLR0917 -- a kernel takes plain arrays
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
    curves: Curves,
    scratch: Scratch,
) -> None:
    """Advance accounts over all bars, a tile at a time; account j trades rows ``pairs[j]``."""
    n_bars = market.close.size
    for start in range(0, n_bars, TILE):
        end = min(start + TILE, n_bars)
        day = first_day(market, start)
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
                curves,
                day,
                scratch,
            )
