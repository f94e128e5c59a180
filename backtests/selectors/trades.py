"""Reads of a run's trade list on disk: pages of it, filtered and sorted, and fills as markers."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt

from backtests.engine import ExitReason
from backtests.engine.artifact import read_trade_rows, read_trades
from backtests.models import BacktestRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.trade_table import (
    Columns,
    SortedTrades,
    TradeSlice,
    trade_lengths,
    trade_returns,
    trade_row,
)
from market.engine.timeframes import SECOND_NS
from pulse.common.time import to_ns

MAX_MARKERS = 400
SORTED_COLUMNS = (
    ("size", "Units", "p3"),
    ("n_bars", "Bars", "p3"),
    ("pnl", "P&L", ""),
    ("return", "Return", ""),
    ("mae", "MAE", "p4"),
    ("mfe", "MFE", "p4"),
)
SORTS = ("entry_bar", "exit_bar", *(name for name, _, _ in SORTED_COLUMNS))
NEEDS = {"return": ("pnl", "size", "entry_price"), "n_bars": ("entry_bar", "exit_bar")}
ZOOM_BARS = 30  # shown on either side of a trade
SIDES = {"long": "Long", "short": "Short"}
OUTCOMES = {"won": "Winners", "lost": "Losers"}
REASONS = {reason.name.lower(): reason.name.capitalize() for reason in ExitReason}


@dataclass(frozen=True)
class TradeFilter:
    """Which trades of a run to list; an empty or unknown word chooses all.

    Parameters
    ----------
    side, outcome, reason : str
        Keys of `SIDES`, `OUTCOMES`, `REASONS`.
    since, until : str
        First and last UTC day of the entry, ISO 8601.
    """

    side: str = ""
    outcome: str = ""
    reason: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """The filter as a part of an address."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def choices(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Name, label and options of each field: value, words, whether it is chosen."""
        fields = (
            ("side", "Side", SIDES),
            ("outcome", "Result", OUTCOMES),
            ("reason", "Closed by", REASONS),
        )
        return [
            (
                name,
                label,
                [(value, words, value == getattr(self, name)) for value, words in known.items()],
            )
            for name, label, known in fields
        ]

    @property
    def needs(self) -> set[str]:
        """Columns that decide which rows are chosen."""
        needed = {"pnl"}  # for their number, if for nothing else
        needed |= {"size"} if self.side in SIDES else set()
        needed |= {"exit_reason"} if self.reason in REASONS else set()
        needed |= {"entry_ts_ns"} if _day(self.since) or _day(self.until) else set()
        return needed

    def rows(self, trades: Columns) -> npt.NDArray[Any]:
        """Return the numbers of the chosen rows."""
        keep = np.ones(trades["pnl"].size, dtype=bool)
        if self.side in SIDES:
            keep &= (trades["size"] > 0.0) == (self.side == "long")
        if self.outcome in OUTCOMES:
            keep &= (trades["pnl"] > 0.0) == (self.outcome == "won")
        if self.reason in REASONS:
            keep &= trades["exit_reason"] == ExitReason[self.reason.upper()]
        if since := _day(self.since):
            keep &= trades["entry_ts_ns"] >= to_ns(since)
        if until := _day(self.until):
            keep &= trades["entry_ts_ns"] < to_ns(until + timedelta(days=1))
        return np.flatnonzero(keep)


def _day(text: str) -> datetime | None:
    """Return the start of a day of the years that nanoseconds reach, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 1700 <= day.year <= 2200:  # noqa: PLR2004 -- int64 nanoseconds
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True)
class TradePage(SortedTrades):
    """Some rows of a run's trade list; `n_trades` were chosen of `n_all`."""

    columns = SORTED_COLUMNS

    n_all: int
    chosen: TradeFilter


def trade_columns(run: BacktestRun, rows: npt.NDArray[Any] | None = None) -> Columns:
    """Return the trade list as columns, with the return and length of each; all rows or some."""
    folder = artifact_folder(run)
    trades = read_trades(folder) if rows is None else read_trade_rows(folder, rows)
    trades["return"], trades["n_bars"] = trade_returns(trades), trade_lengths(trades)
    for name in ("mae", "mfe"):  # of a result stored before they were kept
        trades.setdefault(name, np.full(trades["pnl"].size, np.nan))
    return trades


def trade_page(
    run: BacktestRun,
    *,
    page: int,
    sort: str = "-entry_bar",
    chosen: TradeFilter | None = None,
) -> TradePage:
    """Return one page of the trade list, sorted by a column (`-` first for falling order).

    Only the columns that decide the order are read whole, then the rows of the page.
    """
    chosen = chosen or TradeFilter()
    name = sort.removeprefix("-")
    if name not in SORTS:
        name, sort = "entry_bar", "-entry_bar"
    keys = _keys(run, name, chosen)
    kept = chosen.rows(keys)
    shown = TradeSlice.of(keys[name], kept, falls=sort.startswith("-"), page=page)
    trades = trade_columns(run, shown.rows)
    rows = [_trade(trades, i, int(row)) for i, row in enumerate(shown.rows)]
    n_all, n_kept = int(keys["pnl"].size), int(kept.size)
    return TradePage(rows, shown.number, shown.n_pages, n_kept, sort, n_all, chosen)


def _keys(run: BacktestRun, name: str, chosen: TradeFilter) -> Columns:
    """Return the whole columns that filter and order the rows."""
    needed = chosen.needs | set(NEEDS.get(name, (name,)))
    keys = read_trades(artifact_folder(run), sorted(needed))
    if name == "return":
        keys["return"] = trade_returns(keys)
    elif name == "n_bars":
        keys["n_bars"] = trade_lengths(keys)
    keys.setdefault(name, np.full(keys["pnl"].size, np.nan))
    return keys


def _trade(trades: Columns, i: int, row: int) -> dict[str, Any]:
    values = trade_row(trades, i, row)
    entry_ns, exit_ns = values["entry_ts_ns"], values["exit_ts_ns"]
    return {
        **values,
        "reason": ExitReason(values["exit_reason"]).name.lower(),
        "zoom": _zoom(entry_ns, exit_ns, values["n_bars"]),
        "fills": (entry_ns // SECOND_NS, exit_ns // SECOND_NS),
    }


def _zoom(entry_ns: int, exit_ns: int, n_bars: int) -> tuple[int, int]:
    """Return the seconds from and to which a chart shows a trade with some bars around it."""
    around = ZOOM_BARS * (exit_ns - entry_ns) // max(n_bars, 1)
    return (entry_ns - around) // SECOND_NS, (exit_ns + around) // SECOND_NS


def trade_markers(run: BacktestRun, *, start_ns: int, stop_ns: int) -> list[dict[str, Any]]:
    """Return the fills of closed trades in [start_ns, stop_ns), none at all where too many."""
    trades = read_trades(artifact_folder(run), ["entry_ts_ns", "exit_ts_ns", "size"])
    inside = {
        end: np.flatnonzero(
            (trades[f"{end}_ts_ns"] >= start_ns) & (trades[f"{end}_ts_ns"] < stop_ns)
        )
        for end in ("entry", "exit")
    }
    if sum(rows.size for rows in inside.values()) > MAX_MARKERS:
        return []
    fills = sorted(
        (int(trades[f"{end}_ts_ns"][row]), end, int(row))
        for end, rows in inside.items()
        for row in rows
    )
    return [_marker(trades, ts_ns, end, row) for ts_ns, end, row in fills]


def _marker(trades: Columns, ts_ns: int, end: str, row: int) -> dict[str, Any]:
    size = float(trades["size"][row])
    is_buy = (size > 0) == (end == "entry")
    return {
        "time": ts_ns // SECOND_NS,
        "side": "BUY" if is_buy else "SELL",
        "text": f"{'B' if is_buy else 'S'} {abs(size):g}",
    }
