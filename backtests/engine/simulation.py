"""One door to a single run."""

from typing import Unpack

import numpy as np

from backtests.engine.account import Account, Progress
from backtests.engine.metrics import compute_metrics
from backtests.engine.result import Costs, OpenTrade, Result
from backtests.engine.strategy import Params, Strategy
from backtests.engine.subjects import signals_of, strategy_of
from backtests.engine.terms import TermOptions, Terms
from market.engine import Bars
from market.engine.bars import Float1D


def run(
    strategy: str | Strategy | type[Strategy],
    bars: Bars,
    params: Params | None = None,
    *,
    cash: float,
    detail: Bars | None = None,
    benchmark: Bars | None = None,
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
    detail : Bars, optional
        Bars of a shorter timeframe; what happens inside a bar is read from those that closed
        after the bar before it and not after itself, where there are any.
    benchmark : Bars, optional
        What alpha, beta and the like are measured against, `bars` if left out; its latest close
        at each bar counts.
    on_progress : callable(fraction, bar, equity), optional
        Called about 50 times with the fraction done in (0, 1], the bars done and the equity of
        those bars; returning False ends the run. The result does not depend on it.
    **terms
        Keywords of `Terms`: side, commission, slippage, margin, fill, stop_loss and more.

    Raises
    ------
    InvalidParams
        If a parameter is unknown or out of bounds, or their combination makes no sense.
    ValueError
        If a term is out of its range, the name is unknown, the strategy returns signals that
        do not fit the bars, or the benchmark begins after the bars.
    Cancelled
        If `on_progress` returned False.
    """
    rule = strategy_of(strategy)
    agreed = Terms(cash=cash, **terms)
    values = rule.resolve(params)
    account = Account(bars, signals_of(rule, bars, values), agreed, detail)
    closes = None if benchmark is None else latest_closes(benchmark, bars)
    account.advance(on_progress)
    first_bar = min(max(rule.warm_up(values), 0), len(bars) - 1)
    state = account.state[0]
    metrics = compute_metrics(
        bars,
        account.equity,
        account.trades,
        n_exposed=int(state.n_exposed),
        traded_value=float(state.traded_value),
        commissions=float(state.commissions),
        cash=cash,
        first_bar=first_bar,
        fill=agreed.fill,
        benchmark=closes,
    )
    return Result(
        bars=bars,
        equity=account.equity,
        trades=account.trades,
        metrics=metrics,
        open_trade=_open_trade(account),
        costs=Costs(
            commissions=float(state.commissions),
            slippage_and_spread=float(state.slippage_paid),
            financing=float(state.financing_paid),
            traded_value=float(state.traded_value),
        ),
        params=values,
        terms=agreed,
        strategy_name=rule.name,
        strategy_version=rule.version,
        detail=detail,
        benchmark=benchmark,
        benchmark_closes=closes,
        first_bar=first_bar,
        n_refused=int(state.n_refused),
        n_expired=int(state.n_expired),
        n_ambiguous=int(state.n_ambiguous),
        bankrupt_bar=int(state.bankrupt_bar) if state.bankrupt_bar >= 0 else None,
        final_equity_by_path=account.final_equity_by_path,
    )


def latest_closes(other: Bars, bars: Bars) -> Float1D:
    """Return the latest close of `other` known at each close of `bars`, float64[n_bars].

    Raises
    ------
    ValueError
        If there is none yet at the first.
    """
    rows = np.searchsorted(other.ts_ns, bars.ts_ns, side="right") - 1
    if rows[0] < 0:
        raise ValueError("the benchmark begins after the first bar of the run")
    closes: Float1D = other.close[rows]
    return closes


def _open_trade(account: Account) -> OpenTrade | None:
    s = account.state[0]
    if s.units == 0.0:
        return None
    gross = float(s.units * (account.market.close[-1] - s.entry_price))
    return OpenTrade(
        entry_bar=int(s.entry_bar),
        size=float(s.units),
        entry_price=float(s.entry_price),
        commission=float(s.entry_commission),
        financing=float(s.entry_financing),
        pnl=gross - float(s.entry_commission) - float(s.entry_financing),
    )
