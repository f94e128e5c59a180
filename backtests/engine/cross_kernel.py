"""The simulation loop of a sweep over crossing lines: many accounts, no curves."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from backtests.engine.fills import close_position, open_position
from backtests.engine.kernel import Market, go_bankrupt
from backtests.engine.state import ExitReason, Record
from market.engine.bars import Float1D

SIGNAL = np.int64(ExitReason.SIGNAL)


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def cross_account(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 -- one loop, kept in registers
    start: int,
    end: int,
    market: Market,
    weights: Float1D,
    first: Float1D,
    second: Float1D,
    gap_side: float,
    on_up: float,
    on_down: float,
    exit_bar: int,
    r: Any,
    s: Any,
    none: Record,
) -> float:
    """Advance one account over bars ``start:end``; return the side the lines parted to last."""
    opens, closes, volume, ends_day = market.open, market.close, market.volume, market.ends_day
    at_open = r.fills_at_close == 0
    units, cash, entry_price, value = s.units, s.cash, s.entry_price, s.equity
    peak, trough, deepest, n_exposed = s.peak, s.trough, s.max_drawdown, s.n_exposed
    day_first, day_latest, day_lowest = s.day_first, s.day_latest, s.day_lowest
    n_returns, total, squares, downside = s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2
    for i in range(start, end):
        k = i - 1 if at_open else i
        wanted = np.nan
        if k >= 0:
            gap = first[k] - second[k]
            if gap * gap_side < 0.0:
                wanted = on_up if gap > 0.0 else on_down
            if gap != 0.0:  # a tie is no side
                gap_side = 0.0 if np.isnan(gap) else gap
        if k >= exit_bar:
            wanted = 0.0 if k == exit_bar else np.nan
        was_held, is_traded = units != 0.0, not np.isnan(wanted)
        if is_traded:
            price = opens[i] if at_open else closes[i]
            weight = weights[k] if weights.size > 0 else 1.0
            trade_to(s, r, none, i, wanted, price, volume[i], weight)
            units, cash, entry_price = s.units, s.cash, s.entry_price
        n_exposed += was_held or units != 0.0
        if was_held or is_traded or i == 0:
            value = cash + units * (closes[i] - entry_price)
            if value <= 0.0 and s.bankrupt_bar < 0:
                value = go_bankrupt(s, r, none, i, closes[i], volume[i], value)
                units, cash = 0.0, s.cash
            if i == 0:
                peak = trough = s.equity_first = value
            trough = min(trough, value)
            if value >= peak:
                if trough < peak:
                    deepest = max(deepest, 1.0 - trough / peak)
                peak = trough = value
        if ends_day[i]:
            if day_first == 0.0:
                day_first = day_lowest = value
            else:
                n_returns += 1
                if value != day_latest:
                    change = value / day_latest - 1.0
                    total += change
                    squares += change * change
                    downside += min(change, 0.0) ** 2
                    day_lowest = min(day_lowest, value)
            day_latest = value
    s.equity = value
    s.peak, s.trough, s.max_drawdown, s.n_exposed = peak, trough, deepest, n_exposed
    s.day_first, s.day_latest, s.day_lowest = day_first, day_latest, day_lowest
    s.n_returns, s.sum_return, s.sum_return2, s.sum_downside2 = n_returns, total, squares, downside
    return gap_side


@njit(cache=True, nogil=True, error_model="numpy")
def cross_accounts(  # noqa: PLR0913, PLR0917 -- a kernel takes plain arrays
    start: int,
    end: int,
    market: Market,
    weights: Float1D,
    firsts: npt.NDArray[np.float64],
    seconds: npt.NDArray[np.float64],
    pairs: npt.NDArray[np.int64],
    gap_sides: Float1D,
    wanted: tuple[float, float],
    exit_bar: int,
    rules: Record,
    states: Record,
    none: Record,
) -> None:
    """Advance accounts over bars ``start:end``; account j trades rows ``pairs[j]``."""
    for j in range(states.size):
        gap_sides[j] = cross_account(
            start,
            end,
            market,
            weights,
            firsts[pairs[j, 0]],
            seconds[pairs[j, 1]],
            gap_sides[j],
            wanted[0],
            wanted[1],
            exit_bar,
            rules[0],
            states[j],
            none,
        )
