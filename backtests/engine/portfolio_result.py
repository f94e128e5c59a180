"""What a portfolio run gives back."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backtests.engine.comparison import correlations, day_closes
from backtests.engine.exchange import Fill
from backtests.engine.metrics import compute_metrics, exposed_bars
from backtests.engine.portfolio_account import Payment, PortfolioAccount, Series
from backtests.engine.portfolio_calendar import Calendar, Float2D
from backtests.engine.result import ENGINE_VERSION, Costs
from backtests.engine.state import TRADE
from market.engine import Bars
from market.engine.bars import Float1D, Int1D

PORTFOLIO_TRADE = np.dtype([*TRADE.descr, ("instrument", "i8"), ("mae", "f8"), ("mfe", "f8")])


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
    benchmark : float64[n_times], account currency
        The same cash in equal parts of all instruments, bought once and held, with dividends.
    units, prices : float64[n_times, n_instruments]
        Held, and latest close; the price is NaN before an instrument's first bar.
    trades : structured[n_trades]
        As of `Result`, with the number of the instrument; bars are rows of the calendar.
    fills : list of Fill
    payments : list of Payment
        Dividends, and parts of a unit that a split left over, in cash.
    contributions : float64[n_instruments], account currency
        Profit of each instrument after its costs and with its dividends; the sum is the change
        of equity.
    correlation : float64[n_instruments, n_instruments]
        See `correlation_of`.
    dividends : float, account currency
        Received less paid. They are part of equity and of no trade.
    metrics : dict of str to float
        As of `Result`; the market is `benchmark`.
    fingerprint : str
        SHA-256 of series, targets, terms and engine: same text, same result.
    """

    names: tuple[str, ...]
    ts_ns: Int1D
    equity: Float1D
    cash: Float1D
    benchmark: Float1D
    units: Float2D
    prices: Float2D
    trades: npt.NDArray[np.void]
    fills: list[Fill]
    payments: list[Payment]
    contributions: Float1D
    correlation: Float2D
    costs: Costs
    dividends: float
    n_refused: int
    bankrupt_bar: int | None
    metrics: dict[str, float]
    fingerprint: str

    @cached_property
    def weights(self) -> Float2D:
        """Value of each position as a fraction of equity, float64[n_times, n_instruments].

        NaN where equity is not above 0.
        """
        value = np.where(self.units == 0.0, 0.0, self.units * self.prices)
        equity = np.where(self.equity > 0.0, self.equity, np.nan)
        weights: Float2D = value / equity[:, None]
        return weights


def result_of(portfolio: PortfolioAccount, decided_by: Mapping[str, object]) -> PortfolioResult:
    """Return the result of an account that has seen all times."""
    account, exchange = portfolio.account, portfolio.exchange
    rows = [
        (*trade[:-1], portfolio.names.index(trade.instrument), np.nan, np.nan)
        for trade in account.trades
    ]
    trades = np.array(rows, dtype=PORTFOLIO_TRADE)
    benchmark = portfolio.terms.cash * market_index(portfolio.calendar, portfolio.series)
    return PortfolioResult(
        names=portfolio.names,
        ts_ns=portfolio.calendar.ts_ns,
        equity=portfolio.equity,
        cash=portfolio.cash,
        benchmark=benchmark,
        units=portfolio.units,
        prices=portfolio.calendar.latest([s.bars.close for s in portfolio.series]),
        trades=trades,
        fills=exchange.fills,
        payments=portfolio.payments,
        contributions=_contributions(portfolio),
        correlation=correlation_of(portfolio.series),
        costs=Costs(
            commissions=account.commissions,
            slippage_and_spread=account.slippage_paid,
            financing=account.financing_paid,
            traded_value=account.traded_value,
        ),
        dividends=account.dividends,
        n_refused=exchange.n_refused,
        bankrupt_bar=exchange.closed_at,
        metrics=_metrics(portfolio, trades, benchmark),
        fingerprint=_fingerprint(portfolio, decided_by),
    )


def _contributions(portfolio: PortfolioAccount) -> Float1D:
    """Return profit by instrument: closed trades, what is held, and payments."""
    out = np.zeros(len(portfolio.names))
    number = {name: column for column, name in enumerate(portfolio.names)}
    for trade in portfolio.account.trades:
        out[number[trade.instrument]] += trade.pnl
    for name, held in portfolio.account.positions.items():
        out[number[name]] += held.unrealised - held.commission - held.financing
    for payment in portfolio.payments:
        out[payment.instrument] += payment.cash
    return out


def _metrics(
    portfolio: PortfolioAccount, trades: npt.NDArray[np.void], market: Float1D
) -> dict[str, float]:
    ts_ns, account = portfolio.calendar.ts_ns, portfolio.account
    return compute_metrics(
        Bars(ts_ns, market, market, market, market, np.zeros(ts_ns.size)),
        portfolio.equity,
        trades,
        n_exposed=exposed_bars(np.abs(portfolio.units).sum(axis=1), trades),
        traded_value=account.traded_value,
        commissions=account.commissions,
        cash=portfolio.terms.cash,
        fill=portfolio.terms.fill,
    )


def market_index(calendar: Calendar, series: Sequence[Series]) -> Float1D:
    """Return the value of all instruments in equal parts, float64[n_times], 1 at the start.

    Notes
    -----
    Each part is cash until the instrument's first bar and then held, dividends put back.
    """
    closes = [s.total_return.close for s in series]
    growth = calendar.latest([close / close[0] for close in closes])
    index: Float1D = np.nan_to_num(growth, nan=1.0).mean(axis=1)
    return index


def correlation_of(series: Sequence[Series]) -> Float2D:
    """Return the correlation of daily returns of each pair, dividends put back.

    Returns
    -------
    float64[n_instruments, n_instruments]
        Each pair is measured from one day that has a bar of both to the next, since markets
        close at different times and on different days. NaN for fewer than two common returns,
        or where one does not move.
    """
    closes = [day_closes(s.bars.ts_ns, s.total_return.close) for s in series]
    return np.array([[cell.value for cell in line] for line in correlations(closes)])


def _fingerprint(portfolio: PortfolioAccount, decided_by: Mapping[str, object]) -> str:
    recipe = {
        "series": [
            [
                name,
                s.bars.fingerprint,
                s.adjustment,
                s.max_weight,
                s.max_units,
                [repr(action) for action in s.actions],
            ]
            for name, s in zip(portfolio.names, portfolio.series, strict=True)
        ],
        "targets": hashlib.sha256(np.ascontiguousarray(portfolio.targets).data).hexdigest(),
        "decided_by": dict(decided_by),
        "min_trade": portfolio.min_trade,
        "terms": portfolio.terms.as_dict(),
        "engine": ENGINE_VERSION,
    }
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
