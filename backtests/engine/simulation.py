"""One door to a single run."""

from collections.abc import Callable
from itertools import pairwise
from typing import Unpack

import numpy as np
import numpy.typing as npt

from backtests.engine.kernel import simulate
from backtests.engine.metrics import compute_metrics
from backtests.engine.registry import get_strategy
from backtests.engine.result import Costs, OpenTrade, Result
from backtests.engine.signals import Signals, encode
from backtests.engine.state import new_state, new_trades
from backtests.engine.strategy import Params, Strategy
from backtests.engine.terms import TermOptions, Terms
from market.engine import Bars
from market.engine.bars import Float1D

Progress = Callable[[float, int, Float1D], bool | None]

N_SLICES = 50
MIN_SLICE = 1_000


class Cancelled(Exception):
    """The caller's `on_progress` asked the run to stop."""


def run(
    strategy: str | Strategy | type[Strategy],
    bars: Bars,
    params: Params | None = None,
    *,
    cash: float,
    on_progress: Progress | None = None,
    **terms: Unpack[TermOptions],
) -> Result:
    """Simulate a strategy on bars.

    Parameters
    ----------
    strategy : str or Strategy
        A name in the registry, or a strategy.
    bars : Bars
    params : mapping of str to value, optional
        Those left out take their defaults.
    cash : float, account currency
        What the account starts with; above 0.
    on_progress : callable(fraction, bar, equity), optional
        Called about 50 times with the fraction done in (0, 1], the bars done and the equity of
        those bars; returning False ends the run. The result does not depend on it.
    **terms
        Keywords of `Terms`: side, commission, commission_fixed, slippage, spread, fractional,
        margin, fill, close_at_end, stop_loss, take_profit, trail.

    Raises
    ------
    InvalidParams
        If a parameter is unknown or out of bounds, or their combination makes no sense.
    ValueError
        If a term is out of its range, the name is unknown, or the strategy returns signals that
        do not fit the bars.
    Cancelled
        If `on_progress` returned False.
    """
    rule = strategy_of(strategy)
    agreed = Terms(cash=cash, **terms)
    values = rule.resolve(params)
    signals = signals_of(rule, bars, values)
    account = _Account(bars, signals, agreed)
    account.advance(on_progress)
    first_bar = min(max(rule.warm_up(values), 0), len(bars) - 1)
    state = account.state[0]
    metrics = compute_metrics(
        bars,
        account.equity,
        account.trades,
        position=account.position,
        traded_value=float(state.traded_value),
        commissions=float(state.commissions),
        first_bar=first_bar,
        fill=agreed.fill,
    )
    return Result(
        bars=bars,
        equity=account.equity,
        position=account.position,
        trades=account.trades,
        metrics=metrics,
        open_trade=account.open_trade,
        costs=Costs(
            float(state.commissions), float(state.slippage_paid), float(state.traded_value)
        ),
        params=values,
        terms=agreed,
        strategy_name=rule.name,
        strategy_version=rule.version,
        first_bar=first_bar,
        n_refused=int(state.n_refused),
        n_ambiguous=int(state.n_ambiguous),
        bankrupt_bar=int(state.bankrupt_bar) if state.bankrupt_bar >= 0 else None,
    )


def strategy_of(strategy: str | Strategy | type[Strategy]) -> Strategy:
    """Return the strategy itself: looked up by name, or made from its class."""
    if isinstance(strategy, str):
        return get_strategy(strategy)
    return strategy() if isinstance(strategy, type) else strategy


def signals_of(strategy: Strategy, bars: Bars, params: Params) -> Signals:
    """Return the strategy's signals; ValueError if they do not fit the bars."""
    signals = strategy.signals(bars, params)
    if not isinstance(signals, Signals):
        raise TypeError(f"{strategy.name} returned {type(signals).__name__}, not Signals")
    if len(signals) != len(bars):
        raise ValueError(f"{strategy.name} returned {len(signals)} signals for {len(bars)} bars")
    return signals


def _or_none(level: Float1D | None) -> Float1D:
    return np.empty(0) if level is None else level


class _Account:
    """Arrays of one run; `advance` fills them."""

    def __init__(self, bars: Bars, signals: Signals, terms: Terms) -> None:
        self.bars = bars
        self.rules = terms.rules()
        self.codes = encode(signals, side=terms.side, close_at_end=terms.close_at_end)
        self.levels = (_or_none(signals.stop), _or_none(signals.target), _or_none(signals.trail))
        self.state = new_state(terms.cash)
        self.room = new_trades(int(np.count_nonzero(self.codes)) + 1)
        self.equity = np.empty(len(bars))
        self.position = np.empty(len(bars))

    def advance(self, on_progress: Progress | None) -> None:
        """Simulate all bars, in slices if somebody watches."""
        n_bars = len(self.bars)
        step = n_bars if on_progress is None else max(n_bars // N_SLICES, MIN_SLICE)
        marks = [*range(0, n_bars, step), n_bars]
        prices = (self.bars.open, self.bars.high, self.bars.low, self.bars.close)
        for start, end in pairwise(marks):
            simulate(
                start,
                end,
                self.codes,
                prices,
                self.levels,
                self.rules,
                self.state,
                self.room,
                self.equity,
                self.position,
            )
            if on_progress and on_progress(end / n_bars, end, self.equity[:end]) is False:
                raise Cancelled(f"stopped after {end} of {n_bars} bars")

    @property
    def trades(self) -> npt.NDArray[np.void]:
        """The closed trades so far."""
        return self.room[: int(self.state[0].n_trades)].view(np.ndarray)

    @property
    def open_trade(self) -> OpenTrade | None:
        """The position held, marked at the last close."""
        s = self.state[0]
        if s.units == 0.0:
            return None
        gross = float(s.units * (self.bars.close[-1] - s.entry_price))
        return OpenTrade(
            entry_bar=int(s.entry_bar),
            size=float(s.units),
            entry_price=float(s.entry_price),
            commission=float(s.entry_commission),
            pnl=gross - float(s.entry_commission),
        )
