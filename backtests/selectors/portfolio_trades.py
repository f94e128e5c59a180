"""Reads of a portfolio's trade list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.portfolio_artifact import read_portfolio_table
from backtests.models import PortfolioRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.portfolio_results import symbols_of
from backtests.selectors.trades import TradeHead
from pulse.common.time import from_ns

Columns = dict[str, npt.NDArray[Any]]

TRADE_PAGE = 25
SORTED_COLUMNS = (
    ("size", "Units", "p3"),
    ("n_bars", "Bars", "p4"),
    ("pnl", "P&L", ""),
    ("return", "Return", ""),
)
SORTS = ("entry_bar", "exit_bar", *(name for name, _, _ in SORTED_COLUMNS))


@dataclass(frozen=True)
class PortfolioTradePage:
    """Some rows of a portfolio's trade list."""

    rows: list[dict[str, Any]]
    number: int
    n_pages: int
    n_trades: int
    sort: str

    @property
    def first(self) -> int:
        """Number of the first row shown."""
        return (self.number - 1) * TRADE_PAGE + 1 if self.n_trades else 0

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return min(self.number * TRADE_PAGE, self.n_trades)

    @property
    def heads(self) -> list[TradeHead]:
        """Heads of the columns that sort; a second click turns the order round."""
        present, falls = self.sort.removeprefix("-"), self.sort.startswith("-")
        return [
            TradeHead(
                name,
                label,
                css,
                ("descending" if falls else "ascending") if name == present else "",
                name if name == present and falls else f"-{name}",
            )
            for name, label, css in SORTED_COLUMNS
        ]


def portfolio_trade_page(
    run: PortfolioRun, *, page: int, sort: str = "-exit_bar"
) -> PortfolioTradePage:
    """Return one page of the trade list, sorted by a column (`-` first for falling order)."""
    trades = _trade_columns(run)
    n = int(trades["pnl"].size)
    name = sort.removeprefix("-")
    if name not in SORTS:
        name, sort = "exit_bar", "-exit_bar"
    order = np.argsort(trades[name], kind="stable")
    if sort.startswith("-"):
        order = order[::-1]
    n_pages = max(1, -(-n // TRADE_PAGE))
    number = min(max(page, 1), n_pages)
    shown = order[(number - 1) * TRADE_PAGE : number * TRADE_PAGE]
    symbols = symbols_of(run)
    rows = [_trade(trades, symbols, int(row)) for row in shown]
    return PortfolioTradePage(rows, number, n_pages, n, sort)


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
    entry_value = np.abs(trades["size"]) * trades["entry_price"]
    trades["return"] = np.divide(
        trades["pnl"], entry_value, out=np.zeros_like(entry_value), where=entry_value > 0
    )
    trades["n_bars"] = trades["exit_bar"] - trades["entry_bar"]
    return trades


def _trade(trades: Columns, symbols: list[str], row: int) -> dict[str, Any]:
    values = {name: column[row].item() for name, column in trades.items()}
    return {
        "number": row + 1,
        "symbol": symbols[values["instrument"]],
        "entry_at": from_ns(values["entry_ts_ns"]),
        "exit_at": from_ns(values["exit_ts_ns"]),
        "size_places": 0 if float(values["size"]).is_integer() else 4,
        **values,
    }
