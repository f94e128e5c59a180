"""Figures of the closed trades."""

import math

import numpy as np
import numpy.typing as npt

from backtests.engine.metrics.excursions import excursions
from backtests.engine.metrics.periods import DAY_NS
from backtests.engine.metrics.returns import NAN, ratio
from market.engine import Bars

Float1D = npt.NDArray[np.float64]
Bool1D = npt.NDArray[np.bool_]
Trades = npt.NDArray[np.void]

TRADE_KEYS = (
    *("win_rate", "best_trade", "worst_trade", "avg_trade", "expectancy", "avg_pnl", "avg_win"),
    *("avg_loss", "payoff_ratio", "profit_factor", "profit_factor_money", "sqn", "kelly"),
    *("avg_holding_days", "max_holding_days", "avg_mae", "avg_mfe"),
)


def trade_returns(trades: Trades) -> Float1D:
    """Return the net return of each trade: pnl over the value bought or sold at its entry."""
    value = np.abs(trades["size"]) * trades["entry_price"]
    return np.asarray(trades["pnl"] / value, dtype=np.float64)


def longest_streak(flags: Bool1D) -> int:
    """Return the length of the longest unbroken stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def trade_metrics(bars: Bars, trades: Trades, years: float, fill: str) -> dict[str, float]:
    """Return the figures made of closed trades; each name is described in `METRICS`.

    Parameters
    ----------
    bars : Bars
    trades : structured[n_trades]
        Closed trades; `pnl` is net of commissions.
    years : float
        Length of the series.
    fill : "next_open" or "close"

    Notes
    -----
    With no trade every average is NaN; counts and streaks are 0, which is what they are.
    """
    pnl = np.asarray(trades["pnl"], dtype=np.float64)
    counts = {
        "n_trades": float(trades.size),
        "trades_per_year": ratio(float(trades.size), years),
        "longest_win_streak": float(longest_streak(pnl > 0)),
        "longest_loss_streak": float(longest_streak(pnl < 0)),
    }
    if not trades.size:
        return {**counts, **dict.fromkeys(TRADE_KEYS, NAN)}
    return {
        **counts,
        **_by_return(trade_returns(trades)),
        **_by_money(pnl),
        **_holding(bars, trades),
        **_excursion_means(bars, trades, fill),
    }


def _by_return(returns: Float1D) -> dict[str, float]:
    gains, losses = float(returns[returns > 0].sum()), -float(returns[returns < 0].sum())
    ruined = bool(returns.min() <= -1.0)
    return {
        "best_trade": float(returns.max()),
        "worst_trade": float(returns.min()),
        "avg_trade": NAN if ruined else math.expm1(float(np.log1p(returns).mean())),
        "expectancy": float(returns.mean()),
        "profit_factor": ratio(gains, losses),
    }


def _by_money(pnl: Float1D) -> dict[str, float]:
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    win_rate = wins.size / pnl.size
    avg_win = float(wins.mean()) if wins.size else NAN
    avg_loss = -float(losses.mean()) if losses.size else NAN
    payoff = ratio(avg_win, avg_loss)
    spread = float(pnl.std(ddof=1)) if pnl.size > 1 else 0.0
    return {
        "win_rate": win_rate,
        "avg_pnl": float(pnl.mean()),
        "avg_win": avg_win,
        "avg_loss": avg_loss,
        "payoff_ratio": payoff,
        "profit_factor_money": ratio(float(wins.sum()), -float(losses.sum())),
        "sqn": math.sqrt(pnl.size) * ratio(float(pnl.mean()), spread),
        "kelly": win_rate - ratio(1.0 - win_rate, payoff),
    }


def _holding(bars: Bars, trades: Trades) -> dict[str, float]:
    days = (bars.ts_ns[trades["exit_bar"]] - bars.ts_ns[trades["entry_bar"]]) / DAY_NS
    return {"avg_holding_days": float(days.mean()), "max_holding_days": float(days.max())}


def _excursion_means(bars: Bars, trades: Trades, fill: str) -> dict[str, float]:
    names = trades.dtype.names or ()
    recorded = "mae" in names and "mfe" in names
    mae, mfe = (trades["mae"], trades["mfe"]) if recorded else excursions(bars, trades, fill=fill)
    return {"avg_mae": float(mae.mean()), "avg_mfe": float(mfe.mean())}
