"""Stops, targets, trailing stops and working orders inside a bar.

Prices are multiplied by the side's sign, so that every function sees a long position: a stop is
below, a target above, the favourable extreme is the highest value and the adverse one the lowest.
"""

from typing import Any

import numpy as np

from backtests.engine.compiled import inner
from backtests.engine.fills import close_position, open_position
from backtests.engine.state import ExitReason, Record
from backtests.engine.terms import OHLC, OPTIMISTIC

# numpy's integers: a kernel would be compiled anew for each plain one it is called with
SIGNAL, STOP = np.int64(ExitReason.SIGNAL), np.int64(ExitReason.STOP)
TARGET, TRAIL = np.int64(ExitReason.TARGET), np.int64(ExitReason.TRAIL)
LIQUIDATION = np.int64(ExitReason.LIQUIDATION)
# how the position stood when the bar opened, or came to be inside it
ABSENT, HELD, BY_LIMIT, BY_STOP, LATE = np.arange(-1, 4)
NOTHING, AT_OPEN, AT_STOP, AT_TARGET = np.arange(4)
INFINITY = np.inf

Bar = tuple[float, float, float, float]


@inner
def turned(sign: float, bar: Bar) -> Bar:
    """Return open, favourable extreme, adverse extreme and close of a side."""
    opened, high, low, close = bar
    if sign > 0.0:
        return opened, high, low, close
    return -opened, -low, -high, -close


@inner
def liquidation_level(s: Any, r: Any, sign: float) -> float:
    """Return the price times `sign` at which equity is the maintenance margin."""
    if r.maintenance == 0.0:
        return -INFINITY
    return sign * (s.units * s.entry_price - s.cash) / (s.units * (1.0 - sign * r.maintenance))


@inner
def worse_reading(how: np.int64, bar: Bar, stop: float, target: float) -> np.int64:
    """Return the level a bar reaches if the worse extreme came first."""
    _, favourable, adverse, close = bar
    if how == LATE:
        adverse = close
    if how in (LATE, BY_LIMIT):  # the high may have come before the entry
        favourable = close
    if adverse <= stop:
        return AT_STOP
    return AT_TARGET if favourable >= target else NOTHING


@inner
def better_reading(how: np.int64, bar: Bar, stop: float, target: float) -> np.int64:
    """Return the level a bar reaches if the better extreme came first."""
    _, favourable, adverse, close = bar
    if how == LATE:
        favourable = close
    if how in (LATE, BY_STOP):  # the low may have come before the entry
        adverse = close
    if favourable >= target:
        return AT_TARGET
    return AT_STOP if adverse <= stop else NOTHING


@inner
def touched_on_path(
    s: Any, how: np.int64, is_long: bool, bar: Bar, stop: float, target: float
) -> tuple[np.int64, float]:
    """Return which level the path open, high, low, close reaches first, and the stop there."""
    _, favourable, adverse, close = bar
    leg = 0  # of open to high, high to low, low to close: the one in which the position began
    if how == BY_LIMIT:
        leg = 1 if is_long else 0
    elif how == BY_STOP:
        leg = 0 if is_long else 1
    elif how == LATE:
        leg = 2
    for step in range(leg, 3):
        goal = close if step == 2 else (favourable if (step == 0) == is_long else adverse)  # noqa: PLR2004 -- the third leg
        if goal <= stop:
            return AT_STOP, stop
        if goal >= target:
            return AT_TARGET, stop
        s.trail = max(s.trail, goal - s.trail_distance)
        stop = max(stop, s.trail)
    return NOTHING, stop


@inner
def stays(s: Any, r: Any, high: float, low: float) -> bool:
    """Return whether a bar touches no level of the position; its trailing stop then follows."""
    if s.units > 0.0:
        favourable, adverse, sign = high, low, 1.0
    else:
        favourable, adverse, sign = -low, -high, -1.0
    raised = max(s.trail, favourable - s.trail_distance)
    reached = max(s.stop, raised if r.path == OHLC else s.trail)
    if r.maintenance > 0.0:
        reached = max(reached, liquidation_level(s, r, sign))
    if adverse <= reached or favourable >= s.target:
        return False
    s.trail = raised
    return True


@inner
def check_levels(
    s: Any, r: Any, trades: Record, i: int, bar: Bar, volume: float, how: np.int64, start: float
) -> None:
    """Leave at a level inside bar `i`, or let the trailing stop follow."""
    sign = 1.0 if s.units > 0.0 else -1.0
    side = turned(sign, bar)
    began, favourable = sign * start, side[1]
    forced = liquidation_level(s, r, sign)
    stop, target = max(s.stop, s.trail, forced), s.target
    where = NOTHING
    if began <= stop or began >= target:
        where = AT_OPEN
    elif r.path == OHLC:
        where, stop = touched_on_path(s, how, sign > 0.0, side, stop, target)
    else:
        where = worse_reading(how, side, stop, target)
        if r.path == OPTIMISTIC:
            where = better_reading(how, side, stop, target)
    if where != AT_OPEN and favourable >= target and side[2] <= stop:
        worse = worse_reading(how, side, stop, target)
        s.n_ambiguous += worse != better_reading(how, side, stop, target)
    if where == NOTHING:
        s.trail = max(s.trail, favourable - s.trail_distance)
        return
    price = began if where == AT_OPEN else (stop if where == AT_STOP else target)
    reason = TARGET
    if where == AT_STOP or (where == AT_OPEN and began <= stop):
        reason = LIQUIDATION if forced >= stop else (TRAIL if s.trail >= stop else STOP)
    close_position(s, r, trades, i, sign * price, volume, reason)


@inner
def order_fill(s: Any, bar: Bar) -> tuple[float, np.int64]:
    """Return price (times the order's sign; NaN for no fill) and manner of a working order's fill.

    Notes
    -----
    A stop-limit whose stop is reached becomes a limit order: `order_stop` turns NaN.
    """
    opened, favourable, adverse, close = bar
    limit, stop = s.order_limit, s.order_stop
    if not np.isnan(stop):
        if opened < stop and favourable < stop:
            return np.nan, HELD
        s.order_stop = np.nan
        if opened < stop:
            if np.isnan(limit) or stop <= limit:
                return stop, BY_STOP
            return (limit, LATE) if close <= limit else (np.nan, HELD)
        if np.isnan(limit):
            return opened, HELD
    if opened <= limit:
        return opened, HELD
    return (limit, BY_LIMIT) if adverse <= limit else (np.nan, HELD)


@inner
def _level(levels: Any, k: int, fallback: float) -> float:
    if levels.size == 0 or np.isnan(levels[k]):
        return fallback
    return levels[k]


@inner
def set_levels(s: Any, r: Any, levels: Any, k: int, close: float) -> None:
    """Set the exit levels of a new position from its signal's bar `k`."""
    sign = 1.0 if s.units > 0.0 else -1.0
    stop = _level(levels[0], k, close * (1.0 - sign * r.stop_loss))
    target = _level(levels[1], k, close * (1.0 + sign * r.take_profit))
    distance = _level(levels[2], k, close * r.trail)
    s.stop = -INFINITY if np.isnan(stop) else sign * stop
    s.target = INFINITY if np.isnan(target) else sign * target
    s.trail_distance = INFINITY if np.isnan(distance) else distance
    s.trail = sign * close - s.trail_distance


@inner
def work_order(
    s: Any,
    r: Any,
    trades: Record,
    i: int,
    bar: Bar,
    volume: float,
    weights: Any,
    levels: Any,
    close: float,
) -> tuple[np.int64, float]:
    """Fill the working order in bar `i` if its price is reached; return how, and its price."""
    price, how = order_fill(s, turned(s.order_sign, bar))
    if np.isnan(price):
        return ABSENT, np.nan
    sign, k = s.order_sign, s.order_bar
    s.order_sign = 0.0
    if s.units * sign > 0.0:
        return ABSENT, np.nan
    if s.units != 0.0:
        close_position(s, r, trades, i, sign * price, volume, SIGNAL)
    weight = weights[k] if weights.size > 0 else 1.0
    if not open_position(s, r, i, sign * price, sign, volume, weight):
        return ABSENT, np.nan
    set_levels(s, r, levels, k, close)
    return how, sign * price
