"""What a fill does to an account: its price, its size and its costs."""

from typing import Any

import numpy as np

from backtests.engine.compiled import inner
from backtests.engine.state import Record
from backtests.engine.terms import CASH, EQUITY, KELLY, UNITS


@inner
def commission_rate(s: Any, r: Any) -> float:
    """Return the fraction charged now: that of the highest tier the traded value has reached."""
    rate = r.commission
    for j in range(r.n_tiers):
        if s.traded_value >= r.tier_from[j]:
            rate = r.tier_rate[j]
    return rate


@inner
def commission_of(s: Any, r: Any, units: float, value: float) -> float:
    """Return the commission of one order in account currency."""
    charged = value * commission_rate(s, r) + r.commission_fixed + units * r.commission_per_unit
    return max(charged, r.commission_min)


@inner
def fill_price(r: Any, price: float, sign: float, units: float, volume: float) -> float:
    """Return the price paid (`sign` 1) or received (-1) after slippage, impact and half spread."""
    adverse = r.adverse
    if r.impact > 0.0:
        share = min(1.0, units / volume) if volume > 0.0 else 1.0
        adverse += r.impact * share * share
    return price * (1.0 + sign * adverse)


@inner
def close_position(
    s: Any, r: Any, trades: Record, i: int, price: float, volume: float, reason: np.int64
) -> None:
    """Leave the whole position at `price` in bar `i`."""
    units = abs(s.units)
    fill = fill_price(r, price, -1.0 if s.units > 0.0 else 1.0, units, volume)
    commission = commission_of(s, r, units, units * fill)
    gross = s.units * (fill - s.entry_price)
    pnl = gross - commission - s.entry_commission - s.entry_financing
    s.cash += gross - commission
    s.commissions += commission
    s.traded_value += units * fill
    s.slippage_paid += units * abs(fill - price)
    if trades.size > 0:
        trade = trades[s.n_trades]
        trade.entry_bar = s.entry_bar
        trade.exit_bar = i
        trade["size"] = s.units
        trade.entry_price = s.entry_price
        trade.exit_price = fill
        trade.pnl = pnl
        trade.commission = commission + s.entry_commission
        trade.exit_reason = reason
        trade.financing = s.entry_financing
    count_trade(s, pnl, units * s.entry_price)
    s.units = 0.0


@inner
def count_trade(s: Any, pnl: float, value: float) -> None:
    """Add a closed trade to the sums the metrics are made of."""
    s.n_trades += 1
    s.sum_pnl2 += pnl * pnl
    if pnl > 0.0:
        s.n_wins += 1
        s.sum_win += pnl
        s.sum_gain_return += pnl / value
    elif pnl < 0.0:
        s.n_losses += 1
        s.sum_loss -= pnl
        s.sum_loss_return -= pnl / value


@inner
def kelly_fraction(s: Any, r: Any) -> float:
    """Return the share of equity that the trades so far suggest, scaled and capped."""
    if s.n_trades < r.kelly_trades or s.n_wins == 0 or s.n_losses == 0:
        return r.size_cap * (s.n_trades < r.kelly_trades)
    wins = s.n_wins / s.n_trades
    payoff = (s.sum_win / s.n_wins) / (s.sum_loss / s.n_losses)
    return min(r.size_cap, max(0.0, r.size_value * (wins - (1.0 - wins) / payoff)))


@inner
def affordable_units(s: Any, r: Any, fill: float) -> float:
    """Return the units the account's cash can margin and pay the commission of."""
    rate = commission_rate(s, r)
    per_unit = fill * (1.0 + rate) + r.commission_per_unit
    units = (s.cash - r.commission_fixed) * r.leverage / per_unit
    if units > 0.0 and commission_of(s, r, units, units * fill) <= r.commission_min:
        units = (s.cash - r.commission_min) * r.leverage / fill
    return units


@inner
def wanted_units(s: Any, r: Any, fill: float, weight: float) -> float:
    """Return the units to enter with, 0 or less if the account cannot; not rounded yet."""
    most = affordable_units(s, r, fill)
    if r.size_kind == UNITS:
        return r.size_value if r.size_value <= most else 0.0
    if r.size_kind == CASH:
        return min(most, r.size_value / fill)
    if r.size_kind == EQUITY:
        return min(most, r.size_value * weight * s.cash / fill)
    if r.size_kind == KELLY:
        return min(most, kelly_fraction(s, r) * s.cash / fill)
    return most


@inner
def open_position(
    s: Any, r: Any, i: int, price: float, sign: float, volume: float, weight: float
) -> bool:
    """Enter at `price` in bar `i`; False, and counted, if not one unit can be paid."""
    fill = price * (1.0 + sign * r.adverse)
    units = wanted_units(s, r, fill, weight)
    if r.volume_limit > 0.0:
        units = min(units, r.volume_limit * volume)
    if r.impact > 0.0 and units > 0.0:  # sized at the price of the larger order: always payable
        fill = fill_price(r, price, sign, units, volume)
        units = min(units, wanted_units(s, r, fill, weight))
    if not r.fractional:
        units = np.floor(units)
    if not units > 0.0:
        s.n_refused += 1
        return False
    if r.impact > 0.0:
        fill = fill_price(r, price, sign, units, volume)
    commission = commission_of(s, r, units, units * fill)
    s.cash -= commission
    s.commissions += commission
    s.traded_value += units * fill
    s.slippage_paid += units * abs(fill - price)
    s.units = sign * units
    s.entry_price = fill
    s.entry_commission = commission
    s.entry_financing = 0.0
    s.entry_bar = i
    return True
