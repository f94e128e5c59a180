"""Reads of a portfolio's trade list."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from backtests.engine.portfolio_artifact import read_portfolio_table
from backtests.models import PortfolioRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.portfolio_results import symbols_of
from backtests.selectors.trade_table import (
    Columns,
    SortedTrades,
    TradeSlice,
    trade_lengths,
    trade_returns,
    trade_row,
)
from pulse.common.time import from_ns

SORTED_COLUMNS = (
    ("size", "Units", "p3"),
    ("n_bars", "Bars", "p4"),
    ("pnl", "P&L", ""),
    ("return", "Return", ""),
)
SORTS = ("entry_bar", "exit_bar", *(name for name, _, _ in SORTED_COLUMNS))


class PortfolioTradePage(SortedTrades):
    """Some rows of a portfolio's trade list."""

    columns = SORTED_COLUMNS


def portfolio_trade_page(
    run: PortfolioRun, *, page: int, sort: str = "-exit_bar"
) -> PortfolioTradePage:
    """Return one page of the trade list, sorted by a column (`-` first for falling order)."""
    trades = _trade_columns(run)
    name = sort.removeprefix("-")
    if name not in SORTS:
        name, sort = "exit_bar", "-exit_bar"
    n = int(trades["pnl"].size)
    shown = TradeSlice.of(trades[name], np.arange(n), falls=sort.startswith("-"), page=page)
    symbols = symbols_of(run)
    rows = [_trade(trades, symbols, int(row)) for row in shown.rows]
    return PortfolioTradePage(rows, shown.number, shown.n_pages, n, sort)


def portfolio_trade_rows(run: PortfolioRun) -> Iterator[list[Any]]:
    """Yield the trade list as rows of a table, the head first."""
    trades, symbols = _trade_columns(run), symbols_of(run)
    names = [name for name in trades if not name.endswith("_ts_ns") and name != "instrument"]
    yield ["symbol", "entry_at", "exit_at", "side", *names]
    for row in range(int(trades["pnl"].size)):
        yield [
            symbols[int(trades["instrument"][row])],
            from_ns(trades["entry_ts_ns"][row]).isoformat(),
            from_ns(trades["exit_ts_ns"][row]).isoformat(),
            "long" if trades["size"][row] > 0 else "short",
            *(trades[name][row].item() for name in names),
        ]


def _trade_columns(run: PortfolioRun) -> Columns:
    trades = read_portfolio_table(artifact_folder(run), "trades")
    trades["return"], trades["n_bars"] = trade_returns(trades), trade_lengths(trades)
    return trades


def _trade(trades: Columns, symbols: list[str], row: int) -> dict[str, Any]:
    values = trade_row(trades, row, row)
    return {**values, "symbol": symbols[values["instrument"]]}
