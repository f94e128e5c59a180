"""What every page of trades shares: its size, its sortable heads, and returns and lengths."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pulse.common.time import from_ns

TRADE_PAGE = 25
Columns = dict[str, npt.NDArray[Any]]


class TradeHead(NamedTuple):
    """Head of a column by which the trade list can be sorted."""

    name: str
    label: str
    css: str
    sorted: str
    next: str


@dataclass(frozen=True)
class SortedTrades:
    """Some rows of a trade list in the order of a column."""

    columns: ClassVar[tuple[tuple[str, str, str], ...]]
    """Name, label and CSS class of each column that sorts."""

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
            for name, label, css in self.columns
        ]


class TradeSlice(NamedTuple):
    """The rows of one page: `rows` of the stored list, in the order of the page."""

    rows: npt.NDArray[np.intp]
    number: int
    n_pages: int

    @classmethod
    def of(cls, keys: npt.NDArray[Any], rows: npt.NDArray[Any], *, falls: bool, page: int) -> Self:
        """Sort `rows` by their `keys` and cut out a page; pages past either end are the nearest."""
        order = rows[np.argsort(keys[rows], kind="stable")]
        if falls:
            order = order[::-1]
        n_pages = max(1, -(-order.size // TRADE_PAGE))
        number = min(max(page, 1), n_pages)
        return cls(order[(number - 1) * TRADE_PAGE : number * TRADE_PAGE], number, n_pages)


def trade_returns(trades: Columns) -> npt.NDArray[Any]:
    """Return the profit of each trade as a fraction of its entry value, 0 where that is 0."""
    value = np.abs(trades["size"]) * trades["entry_price"]
    returns: npt.NDArray[Any] = np.divide(
        trades["pnl"], value, out=np.zeros_like(value), where=value > 0
    )
    return returns


def trade_lengths(trades: Columns) -> npt.NDArray[Any]:
    """Return the bars from entry to exit of each trade."""
    lengths: npt.NDArray[Any] = trades["exit_bar"] - trades["entry_bar"]
    return lengths


def trade_row(trades: Columns, i: int, row: int) -> dict[str, Any]:
    """Return what a page shows of the trade at `i` of the columns, `row` of the stored list."""
    values = {name: column[i].item() for name, column in trades.items()}
    return {
        "number": row + 1,
        "entry_at": from_ns(values["entry_ts_ns"]),
        "exit_at": from_ns(values["exit_ts_ns"]),
        "size_places": 0 if float(values["size"]).is_integer() else 4,
        **values,
    }
