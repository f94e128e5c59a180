"""The event engine: a strategy's signals carried out order by order on the exchange."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from backtests.engine.account import detail_of, inside_of, plan_of
from backtests.engine.exchange import (
    BarPrices,
    Bracket,
    Exchange,
    Order,
    OrderType,
    Side,
    TimeInForce,
)
from backtests.engine.kernel import Inside, Plan
from backtests.engine.metrics import compute_metrics, exposed_bars
from backtests.engine.result import Costs, OpenTrade, Result
from backtests.engine.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Signals
from backtests.engine.state import TRADE
from backtests.engine.strategy import Params, Strategy
from backtests.engine.subjects import signals_of, strategy_of
from backtests.engine.terms import PATHS, TermOptions, Terms
from market.engine import Bars
from market.engine.bars import Float1D

INSTRUMENT = "instrument"


class EventRun:
    """One strategy on one instrument, bar by bar through an `Exchange`.

    Attributes
    ----------
    exchange : Exchange
        With every order, every fill and the reason of each.
    equity, position : float64[n_bars]
    """

    exchange_class = Exchange

    def __init__(
        self, bars: Bars, signals: Signals, terms: Terms, detail: Bars | None = None
    ) -> None:
        self.terms = terms
        self.exchange = self.exchange_class(terms)
        self.plan = plan_of(bars, signals, terms)
        self.prices = inside_of(bars, signals, terms, None)
        self.codes = dict(zip(self.plan.decisions.tolist(), self.plan.codes.tolist(), strict=True))
        self.bars = list(_prices_of(bars))
        self.ts_ns: list[int] = bars.ts_ns.tolist()
        self.detail = None if detail is None else list(_prices_of(detail))
        self.first: list[int] = [] if detail is None else detail_of(bars, detail).first.tolist()
        self.equity = np.empty(len(bars))
        self.position = np.empty(len(bars))

    def advance(self) -> None:
        """Simulate all bars."""
        for i in range(len(self.bars)):
            self.step(i)

    def step(self, i: int) -> None:
        """Carry the account over bar `i`."""
        exchange, bar = self.exchange, self.bars[i]
        if i > 0:
            exchange.accrue(self.ts_ns[i] - self.ts_ns[i - 1])
        exchange.open(INSTRUMENT, bar, i)
        for part in self.inside(i):
            exchange.trade(INSTRUMENT, part, i, bar.volume)
        exchange.end_bar(INSTRUMENT)
        if self.terms.fill == "close":
            self.decide(i)
            exchange.close(INSTRUMENT, bar, i)
        self.equity[i] = exchange.settle({INSTRUMENT: bar}, i)
        self.position[i] = exchange.account.units_of(INSTRUMENT)
        if self.terms.fill == "next_open":
            self.decide(i)

    def inside(self, i: int) -> list[BarPrices]:
        """Return bar `i`, or the bars of a shorter timeframe inside it."""
        if self.detail is not None and self.first[i + 1] > self.first[i]:
            return self.detail[self.first[i] : self.first[i + 1]]
        return [self.bars[i]]

    def decide(self, i: int) -> None:
        """Send the orders the strategy wants at the close of bar `i`."""
        code = self.codes.get(i, 0)
        if code == 0:
            return
        exchange, held = self.exchange, self.exchange.account.units_of(INSTRUMENT)
        exchange.book.cancel_entries(INSTRUMENT)
        side = None
        if code & ENTER_LONG and held <= 0.0:
            side = Side.BUY
        elif code & ENTER_SHORT and held >= 0.0:
            side = Side.SELL
        entry = (
            None
            if side is None
            else entry_order(self.plan, self.prices, self.terms, i, side, self.bars[i])
        )
        leaves = (held > 0.0 and code & EXIT_LONG) or (held < 0.0 and code & EXIT_SHORT)
        if held and (leaves or (entry is not None and entry.order_type is OrderType.MARKET)):
            out = Side.SELL if held > 0.0 else Side.BUY
            when = _time_in_force(self.terms)
            exchange.submit(
                Order(instrument=INSTRUMENT, side=out, is_exit=True, time_in_force=when)
            )
        if entry is not None and exchange.closed_at is None:
            exchange.submit(entry)


def entry_order(
    plan: Plan, inside: Inside, terms: Terms, i: int, side: Side, bar: BarPrices
) -> Order:
    """Return the entry decided at the close of bar `i`, with the exits it shall have."""
    limit, stop = _at(inside.order_limit, i), _at(inside.order_stop, i)
    order_type = {
        (False, False): OrderType.MARKET,
        (True, False): OrderType.LIMIT,
        (False, True): OrderType.STOP,
        (True, True): OrderType.STOP_LIMIT,
    }[limit is not None, stop is not None]
    is_market = order_type is OrderType.MARKET
    return Order(
        instrument=INSTRUMENT,
        side=side,
        order_type=order_type,
        limit_price=limit,
        stop_price=stop,
        weight=_at(plan.weights, i) if plan.weights.size else None,
        good_bars=None if is_market else inside.valid_bars,
        time_in_force=_time_in_force(terms) if is_market else TimeInForce.GTC,
        bracket=_bracket(inside, terms, i, side, bar.close),
    )


def _bracket(inside: Inside, terms: Terms, i: int, side: Side, close: float) -> Bracket | None:
    """Return the strategy's exits at bar `i`, or those of the terms where it names none."""
    stop, target, distance = _at(inside.stop, i), _at(inside.target, i), _at(inside.trail, i)
    if stop is None and terms.stop_loss is not None:
        stop = close * (1.0 - side * terms.stop_loss)
    if target is None and terms.take_profit is not None:
        target = close * (1.0 + side * terms.take_profit)
        target = target if target > 0.0 else None  # a short cannot gain more than all
    if distance is None and terms.trail is not None:
        distance = close * terms.trail
    if stop is None and target is None and distance is None:
        return None
    return Bracket(stop=stop, target=target, trail_distance=distance, trail_from=close)


def _time_in_force(terms: Terms) -> TimeInForce:
    return TimeInForce.CLOSE if terms.fill == "close" else TimeInForce.GTC


def _at(values: Float1D, i: int) -> float | None:
    """Return a price of the plan; None where it names none."""
    if not values.size or np.isnan(values[i]):
        return None
    return float(values[i])


def _prices_of(bars: Bars) -> Iterator[BarPrices]:
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return map(BarPrices, *(column.tolist() for column in columns))


def run_events(
    strategy: str | Strategy | type[Strategy],
    bars: Bars,
    params: Params | None = None,
    *,
    cash: float,
    detail: Bars | None = None,
    **terms: Unpack[TermOptions],
) -> Result:
    """Simulate a strategy on bars, order by order; the same result as `run`, more slowly.

    Parameters
    ----------
    strategy, bars, params, cash, detail, **terms
        As in `run`.

    Raises
    ------
    InvalidParams, ValueError
        As in `run`.
    """
    rule = strategy_of(strategy)
    agreed = Terms(cash=cash, **terms)
    values = rule.resolve(params)
    signals = signals_of(rule, bars, values)
    event_run = EventRun(bars, signals, agreed, detail)
    event_run.advance()
    return result_of(event_run, rule, values, bars, signals, detail)


def result_of(
    event_run: EventRun,
    rule: Strategy,
    values: Params,
    bars: Bars,
    signals: Signals,
    detail: Bars | None,
) -> Result:
    """Return a finished run in the shape the kernel gives."""
    exchange, account = event_run.exchange, event_run.exchange.account
    trades = trades_of(exchange)
    first_bar = min(max(rule.warm_up(values), 0), len(bars) - 1)
    metrics = compute_metrics(
        bars,
        event_run.equity,
        trades,
        n_exposed=exposed_bars(event_run.position, trades),
        traded_value=account.traded_value,
        commissions=account.commissions,
        cash=event_run.terms.cash,
        first_bar=first_bar,
        fill=event_run.terms.fill,
    )

    def final_equity_by_path() -> dict[str, float]:
        finals = {}
        for path in PATHS:
            other = type(event_run)(bars, signals, replace(event_run.terms, intrabar=path), detail)
            other.advance()
            finals[path] = float(other.equity[-1])
        return finals

    return Result(
        bars=bars,
        equity=event_run.equity,
        trades=trades,
        metrics=metrics,
        open_trade=_open_trade(exchange),
        costs=Costs(
            commissions=account.commissions,
            slippage_and_spread=account.slippage_paid,
            financing=account.financing_paid,
            traded_value=account.traded_value,
        ),
        params=values,
        terms=event_run.terms,
        strategy_name=rule.name,
        strategy_version=rule.version,
        detail=detail,
        benchmark=None,
        benchmark_closes=None,
        first_bar=first_bar,
        n_refused=exchange.n_refused,
        n_expired=exchange.book.n_expired,
        n_ambiguous=exchange.n_ambiguous,
        bankrupt_bar=exchange.closed_at,
        final_equity_by_path=final_equity_by_path,
    )


def trades_of(exchange: Exchange) -> npt.NDArray[np.void]:
    """Return the closed trades as structured[n_trades], the fields of `state.TRADE`."""
    n_fields = len(TRADE.names or ())
    rows = [trade[:n_fields] for trade in exchange.account.trades]
    return np.array(rows, dtype=TRADE)


def _open_trade(exchange: Exchange) -> OpenTrade | None:
    held = exchange.account.positions.get(INSTRUMENT)
    if held is None:
        return None
    return OpenTrade(
        entry_bar=held.entered_at,
        size=held.units,
        entry_price=held.entry_price,
        commission=held.commission,
        financing=held.financing,
        pnl=held.unrealised - held.commission - held.financing,
    )
