"""The simulation loop: signals and bars in, an account out."""

from typing import Any, NamedTuple

import numpy as np

from backtests.engine.compiled import inner, kernel, rare
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
    Market,
    end_day,
    follow,
    mark_flat,
    mark_held,
    write_equity,
)
from backtests.engine.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Codes
from backtests.engine.spans import count_before
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
    """What the strategy decides.

    Decisions lie close together in memory, with the price at which a market order of each fills:
    a kernel that had to fetch them from among the bars would mostly wait for memory.
    """

    decisions: Int1D  # their bars
    codes: Codes
    prices: Float1D  # before costs
    weights: Float1D  # by bar; empty for none


class Inside(NamedTuple):
    """What may happen inside a bar: exit levels and working orders, by bar; empty for none."""

    stop: Float1D
    target: Float1D
    trail: Float1D
    order_limit: Float1D
    order_stop: Float1D
    valid_bars: int
    has_levels: bool  # whether something may close a position there
    detail: Detail


@inner
def place_order(s: Any, inside: Inside, k: int, sign: float) -> bool:
    """Let the entry of bar `k` wait for its price; False if it has none."""
    limit = inside.order_limit[k] if inside.order_limit.size > 0 else np.nan
    stop = inside.order_stop[k] if inside.order_stop.size > 0 else np.nan
    if np.isnan(limit) and np.isnan(stop):
        return False
    s.order_sign, s.order_limit, s.order_stop = sign, sign * limit, sign * stop
    s.order_bar, s.order_expiry = k, k + inside.valid_bars
    return True


@inner
def act(
    s: Any,
    r: Any,
    plan: Plan,
    inside: Inside | None,
    trades: Record,
    d: int,
    i: int,
    close: float,
    volume: float,
) -> None:
    """Carry out decision `d` in bar `i`; `close` is that of the bar it was made at."""
    k, code, price = plan.decisions[d], plan.codes[d], plan.prices[d]
    sign = 0.0
    if code & ENTER_LONG and s.units <= 0.0:
        sign = 1.0
    elif code & ENTER_SHORT and s.units >= 0.0:
        sign = -1.0
    leaves = (s.units > 0.0 and code & EXIT_LONG) or (s.units < 0.0 and code & EXIT_SHORT)
    waits = False
    s.order_sign = NO_ORDER
    if inside is not None:
        waits = sign != 0.0 and s.bankrupt_bar < 0 and place_order(s, inside, k, sign)
    if s.units != 0.0 and (leaves or (sign != 0.0 and not waits)):
        close_position(s, r, trades, i, price, volume, SIGNAL)
    if sign == 0.0 or waits or s.bankrupt_bar >= 0:
        return
    weight = plan.weights[k] if plan.weights.size > 0 else 1.0
    if open_position(s, r, i, price, sign, volume, weight) and inside is not None:
        set_levels(s, r, (inside.stop, inside.target, inside.trail), k, close)


@inner
def inside_bar(
    s: Any,
    r: Any,
    plan: Plan,
    inside: Inside,
    trades: Record,
    i: int,
    bar: tuple[float, float, float, float],
    market: Market,
) -> None:
    """Let one bar, or one bar of the detail of bar `i`, reach levels and working orders."""
    volume = market.volume[i]
    levels = (inside.stop, inside.target, inside.trail)
    how, start = (HELD if s.units != 0.0 else ABSENT), bar[0]
    for turn in range(2):  # what is held, then what a working order has just opened
        if how != ABSENT:
            check_levels(s, r, trades, i, bar, volume, how, start)
        if turn == 1 or s.order_sign == NO_ORDER:
            break
        close = market.close[s.order_bar]
        how, start = work_order(s, r, trades, i, bar, volume, plan.weights, levels, close)


@rare
def look_inside(
    s: Any, r: Any, plan: Plan, inside: Inside, trades: Record, i: int, market: Market
) -> None:
    """Let bar `i` reach levels and working orders: by its detail if there is any."""
    opens, highs, lows, closes = market.open, market.high, market.low, market.close
    first, end, detail = i, i + 1, inside.detail
    if detail.first.size > 0 and detail.first[i + 1] > detail.first[i]:
        opens, highs, lows, closes = detail.open, detail.high, detail.low, detail.close
        first, end = detail.first[i], detail.first[i + 1]
    for j in range(first, end):
        bar = (opens[j], highs[j], lows[j], closes[j])
        inside_bar(s, r, plan, inside, trades, i, bar, market)
    if s.order_sign != NO_ORDER and i >= s.order_expiry:
        s.order_sign = NO_ORDER
        s.n_expired += 1


@rare
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
def mark_bar(s: Any, market: Market, i: int, value: float) -> None:
    """Mark a bar in which something may have happened."""
    s.equity = value
    if i == 0:
        s.peak = s.trough = s.equity_first = value
    follow(s, value)
    if market.day_ends[s.day] == i:
        end_day(s, value)


@inner
def mark_span(
    s: Any, r: Any, trades: Record, market: Market, start: int, end: int, equity: Float1D
) -> None:
    """Mark bars ``start:end``, between which the account decides nothing."""
    if start == end:
        return
    i, closes = start, market.close
    if s.units != 0.0:
        i = mark_held(s, market, start, end)
        write_equity(equity, closes, start, i, (s.cash, s.units, s.entry_price))
        s.n_exposed += i - start
        if i == end:
            return
        value = s.cash + s.units * (closes[i] - s.entry_price)
        go_bankrupt(s, r, trades, i, closes[i], market.volume[i], value)
        s.n_exposed += 1
    elif s.cash <= 0.0 and s.bankrupt_bar < 0:  # lost more than it had by leaving at a gap
        s.bankrupt_bar = start
    write_equity(equity, closes, i, end, (s.cash, 0.0, 0.0))
    mark_flat(s, market, end)


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


@inner
def quiet_until(s: Any, r: Any, market: Market, inside: Inside | None, start: int, end: int) -> int:
    """Return the first bar of ``start:end`` in which something may happen, `end` if in none."""
    if start == 0 or (s.units != 0.0 and (r.borrow_rate > 0.0 or r.financing_rate > 0.0)):
        return start
    if inside is not None:
        if s.order_sign != NO_ORDER:
            return start
        if s.units != 0.0 and inside.has_levels:
            if inside.detail.first.size > 0:
                return start
            return stays_until(s, r, market, start, end)
    return end


@inner
def trade_inside(
    s: Any, r: Any, plan: Plan, inside: Inside | None, trades: Record, i: int, market: Market
) -> None:
    """Look inside bar `i` if a level or a working order may be reached there."""
    if inside is not None:
        looks = s.order_sign != NO_ORDER
        if not looks and inside.has_levels and s.units != 0.0:
            has_detail = inside.detail.first.size > 0
            looks = has_detail or not stays(s, r, market.high[i], market.low[i])
        if looks:
            look_inside(s, r, plan, inside, trades, i, market)


@inner
def next_decision(plan: Plan, d: int, lag: int, end: int) -> int:
    """Return the bar in which decision `d` is carried out, `end` if there is none."""
    return plan.decisions[d] + lag if d < plan.decisions.size else end


@kernel
def simulate(
    start: int,
    end: int,
    market: Market,
    plan: Plan,
    inside: Inside | None,
    rules: Record,
    state: Record,
    trades: Record,
    equity: Float1D,
) -> None:
    """Advance `state` over bars ``start:end``; write equity and trades where there is room.

    Where nothing can happen inside a bar, `inside` is None: a third less to compile.
    """
    s, r = state[0], rules[0]
    closes = market.close
    reads_volume = r.impact > 0.0 or r.volume_limit > 0.0
    lag = 0 if r.fills_at_close else 1
    has_financing = r.borrow_rate > 0.0 or r.financing_rate > 0.0
    i, d = start, count_before(plan.decisions, start - lag)
    decides = next_decision(plan, d, lag, end)
    while i < end:
        quiet = quiet_until(s, r, market, inside, i, min(decides, end))
        mark_span(s, r, trades, market, i, quiet, equity)
        i = quiet
        if i == end:
            break
        volume = market.volume[i] if reads_volume else 0.0
        n_trades, was_held = s.n_trades, s.units != 0.0
        if has_financing and was_held:
            pay_financing(s, r, closes[i - 1], market.ts_ns[i] - market.ts_ns[i - 1])
        if lag == 1 and i == decides:
            act(s, r, plan, inside, trades, d, i, closes[i - 1], volume)
        trade_inside(s, r, plan, inside, trades, i, market)
        if lag == 0 and i == decides:
            act(s, r, plan, inside, trades, d, i, closes[i], volume)
        if i == decides:
            d += 1
            decides = next_decision(plan, d, lag, end)
        value = s.cash + s.units * (closes[i] - s.entry_price)
        if value <= 0.0 and s.bankrupt_bar < 0:
            value = go_bankrupt(s, r, trades, i, closes[i], volume, value)
        s.n_exposed += was_held or s.units != 0.0 or s.n_trades > n_trades
        mark_bar(s, market, i, value)
        write_equity(equity, closes, i, i + 1, (value, s.units, closes[i]))
        i += 1
    s.equity = s.cash + s.units * (closes[end - 1] - s.entry_price)
