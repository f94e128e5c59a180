"""The tables of a result page, made once from the full result and stored as plain values."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.curves import thin
from backtests.engine.metrics import (
    cost_lines,
    day_ends,
    exposure_series,
    month_table,
    period_returns,
    periods_per_year,
    return_histogram,
    rolling_figures,
    trade_returns,
    worst_drawdowns,
    year_returns,
)
from backtests.engine.result import Result
from backtests.engine.state import ExitReason
from market.engine.bars import Float1D, Int1D
from market.engine.timeframes import DAY_NS, SECOND_NS

POINTS = 600
N_DRAWDOWNS = 10
MIN_WINDOW = 10
TOP_TRADES = 5
REASONS = {reason.value: reason.name.lower() for reason in ExitReason}
Trades = npt.NDArray[np.void]


def analyse(result: Result) -> dict[str, Any]:
    """Return every table of a result as values of JSON; None where a figure is not defined.

    Returns
    -------
    dict
        ``months``: years, table (one row of 12 fractions a year), totals and market (fractions a
        year). ``rolling``: window (days), time (s UTC), sharpe, volatility (both a year).
        ``exposure``: time, values (fraction of equity, signed). ``days`` (those on which equity
        moved) and ``trades``: edges and counts of returns. ``drawdowns``: the ten deepest.
        ``costs``: money and shares.
        ``sides`` and ``reasons``: trades, winners, profit, mean return by direction and by what
        closed them. ``holding``: days winners and losers were held, longest runs of each.
        ``top_share``: part of the net profit that the five best trades made.

    Notes
    -----
    Returns of days, months and rolling windows use the last bar of each UTC day.
    """
    bars, trades = result.bars, result.trades
    ends = day_ends(bars.ts_ns)
    table = month_table(bars.ts_ns, result.equity, result.terms.cash)
    returns = trade_returns(trades)
    moved = period_returns(result.equity[ends])
    return plain(
        {
            "months": {
                "years": table.years,
                "table": table.months,
                "totals": table.totals,
                "market": year_returns(bars.ts_ns, bars.close).returns,
            },
            "rolling": _rolling(result, ends),
            "exposure": _exposure(result),
            "days": return_histogram(moved[moved != 0.0])._asdict(),
            "trades": return_histogram(returns)._asdict(),
            "drawdowns": _drawdowns(bars.ts_ns, result.equity),
            "costs": _costs(result),
            "sides": _groups(trades, returns, trades["size"] > 0.0, {1: "long", 0: "short"}),
            "reasons": _groups(
                trades,
                returns,
                trades["exit_reason"],
                {r.value: r.name.lower() for r in ExitReason},
            ),
            "holding": _holding(bars.ts_ns, trades),
            "top_share": _top_share(trades["pnl"]),
        }
    )


def _rolling(result: Result, ends: Int1D) -> dict[str, Any]:
    """Return the rolling figures over half a year of the series' own calendar."""
    ts_ns = result.bars.ts_ns
    per_year = periods_per_year(ts_ns[ends])
    window = round(per_year / 2.0) if math.isfinite(per_year) else 0
    if window < MIN_WINDOW or window > ends.size - 2:
        return {"window": window, "time": [], "sharpe": [], "volatility": []}
    rolling = rolling_figures(ts_ns, result.equity, result.bars.close, window=window)
    rows = _spread(rolling.bars.size)
    return {
        "window": window,
        "time": ts_ns[rolling.bars[rows]] // SECOND_NS,
        "sharpe": rolling.sharpe[rows],
        "volatility": rolling.volatility[rows],
    }


def _exposure(result: Result) -> dict[str, Any]:
    exposure = exposure_series(result.bars.close, result.equity, result.position)
    rows = thin(np.nan_to_num(exposure), POINTS)
    return {"time": result.bars.ts_ns[rows] // SECOND_NS, "values": exposure[rows]}


def _spread(count: int) -> Int1D:
    rows: Int1D = np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(np.int64))
    return rows


def _drawdowns(ts_ns: Int1D, equity: Float1D) -> list[dict[str, Any]]:
    return [
        {
            "peak": ts_ns[row["peak_bar"]] // SECOND_NS,
            "trough": ts_ns[row["trough_bar"]] // SECOND_NS,
            "end": ts_ns[row["end_bar"]] // SECOND_NS if row["is_over"] else None,
            "depth": row["depth"],
            "days": row["days"],
        }
        for row in worst_drawdowns(ts_ns, equity, N_DRAWDOWNS)
    ]


def _costs(result: Result) -> list[dict[str, Any]]:
    costs = result.costs
    net = float(result.equity[-1]) - result.terms.cash
    kinds = {
        "commissions": costs.commissions,
        "slippage_and_spread": costs.slippage_and_spread,
        "financing": costs.financing,
    }
    return [line._asdict() for line in cost_lines(kinds, net)]


def _groups(
    trades: Trades, returns: Float1D, keys: npt.NDArray[Any], names: dict[int, str]
) -> list[dict[str, Any]]:
    """Return what the trades of each kind did; kinds without a trade are left out."""
    groups = []
    for key, name in names.items():
        chosen = keys == key
        count = int(chosen.sum())
        if count:
            pnl = trades["pnl"][chosen]
            groups.append(
                {
                    "name": name,
                    "n_trades": count,
                    "win_rate": float((pnl > 0.0).mean()),
                    "pnl": float(pnl.sum()),
                    "mean_return": float(returns[chosen].mean()),
                }
            )
    return groups


def _holding(ts_ns: Int1D, trades: Trades) -> dict[str, Any]:
    days = (ts_ns[trades["exit_bar"]] - ts_ns[trades["entry_bar"]]) / DAY_NS
    won = trades["pnl"] > 0.0
    return {
        "winners": float(days[won].mean()) if won.any() else None,
        "losers": float(days[~won].mean()) if (~won).any() else None,
        "longest_wins": _longest_run(won),
        "longest_losses": _longest_run(~won),
    }


def _longest_run(marks: npt.NDArray[np.bool_]) -> int:
    """Return how many marks at most follow one another."""
    ends = np.flatnonzero(~np.append(marks, False))
    return int(np.diff(ends, prepend=-1).max()) - 1


def _top_share(pnl: Float1D) -> float | None:
    """Return the part of the net profit that the best trades made; None without a profit."""
    total = float(pnl.sum())
    best = float(np.sort(pnl)[-TOP_TRADES:].sum())
    return best / total if total > 0.0 and pnl.size > TOP_TRADES else None


def plain(value: Any) -> Any:
    """Return nested values as JSON knows them: lists for arrays, None for what is not finite."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
