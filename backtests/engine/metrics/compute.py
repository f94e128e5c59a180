"""One door to all metrics of a run."""

import math

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics import periods
from backtests.engine.metrics.account import path_metrics, ulcer_index, walk_account
from backtests.engine.metrics.benchmark import benchmark_metrics
from backtests.engine.metrics.catalogue import METRICS
from backtests.engine.metrics.confidence import expected_max_sharpe, probabilistic_sharpe
from backtests.engine.metrics.returns import (
    NAN,
    grown,
    moments,
    period_returns,
    ratio,
    return_metrics,
    spread_of,
)
from backtests.engine.metrics.tables import span_returns
from backtests.engine.metrics.trades import trade_metrics
from market.engine import Bars

Float1D = npt.NDArray[np.float64]


def compute_metrics(  # noqa: PLR0913 -- all that a run knows; the keywords keep it readable
    bars: Bars,
    equity: Float1D,
    trades: npt.NDArray[np.void],
    *,
    n_exposed: int,
    traded_value: float,
    commissions: float,
    cash: float | None = None,
    first_bar: int = 0,
    periods_per_year: float | None = None,
    fill: str = "next_open",
    benchmark: Float1D | None = None,
    n_trials: int | None = None,
    trial_sharpe_std: float | None = None,
) -> dict[str, float]:
    """Return every metric of `METRICS` for one run, in the unit its entry states.

    Parameters
    ----------
    bars : Bars
    equity : float64[n_bars], account currency
        Account value at each close; finite, the first above 0.
    trades : structured[n_trades]
        Closed trades: entry_bar, exit_bar, size (signed), entry_price, exit_price, pnl (net of
        commissions); `mae` and `mfe` are used where present.
    n_exposed : int
        Bars in which something was held, if only for a part of the bar.
    traded_value : float, account currency
        Sum of ``|size| * price`` over all fills.
    commissions : float, account currency
        Sum paid, those of an open position too.
    cash : float, account currency, optional
        What the account started with; equity at the first close when left out. They differ
        where an order filled at that close.
    first_bar : int
        First bar on which the strategy's indicators are all defined; buy-and-hold starts there.
    periods_per_year : float, optional
        Daily returns a year; observed from the bars when left out.
    fill : "next_open" or "close"
        Where market orders fill; decides which bars an excursion may see.
    benchmark : float64[n_bars], price, optional
        Above 0; the instrument's own close when left out.
    n_trials, trial_sharpe_std : optional
        How many variants were tried before this one, and the standard deviation of their
        (annualised) `sharpe`: what the deflated Sharpe ratio needs.

    Raises
    ------
    ValueError
        If lengths differ, equity is not finite or does not start above 0, or `first_bar` is
        not a bar.

    Notes
    -----
    Returns are those between the last bars of successive UTC days (of successive bars, where
    bars are daily or longer). A figure that is not defined is NaN, and
    ``METRICS[name].undefined_when`` says why; it is never 0 for want of a value.
    """
    if not 0 <= first_bar < len(bars):
        raise ValueError("first_bar must be a bar of the series")
    path = walk_account(bars.ts_ns, equity)
    ends = periods.day_ends(bars.ts_ns)
    observed = periods.periods_per_year(bars.ts_ns[ends])
    per_year = observed if periods_per_year is None else periods_per_year
    start = float(equity[0]) if cash is None else cash
    years = periods.years_between(bars.ts_ns[0], bars.ts_ns[-1])
    returns = period_returns(equity[ends])
    market = period_returns((bars.close if benchmark is None else benchmark)[ends])
    values = {
        **path_metrics(path, len(bars), n_exposed),
        "ulcer_index": ulcer_index(equity[ends]),
        **return_metrics(returns, per_year),
        **benchmark_metrics(returns, market, per_year),
        **trade_metrics(bars, trades, years, fill),
        **_growth(bars, equity, start, first_bar, years),
        **_months(bars, equity, start, ends),
        "commissions": float(commissions),
        "commission_drag": float(commissions) / start,
        "turnover": ratio(float(traded_value), path.total / len(bars) * years),
        "dsr": _deflated(returns, per_year, n_trials, trial_sharpe_std),
    }
    values |= _combined(values)
    return {name: values[name] for name in METRICS}


def _growth(
    bars: Bars, equity: Float1D, start: float, first_bar: int, years: float
) -> dict[str, float]:
    growth = float(equity[-1]) / start
    return {
        "equity_final": float(equity[-1]),
        "return_total": growth - 1.0,
        "buy_hold_return": float(bars.close[-1] / bars.close[first_bar]) - 1.0,
        "cagr": grown(growth, 1.0 / years) - 1.0 if years and growth >= 0.0 else NAN,
    }


def _months(bars: Bars, equity: Float1D, start: float, ends: periods.Int1D) -> dict[str, float]:
    returns = span_returns(bars.ts_ns, equity, ends, "datetime64[M]", start).returns
    if not np.isfinite(returns).all():
        return dict.fromkeys(("best_month", "worst_month", "positive_months"), NAN)
    return {
        "best_month": float(returns.max()),
        "worst_month": float(returns.min()),
        "positive_months": float(np.mean(returns > 0.0)),
    }


def _combined(values: dict[str, float]) -> dict[str, float]:
    return {
        "excess_return": values["return_total"] - values["buy_hold_return"],
        "calmar": ratio(values["annual_return"], values["max_drawdown"]),
        "recovery_factor": ratio(values["return_total"], values["max_drawdown"]),
        "ulcer_performance": ratio(values["annual_return"], values["ulcer_index"]),
    }


def _deflated(
    returns: Float1D, per_year: float, n_trials: int | None, trial_sharpe_std: float | None
) -> float:
    if n_trials is None or trial_sharpe_std is None or returns.size < 2:  # noqa: PLR2004 -- a spread needs two
        return NAN
    sharpe = ratio(float(returns.mean()), spread_of(returns))
    best = expected_max_sharpe(n_trials, trial_sharpe_std / math.sqrt(per_year))
    return probabilistic_sharpe(sharpe, returns.size, *moments(returns), best)
