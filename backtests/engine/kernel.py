"""The simulation loop: signals and bars in, an account out."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from backtests.engine.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Codes
from backtests.engine.state import ExitReason
from market.engine.bars import Float1D

Record = npt.NDArray[np.void]
Columns3 = tuple[Float1D, Float1D, Float1D]
Columns4 = tuple[Float1D, Float1D, Float1D, Float1D]

NAN = float("nan")
SIGNAL, STOP, TARGET = ExitReason.SIGNAL.value, ExitReason.STOP.value, ExitReason.TARGET.value
TRAIL, BANKRUPT = ExitReason.TRAIL.value, ExitReason.BANKRUPT.value


@njit(cache=True, nogil=True, error_model="numpy")
def _close(s: Any, r: Any, trades: Record, i: int, price: float, reason: int) -> None:
    fill = price * (1.0 - r.adverse) if s.units > 0.0 else price * (1.0 + r.adverse)
    value = abs(s.units) * fill
    commission = value * r.commission + r.commission_fixed
    gross = s.units * (fill - s.entry_price)
    s.cash += gross - commission
    s.commissions += commission
    s.traded_value += value
    s.slippage_paid += abs(s.units) * abs(fill - price)
    if trades.size > 0:
        trade = trades[s.n_trades]
        trade.entry_bar = s.entry_bar
        trade.exit_bar = i
        trade["size"] = s.units
        trade.entry_price = s.entry_price
        trade.exit_price = fill
        trade.pnl = gross - commission - s.entry_commission
        trade.commission = commission + s.entry_commission
        trade.exit_reason = reason
    s.n_trades += 1
    s.units = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _open(s: Any, r: Any, i: int, price: float, sign: float) -> bool:
    fill = price * (1.0 + sign * r.adverse)
    units = (s.cash - r.commission_fixed) * r.leverage / (fill * (1.0 + r.commission))
    if not r.fractional:
        units = np.floor(units)
    if units <= 0.0:
        s.n_refused += 1
        return False
    value = units * fill
    commission = value * r.commission + r.commission_fixed
    s.cash -= commission
    s.commissions += commission
    s.traded_value += value
    s.slippage_paid += units * abs(fill - price)
    s.units = sign * units
    s.entry_price = fill
    s.entry_commission = commission
    s.entry_bar = i
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _level(levels: Float1D, k: int, fallback: float) -> float:
    if levels.size == 0 or np.isnan(levels[k]):
        return fallback
    return levels[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _set_levels(s: Any, r: Any, levels: Columns3, k: int, close: float) -> None:
    sign = 1.0 if s.units > 0.0 else -1.0
    s.stop = _level(levels[0], k, close * (1.0 - sign * r.stop_loss))
    s.target = _level(levels[1], k, close * (1.0 + sign * r.take_profit))
    s.trail_distance = _level(levels[2], k, close * r.trail)
    s.trail = close - sign * s.trail_distance


@njit(cache=True, nogil=True, error_model="numpy")
def _act(  # noqa: PLR0913, PLR0917 -- a kernel takes plain scalars
    s: Any,
    r: Any,
    levels: Columns3,
    trades: Record,
    code: int,
    k: int,
    i: int,
    price: float,
    close: float,
) -> None:
    """Carry out the decision of bar `k` at `price` in bar `i`."""
    sign = 0.0
    if code & ENTER_LONG and s.units <= 0.0:
        sign = 1.0
    elif code & ENTER_SHORT and s.units >= 0.0:
        sign = -1.0
    leaves = (s.units > 0.0 and code & EXIT_LONG) or (s.units < 0.0 and code & EXIT_SHORT)
    if s.units != 0.0 and (leaves or sign != 0.0):
        _close(s, r, trades, i, price, SIGNAL)
    if sign != 0.0 and s.bankrupt_bar < 0 and _open(s, r, i, price, sign):
        _set_levels(s, r, levels, k, close)


@njit(cache=True, nogil=True, error_model="numpy")
def _check_levels(s: Any, r: Any, trades: Record, i: int, bar: tuple[float, float, float]) -> None:
    """Leave at the stop, trail or target inside bar `i`; else let the trail follow."""
    opened, high, low = bar
    if s.units > 0.0:
        is_trail = not (s.stop >= s.trail)
        is_trail &= not np.isnan(s.trail)
        stop = s.trail if is_trail else s.stop
        hit_stop, hit_target = low <= stop, high >= s.target
        stop_fill, target_fill = min(opened, stop), max(opened, s.target)
    else:
        is_trail = not (s.stop <= s.trail)
        is_trail &= not np.isnan(s.trail)
        stop = s.trail if is_trail else s.stop
        hit_stop, hit_target = high >= stop, low <= s.target
        stop_fill, target_fill = max(opened, stop), min(opened, s.target)
    if hit_stop and hit_target:
        s.n_ambiguous += 1
    if hit_stop:
        _close(s, r, trades, i, stop_fill, TRAIL if is_trail else STOP)
    elif hit_target:
        _close(s, r, trades, i, target_fill, TARGET)
    elif s.units > 0.0:
        s.trail = max(s.trail, high - s.trail_distance)
    else:
        s.trail = min(s.trail, low + s.trail_distance)


@njit(cache=True, nogil=True, error_model="numpy")
def simulate(  # noqa: PLR0913, PLR0917 -- a kernel takes plain arrays
    start: int,
    end: int,
    codes: Codes,
    prices: Columns4,
    levels: Columns3,
    rules: Record,
    state: Record,
    trades: Record,
    equity: Float1D,
    position: Float1D,
) -> None:
    """Advance `state` over bars ``start:end``; write curves and trades where there is room."""
    s, r = state[0], rules[0]
    opens, highs, lows, closes = prices
    has_levels = levels[0].size + levels[1].size + levels[2].size > 0
    has_levels |= not (np.isnan(r.stop_loss) and np.isnan(r.take_profit) and np.isnan(r.trail))
    for i in range(start, end):
        if not r.fills_at_close and i > 0 and codes[i - 1] != 0:
            _act(s, r, levels, trades, codes[i - 1], i - 1, i, opens[i], closes[i - 1])
        if has_levels and s.units != 0.0:
            _check_levels(s, r, trades, i, (opens[i], highs[i], lows[i]))
        if r.fills_at_close and codes[i] != 0:
            _act(s, r, levels, trades, codes[i], i, i, closes[i], closes[i])
        value = s.cash + s.units * (closes[i] - s.entry_price)
        if value <= 0.0 and s.bankrupt_bar < 0:
            s.bankrupt_bar = i
            if s.units != 0.0:
                _close(s, r, trades, i, closes[i], BANKRUPT)
                value = s.cash
        s.equity = value
        if equity.size > 0:
            equity[i] = value
            position[i] = s.units
