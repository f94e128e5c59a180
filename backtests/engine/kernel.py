"""The simulation loop: signals and bars in, an account out."""

from typing import Any, NamedTuple

import numpy as np

from backtests.engine.compiled import inner, kernel
from backtests.engine.fills import close_position, open_position
from backtests.engine.levels import (
    ABSENT,
    HELD,
    check_levels,
    liquidation_level,
    set_levels,
    stays,
    work_order,
)
from backtests.engine.marking import (
    Curves,
    Market,
    Tally,
    end_day,
    first_day,
    follow,
    keep_tally,
    mark_flat,
    mark_held,
    tally_of,
    write_curves,
)
from backtests.engine.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Codes
from backtests.engine.state import ExitReason, Record
from backtests.engine.terms import OHLC
from market.engine.bars import Float1D, Int1D

YEAR_NS = 365.25 * 86_400e9
SIGNAL, BANKRUPT = np.int64(ExitReason.SIGNAL), np.int64(ExitReason.BANKRUPT)
NO_ORDER = 0.0


class Detail(NamedTuple):
    """Bars of a shorter timeframe; those of bar i are ``first[i]:first[i + 1]``."""

    first: Int1D
    open: Float1D
    high: Float1D
    low: Float1D
    close: Float1D


class Plan(NamedTuple):
    """What the strategy wants; an empty array where it wants nothing of the kind."""

    codes: Codes
    stop: Float1D
    target: Float1D
    trail: Float1D
    order_limit: Float1D
    order_stop: Float1D
    weights: Float1D
    valid_bars: int


@inner
def act(
    s: Any,
    r: Any,
    plan: Plan,
    trades: Record,
    k: int,
    i: int,
    price: float,
    close: float,
    volume: float,
) -> None:
    """Carry out the decision of bar `k` at `price` in bar `i`; `close` is that of bar `k`."""
    code = plan.codes[k]
    sign = 0.0
    if code & ENTER_LONG and s.units <= 0.0:
        sign = 1.0
    elif code & ENTER_SHORT and s.units >= 0.0:
        sign = -1.0
    leaves = (s.units > 0.0 and code & EXIT_LONG) or (s.units < 0.0 and code & EXIT_SHORT)
    limit = plan.order_limit[k] if plan.order_limit.size > 0 else np.nan
    stop = plan.order_stop[k] if plan.order_stop.size > 0 else np.nan
    waits = sign != 0.0 and not (np.isnan(limit) and np.isnan(stop))
    s.order_sign = NO_ORDER
    if s.units != 0.0 and (leaves or (sign != 0.0 and not waits)):
        close_position(s, r, trades, i, price, volume, SIGNAL)
    if sign == 0.0 or s.bankrupt_bar >= 0:
        return
    if waits:
        s.order_sign, s.order_limit, s.order_stop = sign, sign * limit, sign * stop
        s.order_bar, s.order_expiry = k, k + plan.valid_bars
        return
    weight = plan.weights[k] if plan.weights.size > 0 else 1.0
    if open_position(s, r, i, price, sign, volume, weight):
        set_levels(s, r, (plan.stop, plan.target, plan.trail), k, close)


@inner
def inside_bar(
    s: Any,
    r: Any,
    plan: Plan,
    trades: Record,
    i: int,
    bar: tuple[float, float, float, float],
    market: Market,
) -> None:
    """Let one bar, or one bar of the detail of bar `i`, reach levels and working orders."""
    volume = market.volume[i]
    levels = (plan.stop, plan.target, plan.trail)
    how, start = (HELD if s.units != 0.0 else ABSENT), bar[0]
    for turn in range(2):  # what is held, then what a working order has just opened
        if how != ABSENT:
            check_levels(s, r, trades, i, bar, volume, how, start)
        if turn == 1 or s.order_sign == NO_ORDER:
            break
        close = market.close[s.order_bar]
        how, start = work_order(s, r, trades, i, bar, volume, plan.weights, levels, close)


@inner
def look_inside(
    s: Any, r: Any, plan: Plan, trades: Record, i: int, market: Market, detail: Detail
) -> None:
    """Let bar `i` reach levels and working orders: by its detail if there is any."""
    opens, highs, lows, closes = market.open, market.high, market.low, market.close
    first, end = i, i + 1
    if detail.first.size > 0 and detail.first[i + 1] > detail.first[i]:
        opens, highs, lows, closes = detail.open, detail.high, detail.low, detail.close
        first, end = detail.first[i], detail.first[i + 1]
    for j in range(first, end):
        bar = (opens[j], highs[j], lows[j], closes[j])
        inside_bar(s, r, plan, trades, i, bar, market)
    if s.order_sign != NO_ORDER and i >= s.order_expiry:
        s.order_sign = NO_ORDER
        s.n_expired += 1


@inner
def go_bankrupt(
    s: Any, r: Any, trades: Record, i: int, close: float, volume: float, value: float
) -> float:
    """Close the position of an account whose equity is used up; return what is left."""
    s.bankrupt_bar, s.order_sign = i, NO_ORDER
    if s.units == 0.0:
        return value
    close_position(s, r, trades, i, close, volume, BANKRUPT)
    return s.cash


@inner
def pay_financing(s: Any, r: Any, close: float, span_ns: float) -> None:
    """Charge what holding the position from the close before until now costs."""
    value = s.units * close
    if value < 0.0:
        cost = -value * r.borrow_rate * span_ns / YEAR_NS
    else:
        cost = max(0.0, value - s.equity) * r.financing_rate * span_ns / YEAR_NS
    s.cash -= cost
    s.entry_financing += cost
    s.financing_paid += cost


@inner
def mark_bar(s: Any, t: Tally, market: Market, i: int, value: float) -> Tally:
    """Mark a bar in which something may have happened."""
    s.equity = value
    if i == 0:
        s.peak = s.trough = s.equity_first = value
        t = tally_of(s, 0)
    t = follow(t, value)
    return end_day(t, value) if market.day_ends[t.day] == i else t


@inner
def mark_span(
    s: Any, r: Any, trades: Record, t: Tally, market: Market, start: int, end: int, curves: Curves
) -> Tally:
    """Mark bars ``start:end``, between which the account decides nothing."""
    if start == end:
        return t
    if s.units == 0.0:
        if s.cash <= 0.0 and s.bankrupt_bar < 0:  # lost more than it had by leaving at a gap
            s.bankrupt_bar = start
        write_curves(curves, market.close, start, end, (s.cash, 0.0, 0.0))
        return mark_flat(t, market, start, end, s.cash)
    i, t = mark_held(t, market, start, end, s.cash, s.units, s.entry_price)
    write_curves(curves, market.close, start, i, (s.cash, s.units, s.entry_price))
    s.n_exposed += i - start
    if i == end:
        return t
    close = market.close[i]
    value = s.cash + s.units * (close - s.entry_price)
    value = go_bankrupt(s, r, trades, i, close, market.volume[i], value)
    s.n_exposed += 1
    write_curves(curves, market.close, i, end, (value, 0.0, 0.0))
    return mark_flat(t, market, i, end, value)


@inner
def may_set_levels(plan: Plan, r: Any) -> bool:
    """Return whether something may close a position inside a bar."""
    if plan.stop.size + plan.target.size + plan.trail.size > 0 or r.maintenance > 0.0:
        return True
    return not (np.isnan(r.stop_loss) and np.isnan(r.take_profit) and np.isnan(r.trail))


@inner
def next_code(codes: Codes, k: int, end: int) -> int:
    """Return the first bar of ``k:end`` with a decision, `end` if there is none."""
    while k < end and codes[k] == 0:
        k += 1
    return k


@inner
def stays_until(s: Any, r: Any, market: Market, start: int, end: int) -> int:
    """Return the first bar of ``start:end`` that touches a level, `end` if none does.

    `stays` for many bars, with the account's levels in registers.
    """
    highs, lows, sign = market.high, market.low, 1.0
    if s.units < 0.0:
        highs, lows, sign = lows, highs, -1.0
    stop, target, trail, distance = s.stop, s.target, s.trail, s.trail_distance
    if r.maintenance > 0.0:
        stop = max(stop, liquidation_level(s, r, sign))
    follows_first, i = r.path == OHLC, start
    while i < end:
        favourable, adverse = sign * highs[i], sign * lows[i]
        raised = max(trail, favourable - distance)
        if favourable >= target or adverse <= max(stop, raised if follows_first else trail):
            break
        trail = raised
        i += 1
    s.trail = trail
    return i


@kernel
def simulate(  # noqa: C901, PLR0913, PLR0917 -- one loop, kept in registers
    start: int,
    end: int,
    market: Market,
    detail: Detail,
    plan: Plan,
    rules: Record,
    state: Record,
    trades: Record,
    equity: Float1D,
    position: Float1D,
) -> None:
    """Advance `state` over bars ``start:end``; write curves and trades where there is room."""
    s, r = state[0], rules[0]
    codes, opens, closes, volume = plan.codes, market.open, market.close, market.volume
    lag = 0 if r.fills_at_close else 1
    has_levels = may_set_levels(plan, r)
    has_financing = r.borrow_rate > 0.0 or r.financing_rate > 0.0
    has_detail, curves = detail.first.size > 0, (equity, position)
    t, i = tally_of(s, first_day(market, start)), start
    decides = next_code(codes, max(start - lag, 0), end - lag) + lag
    while i < end:
        quiet = i if s.order_sign != NO_ORDER or i == 0 else min(decides, end)
        if s.units != 0.0 and (has_financing or (has_levels and has_detail)):
            quiet = i
        elif s.units != 0.0 and has_levels and quiet > i:
            quiet = stays_until(s, r, market, i, quiet)
        t = mark_span(s, r, trades, t, market, i, quiet, curves)
        i = quiet
        if i == end:
            break
        n_trades, was_held = s.n_trades, s.units != 0.0
        if has_financing and was_held:
            pay_financing(s, r, closes[i - 1], market.ts_ns[i] - market.ts_ns[i - 1])
        if lag == 1 and i == decides:
            act(s, r, plan, trades, i - 1, i, opens[i], closes[i - 1], volume[i])
        is_open = has_levels and s.units != 0.0
        if s.order_sign != NO_ORDER or (
            is_open and (has_detail or not stays(s, r, market.high[i], market.low[i]))
        ):
            look_inside(s, r, plan, trades, i, market, detail)
        if lag == 0 and i == decides:
            act(s, r, plan, trades, i, i, closes[i], closes[i], volume[i])
        if i == decides:
            decides = next_code(codes, i - lag + 1, end - lag) + lag
        value = s.cash + s.units * (closes[i] - s.entry_price)
        if value <= 0.0 and s.bankrupt_bar < 0:
            value = go_bankrupt(s, r, trades, i, closes[i], volume[i], value)
        s.n_exposed += was_held or s.units != 0.0 or s.n_trades > n_trades
        t = mark_bar(s, t, market, i, value)
        write_curves(curves, closes, i, i + 1, (value, s.units, closes[i]))
        i += 1
    s.equity = s.cash + s.units * (closes[end - 1] - s.entry_price)
    keep_tally(s, t)
