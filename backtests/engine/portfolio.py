"""Several instruments on one cash account, held at target weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Unpack

import numpy as np
import numpy.typing as npt

from backtests.engine.corporate_actions import (
    ADJUSTMENTS,
    Action,
    Split,
    actions_left,
    first_bar_after,
)
from backtests.engine.exchange import BarPrices, Exchange, Fill, Order, Side, TimeInForce
from backtests.engine.metrics import compute_metrics
from backtests.engine.portfolio_calendar import NO_BAR, Calendar, Float2D
from backtests.engine.result import Costs
from backtests.engine.state import TRADE
from backtests.engine.terms import TermOptions, Terms
from market.engine import Bars
from market.engine.bars import Float1D, Int1D

PORTFOLIO_TRADE = np.dtype([*TRADE.descr, ("instrument", "i8"), ("mae", "f8"), ("mfe", "f8")])
ROUNDING = 1e-12  # a whole number of units is not lost to the last bit of a weight
UNUSED = ("side", "sizing", "delay", "close_at_end", "stop_loss", "take_profit", "trail")


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


@dataclass(frozen=True, eq=False)
class PortfolioResult:
    """One simulated account over several instruments.

    Attributes
    ----------
    names : tuple of str
    ts_ns : int64[n_times], nanoseconds UTC
        Of the merged calendar.
    equity, cash : float64[n_times], account currency
        At each time; `cash` is what lies on the account, below 0 if borrowed.
    units, prices : float64[n_times, n_instruments]
        Held, and latest close; the price is NaN before an instrument's first bar.
    trades : structured[n_trades]
        As of `Result`, with the number of the instrument; bars are rows of the calendar.
    fills : list of Fill
    dividends : float, account currency
        Received less paid. They are part of equity and of no trade.
    metrics : dict of str to float
        As of `Result`; the market is all instruments in equal parts, bought once and held.
    """

    names: tuple[str, ...]
    ts_ns: Int1D
    equity: Float1D
    cash: Float1D
    units: Float2D
    prices: Float2D
    trades: npt.NDArray[np.void]
    fills: list[Fill]
    costs: Costs
    dividends: float
    n_refused: int
    bankrupt_bar: int | None
    metrics: dict[str, float]

    @cached_property
    def weights(self) -> Float2D:
        """Value of each position as a fraction of equity, float64[n_times, n_instruments]."""
        value = np.where(self.units == 0.0, 0.0, self.units * self.prices)
        return value / self.equity[:, None]


class PortfolioRun:
    """An account carried over the merged calendar; `advance` fills the arrays."""

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
        self.pending: dict[int, float] = {}
        n_times = self.calendar.ts_ns.size
        self.equity, self.cash = np.empty(n_times), np.empty(n_times)
        self.units = np.empty(self.calendar.rows.shape)

    def advance(self) -> None:
        """Simulate all times of the calendar."""
        for t in range(self.calendar.ts_ns.size):
            self.step(t)

    def step(self, t: int) -> None:
        """Carry the account over one time: actions, orders at the open, marks at the close."""
        exchange, ts_ns, bars = self.exchange, self.calendar.ts_ns, self.bars_at(t)
        if t > 0:
            exchange.accrue(int(ts_ns[t] - ts_ns[t - 1]))
        for column in bars:
            self.carry_out_actions(column, int(self.calendar.rows[t, column]))
        if self.terms.fill == "next_open":
            self.rebalance(t, {column: bar.open for column, bar in bars.items()}, bars)
        for column, bar in bars.items():
            exchange.trade(self.names[column], bar, t)
            exchange.end_bar(self.names[column])
        self.read_targets(t)
        if self.terms.fill == "close":
            self.rebalance(t, {column: bar.close for column, bar in bars.items()}, bars)
        self.equity[t] = exchange.settle({self.names[c]: bar for c, bar in bars.items()}, t)
        self.cash[t] = self.account.ledger_cash
        self.units[t] = [self.account.units_of(name) for name in self.names]

    def bars_at(self, t: int) -> dict[int, BarPrices]:
        """Return the bars that close at a time, by instrument."""
        found = {}
        for column, row in enumerate(self.calendar.rows[t].tolist()):
            if row != NO_BAR:
                b = self.series[column].bars
                prices = (b.open[row], b.high[row], b.low[row], b.close[row], b.volume[row])
                found[column] = BarPrices(*(float(price) for price in prices))
        return found

    def carry_out_actions(self, column: int, row: int) -> None:
        """Let splits and dividends happen that came since the bar before."""
        for action in self.actions[column].get(row, ()):
            if isinstance(action, Split):
                self.exchange.split(self.names[column], action.ratio)
            else:
                self.exchange.dividend(self.names[column], action.amount)

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
        for column in prices:  # what a volume limit left over, unless a new target replaces it
            if column in due:
                self.exchange.cancel_entries(self.names[column])
        wanted = {c: self.wanted_units(c, weight, prices[c]) for c, weight in due.items()}
        for closing in (True, False):
            for column, price in prices.items():
                if column in wanted:
                    self.order(column, wanted[column], price, bars[column], closing=closing)
                self.fill(column, bars[column], t)

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
            self.exchange.submit(
                Order(
                    instrument=name, side=side, quantity=units, is_exit=closing, time_in_force=when
                )
            )

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


def run_portfolio(
    series: Mapping[str, Series],
    targets: npt.ArrayLike,
    *,
    cash: float,
    min_trade: float = 0.0,
    **terms: Unpack[TermOptions],
) -> PortfolioResult:
    """Hold several instruments at target weights on one cash account.

    Parameters
    ----------
    series : mapping of str to Series
    targets : float64[n_times, n_instruments], fraction of equity
        Decided at each close of the merged calendar (`Calendar.of`); below 0 for a short
        position; NaN changes nothing. Filled at each instrument's next open, or at the same
        close, as the terms say; an instrument without a bar then waits for its next one.
    cash : float, account currency
    min_trade : float, fraction of equity
        Smaller changes are not traded, unless they close a position.
    **terms
        Keywords of `Terms`: costs, margin, maintenance, fill, fractional, volume_limit.

    Raises
    ------
    ValueError
        If there is no instrument, targets have another shape or are infinite, or a term does
        not apply to a portfolio.
    """
    agreed = Terms(cash=cash, **terms)
    usual = Terms(cash=cash)
    for name in UNUSED:
        if getattr(agreed, name) != getattr(usual, name):
            raise ValueError(f"{name} does not apply to a portfolio of weights")
    if not series:
        raise ValueError("a portfolio needs at least one instrument")
    if not 0 <= min_trade < 1:
        raise ValueError(f"min_trade must be a fraction in [0, 1), not {min_trade}")
    wanted = np.asarray(targets, dtype=np.float64)
    portfolio = PortfolioRun(series, wanted, agreed, min_trade)
    if wanted.shape != portfolio.units.shape or np.isinf(wanted).any():
        raise ValueError(f"targets must be finite or NaN, float64{portfolio.units.shape}")
    portfolio.advance()
    return _result_of(portfolio)


def _result_of(portfolio: PortfolioRun) -> PortfolioResult:
    account, exchange = portfolio.account, portfolio.exchange
    rows = [
        (*trade[:-1], portfolio.names.index(trade.instrument), np.nan, np.nan)
        for trade in account.trades
    ]
    trades = np.array(rows, dtype=PORTFOLIO_TRADE)
    prices = portfolio.calendar.latest([s.bars.close for s in portfolio.series])
    return PortfolioResult(
        names=portfolio.names,
        ts_ns=portfolio.calendar.ts_ns,
        equity=portfolio.equity,
        cash=portfolio.cash,
        units=portfolio.units,
        prices=prices,
        trades=trades,
        fills=exchange.fills,
        costs=Costs(
            commissions=account.commissions,
            slippage_and_spread=account.slippage_paid,
            financing=account.financing_paid,
            traded_value=account.traded_value,
        ),
        dividends=account.dividends,
        n_refused=exchange.n_refused,
        bankrupt_bar=exchange.closed_at,
        metrics=_metrics(portfolio, trades),
    )


def _metrics(portfolio: PortfolioRun, trades: npt.NDArray[np.void]) -> dict[str, float]:
    market = market_index(portfolio.calendar, portfolio.series)
    ts_ns, account = portfolio.calendar.ts_ns, portfolio.account
    return compute_metrics(
        Bars(ts_ns, market, market, market, market, np.zeros(ts_ns.size)),
        portfolio.equity,
        trades,
        position=np.abs(portfolio.units).sum(axis=1),
        traded_value=account.traded_value,
        commissions=account.commissions,
        fill=portfolio.terms.fill,
    )


def market_index(calendar: Calendar, series: Sequence[Series]) -> Float1D:
    """Return the value of all instruments in equal parts, float64[n_times], 1 at the start.

    Notes
    -----
    Each part is cash until the instrument's first bar and then held. Prices are taken as given
    but for splits left to the account; dividends left to it do not count.
    """
    closes = []
    for s in series:
        close = s.bars.close.copy()
        for action in actions_left(s.actions, s.adjustment):
            if isinstance(action, Split):
                close[: first_bar_after(s.bars, action.ex_ns)] /= action.ratio
        closes.append(close / close[0])
    growth: Float1D = np.nan_to_num(calendar.latest(closes), nan=1.0).mean(axis=1)
    return growth
