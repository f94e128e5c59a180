"""What a fill costs and how large an entry may be, by the terms of the account."""

import math
from dataclasses import dataclass

from backtests.engine.exchange.account import Account
from backtests.engine.terms import Terms


@dataclass(frozen=True, slots=True)
class CostModel:
    """Prices, commissions and sizes under one set of `Terms`."""

    terms: Terms

    def commission_rate(self, traded_value: float) -> float:
        """Return the fraction charged once the account has traded that much."""
        reached = [rate for start, rate in self.terms.commission_tiers if traded_value >= start]
        return reached[-1] if reached else self.terms.commission

    def commission(self, units: float, value: float, traded_value: float) -> float:
        """Return the commission of one order, account currency."""
        t = self.terms
        charged = value * self.commission_rate(traded_value)
        charged += t.commission_fixed
        return max(charged + units * t.commission_per_unit, t.commission_min)

    def fill_price(
        self, price: float, side: float, units: float, volume: float, *, has_spread: bool = False
    ) -> float:
        """Return the price paid (`side` 1) or received (-1); a quote has its spread already."""
        t = self.terms
        adverse = t.slippage if has_spread else t.slippage + t.spread / 2.0
        if t.slippage_impact > 0.0 and units > 0.0:
            share = min(1.0, units / volume) if volume > 0.0 else 1.0
            adverse += t.slippage_impact * share * share
        return price * (1.0 + side * adverse)

    def affordable_units(self, account: Account, price: float) -> float:
        """Return the units that free cash can margin at `price`, commission included."""
        t = self.terms
        cash, leverage = account.free_cash(t.margin), 1.0 / t.margin
        rate = self.commission_rate(account.traded_value)
        units = (cash - t.commission_fixed) * leverage
        units /= price * (1.0 + rate) + t.commission_per_unit
        if units > 0.0:
            charged = self.commission(units, units * price, account.traded_value)
            if charged <= t.commission_min:
                units = (cash - t.commission_min) * leverage / price
        return units

    def wanted_units(self, account: Account, price: float, weight: float | None) -> float:
        """Return the units the sizing asks for at `price`, at most what can be paid."""
        sizing, most = self.terms.sizing, self.affordable_units(account, price)
        equity = account.equity
        if sizing.kind == "units":
            return sizing.value if sizing.value <= most else 0.0
        if sizing.kind == "cash":
            return min(most, sizing.value / price)
        if sizing.kind == "kelly":
            return min(most, account.kelly_fraction(sizing) * equity / price)
        if sizing.kind == "all" and weight is None:
            return most
        fraction = sizing.value if sizing.kind == "equity" else 1.0
        return min(most, fraction * (1.0 if weight is None else weight) * equity / price)

    def entry_units(
        self, account: Account, price: float, side: float, volume: float, weight: float | None
    ) -> float:
        """Return the whole or fractional units to enter with; 0 if not one can be paid.

        Notes
        -----
        With an impact of size on price, the size is found at the price of the larger order, so
        that it can always be paid.
        """
        t = self.terms
        units = self.wanted_units(account, self.fill_price(price, side, 0.0, volume), weight)
        if t.volume_limit > 0.0:
            units = min(units, t.volume_limit * volume)
        if t.slippage_impact > 0.0 and units > 0.0:
            worse = self.fill_price(price, side, units, volume)
            units = min(units, self.wanted_units(account, worse, weight))
        if not t.fractional:
            units = float(math.floor(units))
        return max(units, 0.0)
