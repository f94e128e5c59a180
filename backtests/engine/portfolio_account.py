"""An account over several instruments, carried over their merged calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from backtests.engine.account import Cancelled, Progress
from backtests.engine.corporate_actions import (
    ADJUSTMENTS,
    Action,
    Split,
    actions_left,
    first_bar_after,
    total_return,
)
from backtests.engine.exchange import BarPrices, Exchange, Order, Side, TimeInForce
from backtests.engine.portfolio_calendar import NO_BAR, Calendar, Float2D
from backtests.engine.terms import Terms
from market.engine import Bars
from market.engine.bars import Int1D

ROUNDING = 1e-12  # a whole number of units is not lost to the last bit of a weight
N_SLICES = 50
BLOCK = 128  # bars


@dataclass(frozen=True, eq=False)
class Series:
    """One instrument of a portfolio.

    Parameters
    ----------
    bars : Bars
    actions : sequence of Split or Dividend
    adjustment : {"none", "splits", "all"}
        What the prices are adjusted for already; the actions left happen to the account.
    max_weight : float, fraction of equity
        Targets are limited to it, long and short.
    max_units : float
    """

    bars: Bars
    actions: Sequence[Action] = ()
    adjustment: str = "all"
    max_weight: float = float("inf")
    max_units: float = float("inf")

    def __post_init__(self) -> None:
        if self.adjustment not in ADJUSTMENTS:
            raise ValueError(f"adjustment must be one of {', '.join(ADJUSTMENTS)}")
        if not self.max_weight > 0 or not self.max_units > 0:
            raise ValueError("max_weight and max_units must be above 0")

    @property
    def total_return(self) -> Bars:
        """The bars without jumps by splits and dividends, comparable to the first price."""
        return total_return(self.bars, self.actions, self.adjustment)


class Payment(NamedTuple):
    """Cash that a split or dividend brought (below 0: took) at a row of the calendar."""

    bar: int
    instrument: int
    cash: float
    is_dividend: bool


class PortfolioAccount:
    """Arrays of one portfolio; `advance` fills them.

    Attributes
    ----------
    equity, cash : float64[n_times], account currency
    units : float64[n_times, n_instruments]
    payments : list of Payment
    """

    def __init__(
        self, series: Mapping[str, Series], targets: Float2D, terms: Terms, min_trade: float
    ) -> None:
        self.names = tuple(series)
        self.series = list(series.values())
        self.calendar = Calendar.of([s.bars for s in self.series])
        self.targets, self.terms, self.min_trade = targets, terms, min_trade
        self.exchange = Exchange(terms)
        self.account = self.exchange.account
        self.actions = [_actions_by_bar(s) for s in self.series]
        self._has_actions = any(self.actions)
        self.payments: list[Payment] = []
        self.pending: dict[int, float] = {}
        self.unfilled: dict[int, list[Order]] = {}
        n_times = self.calendar.ts_ns.size
        self.equity, self.cash = np.empty(n_times), np.empty(n_times)
        self.units = np.empty(self.calendar.rows.shape)
        self._prices = [Prices(s.bars) for s in self.series]
        self._number = {name: column for column, name in enumerate(self.names)}
        self._closes = self.calendar.latest([s.bars.close for s in self.series])
        self._events = self._event_times(targets)
        self._decides: list[bool] = [*np.any(~np.isnan(targets), axis=-1)]

    def _event_times(self, targets: Float2D) -> Int1D:
        """Return the times that decide or bring a split or dividend, and the end."""
        happens = np.zeros(self.calendar.ts_ns.size + 1, dtype=np.bool_)
        happens[-1] = True
        if targets.shape == self.calendar.rows.shape:
            happens[:-1] = np.any(~np.isnan(targets), axis=1)
        for column, actions in enumerate(self.actions):
            happens[:-1] |= np.isin(self.calendar.rows[:, column], list(actions))
        return np.flatnonzero(happens)

    def advance(self, on_progress: Progress | None = None) -> None:
        """Simulate all times of the calendar; `on_progress` is told about 50 times.

        Raises
        ------
        Cancelled
            If `on_progress` returned False.
        """
        n_times = self.calendar.ts_ns.size
        step = max(n_times // N_SLICES, 1)
        for start, end in pairwise([*range(0, n_times, step), n_times]):
            t = start
            while t < end:
                t = self.skip(t, end)
                if t < end:
                    self.step(t)
                    t += 1
            if on_progress and on_progress(end / n_times, end, self.equity[:end]) is False:
                raise Cancelled(f"stopped after {end} of {n_times} bars")

    def skip(self, t: int, end: int) -> int:
        """Mark what is held over times at which nothing else happens; return the next time.

        Notes
        -----
        The same sums in the same order as `step` makes them, for many times at once.
        """
        held = self.account.positions
        is_charged = bool(held) and (self.terms.borrow_rate or self.terms.financing_rate)
        if self.is_waiting or is_charged or self.terms.maintenance > 0.0:
            return t
        stop = min(end, int(self._events[np.searchsorted(self._events, t)]))
        profit = np.zeros(stop - t)
        for name, position in held.items():
            closes = self._closes[t:stop, self._number[name]]
            profit += position.units * (closes - position.entry_price)
        equity = self.account.cash + profit
        if (equity <= 0.0).any():
            stop = t + int((equity <= 0.0).argmax())
        if stop == t:
            return t
        self.equity[t:stop] = equity[: stop - t]
        self.cash[t:stop] = self.account.ledger_cash
        self.units[t:stop] = [self.account.units_of(name) for name in self.names]
        latest = self._closes[stop - 1].tolist()
        self.account.mark({name: latest[self._number[name]] for name in held})
        return stop

    def step(self, t: int) -> None:
        """Carry the account over one time: actions, orders at the open, marks at the close."""
        exchange, ts_ns, bars = self.exchange, self.calendar.ts_ns, self.bars_at(t)
        if t > 0:
            exchange.accrue(int(ts_ns[t] - ts_ns[t - 1]))
        self.carry_out_actions(t, bars)
        if self.terms.fill == "next_open" and self.is_waiting:
            self.rebalance(t, {column: bar.open for column, bar in bars.items()}, bars)
        if self.terms.maintenance > 0.0:  # what may close a position inside a bar
            for column, bar in bars.items():
                if self.names[column] in self.account.positions:
                    exchange.trade(self.names[column], bar, t)
        if self.terms.volume_limit > 0.0:
            for column in bars:
                exchange.end_bar(self.names[column])
        if self._decides[t]:
            self.read_targets(t)
        if self.terms.fill == "close" and self.is_waiting:
            self.rebalance(t, {column: bar.close for column, bar in bars.items()}, bars)
        self.equity[t] = exchange.settle({self.names[c]: bar for c, bar in bars.items()}, t)
        self.cash[t] = self.account.ledger_cash
        self.units[t] = [self.account.units_of(name) for name in self.names]

    @property
    def is_waiting(self) -> bool:
        """Whether a target or the rest of an order waits for a price."""
        return bool(self.pending or self.unfilled)

    def bars_at(self, t: int) -> dict[int, BarPrices]:
        """Return the bars that close at a time, by instrument."""
        return {
            column: self._prices[column][row]
            for column, row in enumerate(self.calendar.rows[t].tolist())
            if row != NO_BAR
        }

    def carry_out_actions(self, t: int, bars: Mapping[int, BarPrices]) -> None:
        """Let splits and dividends happen that came since the bar before."""
        for column in bars if self._has_actions else ():
            row = int(self.calendar.rows[t, column])
            for action in self.actions[column].get(row, ()):
                before = self.account.cash
                if isinstance(action, Split):
                    self.exchange.split(self.names[column], action.ratio)
                else:
                    self.exchange.dividend(self.names[column], action.amount)
                if self.account.cash != before:
                    paid = self.account.cash - before
                    is_dividend = not isinstance(action, Split)
                    self.payments.append(Payment(t, column, paid, is_dividend))

    def read_targets(self, t: int) -> None:
        """Take the targets decided at this close; they wait for each instrument's next price."""
        for column, weight in enumerate(self.targets[t].tolist()):
            if weight == weight:  # noqa: PLR0124 -- not NaN
                most = self.series[column].max_weight
                self.pending[column] = min(max(weight, -most), most)

    def rebalance(self, t: int, prices: dict[int, float], bars: dict[int, BarPrices]) -> None:
        """Trade what waits: first all that frees cash, then the rest in the instruments' order.

        Notes
        -----
        Targets are fractions of the equity at the very prices that fill the orders. What cash
        does not cover, the costs of the trades before above all, is not bought.
        """
        self.account.mark({self.names[column]: price for column, price in prices.items()})
        due = {c: self.pending.pop(c) for c in prices if c in self.pending}
        for column in due:  # a new target replaces what a volume limit left over
            self.exchange.book.cancel_entries(self.names[column])
        wanted = {c: self.wanted_units(c, weight, prices[c]) for c, weight in due.items()}
        moving = [column for column in prices if column in due or column in self.unfilled]
        for closing in (True, False):
            for column in moving:
                if column in wanted:
                    self.order(
                        column, wanted[column], prices[column], bars[column], closing=closing
                    )
                self.fill(column, bars[column], t)
        rest = {c: [o for o in orders if o.status.is_live] for c, orders in self.unfilled.items()}
        self.unfilled = {column: orders for column, orders in rest.items() if orders}

    def wanted_units(self, column: int, weight: float, price: float) -> float:
        """Return the signed units of a target; what is held where the change is too small."""
        held, most = self.account.units_of(self.names[column]), self.series[column].max_units
        equity = self.account.equity
        units = min(max(weight * equity / price, -most), most)
        if not self.terms.fractional:
            units = float(int(units * (1.0 + ROUNDING)))  # towards zero
        is_small = abs(units - held) * price < self.min_trade * equity
        return held if is_small and weight != 0.0 else units

    def order(
        self, column: int, wanted: float, price: float, bar: BarPrices, *, closing: bool
    ) -> None:
        """Order the part of a change that closes, or the part that opens as far as it is paid."""
        name = self.names[column]
        held = self.account.units_of(name)
        change = wanted - held
        against = min(abs(change), abs(held)) if change * held < 0.0 else 0.0
        units = against if closing else abs(change) - against
        side = Side.BUY if change > 0.0 else Side.SELL
        if not closing and units > 0.0:
            costs = self.exchange.clearing.costs
            paid = costs.fill_price(price, side, units, bar.volume)
            units = min(units, costs.affordable_units(self.account, paid))
            if not self.terms.fractional:
                units = float(int(units))
        if units > 0.0:
            at_close = self.terms.fill == "close"
            when = TimeInForce.CLOSE if at_close else TimeInForce.GTC
            order = Order(
                instrument=name, side=side, quantity=units, is_exit=closing, time_in_force=when
            )
            self.unfilled.setdefault(column, []).append(self.exchange.submit(order))

    def fill(self, column: int, bar: BarPrices, t: int) -> None:
        """Fill the orders of an instrument at the open, or at the close."""
        fill = self.exchange.close if self.terms.fill == "close" else self.exchange.open
        fill(self.names[column], bar, t)


def _actions_by_bar(series: Series) -> dict[int, list[Action]]:
    """Return the actions left, by the first bar after each; none before the first bar."""
    found: dict[int, list[Action]] = {}
    for action in actions_left(series.actions, series.adjustment):
        found.setdefault(first_bar_after(series.bars, action.ex_ns), []).append(action)
    return found


class Prices:
    """The bars of one instrument as the exchange reads them: plain numbers, made where needed."""

    def __init__(self, bars: Bars) -> None:
        self._columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        self._blocks: dict[int, list[BarPrices]] = {}

    def __getitem__(self, row: int) -> BarPrices:
        number, place = divmod(row, BLOCK)
        block = self._blocks.get(number)
        if block is None:
            part = slice(number * BLOCK, (number + 1) * BLOCK)
            columns = (column[part].tolist() for column in self._columns)
            block = self._blocks[number] = list(map(BarPrices, *columns))
        return block[place]
