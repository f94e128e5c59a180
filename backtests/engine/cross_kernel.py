"""The simulation loop of a sweep over crossing lines: many accounts, no curves.

It goes from cross to cross instead of from bar to bar: nothing is decided in between, so the bars
there are only marked, and where the account is flat not even that. Fills are those of the kernel
of a single run, by the same functions.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import inner, kernel
from backtests.engine.crosses import TILE, Scratch, find_crosses
from backtests.engine.fills import close_position, open_position
from backtests.engine.kernel import mark_span
from backtests.engine.marking import Market
from backtests.engine.state import ExitReason, Record
from market.engine.bars import Float1D, Int1D

SIGNAL = np.int64(ExitReason.SIGNAL)


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
    crosses: Int1D,
    n_crosses: int,
    wanted: tuple[float, float],
    exit_bar: int,
    r: Any,
    s: Any,
    none: Record,
    equity: Float1D,
) -> None:
    """Advance one account over bars ``start:end``, in which the lines cross where it says."""
    lag = 0 if r.fills_at_close else 1
    prices = market.close if r.fills_at_close else market.open
    reads_volume = r.impact > 0.0 or r.volume_limit > 0.0
    if start == 0:
        s.peak = s.trough = s.equity_first = s.cash  # no cross before the second bar
    leaves = max(start - lag, 0) <= exit_bar < end - lag
    marked = start
    for c in range(n_crosses + leaves):
        if c == n_crosses:
            k, aim = exit_bar, 0.0
        else:
            k = crosses[c]
            aim = wanted[0] if k >= 0 else wanted[1]
            k = max(k, ~k)
        if s.units * aim > 0.0 or (s.units == 0.0 and aim == 0.0):
            continue
        i = k + lag
        mark_span(s, r, none, market, marked, i, equity)
        was_held = s.units != 0.0
        weight = weights[k] if weights.size > 0 else 1.0
        volume = market.volume[i] if reads_volume else 0.0
        trade_to(s, r, none, i, aim, prices[i], volume, weight)
        s.n_exposed += was_held and s.units == 0.0
        marked = i
    mark_span(s, r, none, market, marked, end, equity)
    s.equity = s.cash + s.units * (market.close[end - 1] - s.entry_price)


@kernel
def cross_alone(
    market: Market,
    weights: Float1D,
    crosses: Int1D,
    wanted: tuple[float, float],
    exit_bar: int,
    rules: Record,
    states: Record,
    none: Record,
    equity: Float1D,
) -> None:
    """Advance one account over all bars; `crosses` are those of its lines."""
    n_bars, n = market.close.size, crosses.size
    limit = min(exit_bar, n_bars if rules[0].fills_at_close else n_bars - 1)
    while n > 0 and max(crosses[n - 1], ~crosses[n - 1]) >= limit:
        n -= 1
    r, s = rules[0], states[0]
    cross_account(0, n_bars, market, weights, crosses, n, wanted, exit_bar, r, s, none, equity)


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
    equity: Float1D,
    scratch: Scratch,
) -> None:
    """Advance accounts over all bars, a tile at a time; account j trades rows ``pairs[j]``."""
    n_bars = market.close.size
    lag = 0 if rules[0].fills_at_close else 1
    for start in range(0, n_bars, TILE):
        end = min(start + TILE, n_bars)
        low, high = max(start - lag, 0), min(end - lag, exit_bar)
        for j in range(states.size):
            first, second = firsts[pairs[j, 0]], seconds[pairs[j, 1]]
            n_crosses, sides[j] = find_crosses(first, second, low, high, sides[j], scratch)
            cross_account(
                start,
                end,
                market,
                weights,
                scratch.crosses,
                n_crosses,
                wanted,
                exit_bar,
                rules[0],
                states[j],
                none,
                equity,
            )
