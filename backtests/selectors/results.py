"""Reads of a run's full result on disk: curve, trades, markers."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from django.conf import settings

from backtests.engine import ExitReason
from backtests.engine.artifact import Curve, read_curve, read_full_curve, read_trades
from backtests.engine.curves import drawdown, thin
from backtests.models import BacktestRun
from market.engine.timeframes import SECOND_NS
from market.selectors import chart_of
from pulse.common.time import from_ns, to_ns

CHART_POINTS = 2000
MAX_MARKERS = 400
TRADE_PAGE = 25
SORTED_COLUMNS = (
    ("size", "Units", "p3"),
    ("n_bars", "Bars", "p3"),
    ("pnl", "P&L", ""),
    ("return", "Return", ""),
    ("mae", "MAE", "p4"),
    ("mfe", "MFE", "p4"),
)
ZOOM_BARS = 12  # shown on either side of a trade
SIDES = {"long": "Long", "short": "Short"}
OUTCOMES = {"won": "Winners", "lost": "Losers"}
REASONS = {reason.name.lower(): reason.name.capitalize() for reason in ExitReason}
SORTS = ("entry_bar", "exit_bar", *(name for name, _, _ in SORTED_COLUMNS))


def artifact_folder(run: BacktestRun) -> Path:
    """Return where the full result of a run is kept."""
    return Path(settings.DATA_DIR) / "runs" / str(run.pk)


def full_curve(run: BacktestRun) -> Curve:
    """Return every bar of a run's curve."""
    return read_full_curve(artifact_folder(run))


def curve_points(
    run: BacktestRun, *, start_ns: int | None = None, stop_ns: int | None = None
) -> dict[str, list[Any]]:
    """Return the curve for a chart, at most 2,000 points, columns of equal length.

    Returns
    -------
    dict
        ``time`` in seconds UTC; ``equity`` and ``buy_and_hold`` in account currency;
        ``drawdown`` as a fraction, 0 or below.
    """
    curve = read_curve(artifact_folder(run), start_ns=start_ns, stop_ns=stop_ns)
    if not len(curve):
        return {"time": [], "equity": [], "buy_and_hold": [], "drawdown": []}
    rows = thin(curve.equity, CHART_POINTS)
    first_close = run.assumptions["first_close"] if run.assumptions else curve.close[0]
    held = float(run.initial_cash) * curve.close / first_close
    return {
        "time": (curve.ts_ns[rows] // SECOND_NS).tolist(),
        "equity": np.round(curve.equity[rows], 2).tolist(),
        "buy_and_hold": np.round(held[rows], 2).tolist(),
        "drawdown": np.round(drawdown(curve.equity)[rows], 6).tolist(),
    }


def equity_chart(run: BacktestRun, **between: int | None) -> dict[str, Any]:
    """Return the equity chart: the strategy against holding the instrument."""
    points = curve_points(run, **between)
    return {
        "time": points["time"],
        "format": "money",
        "series": [
            {"name": "Strategy", "values": points["equity"], "color": "s1", "style": "area"},
            {"name": "Held", "values": points["buy_and_hold"], "color": "s2", "style": "dashed"},
        ],
    }


def drawdown_chart(run: BacktestRun, **between: int | None) -> dict[str, Any]:
    """Return the chart of the fall from the running peak."""
    points = curve_points(run, **between)
    return {
        "time": points["time"],
        "format": "percent",
        "series": [
            {"name": "Drawdown", "values": points["drawdown"], "color": "down", "style": "area"}
        ],
    }


class TradeHead(NamedTuple):
    """Head of a column by which the trade list can be sorted."""

    name: str
    label: str
    css: str
    sorted: str
    next: str


@dataclass(frozen=True)
class TradeFilter:
    """Which trades of a run to list; an empty or unknown word chooses all."""

    side: str = ""
    outcome: str = ""
    reason: str = ""

    @property
    def query(self) -> str:
        """The filter as a part of an address."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return urlencode(chosen)

    @property
    def choices(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Name, label and options of each field: value, words, whether it is chosen."""
        fields = (("side", "Side", SIDES), ("outcome", "Result", OUTCOMES))
        return [
            (name, label, [(value, words, value == getattr(self, name)) for value, words in known])
            for name, label, known in (
                *((name, label, options.items()) for name, label, options in fields),
                ("reason", "Closed by", REASONS.items()),
            )
        ]

    def rows(self, trades: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        """Return the numbers of the chosen rows."""
        keep = np.ones(trades["pnl"].size, dtype=bool)
        if self.side in SIDES:
            keep &= (trades["size"] > 0.0) == (self.side == "long")
        if self.outcome in OUTCOMES:
            keep &= (trades["pnl"] > 0.0) == (self.outcome == "won")
        if self.reason in REASONS:
            keep &= trades["exit_reason"] == ExitReason[self.reason.upper()]
        return np.flatnonzero(keep)


@dataclass(frozen=True)
class TradePage:
    """Some rows of a run's trade list; `n_trades` were chosen of `n_all`."""

    rows: list[dict[str, Any]]
    number: int
    n_pages: int
    n_trades: int
    n_all: int
    sort: str
    chosen: TradeFilter

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
        present = self.sort.removeprefix("-")
        falls = self.sort.startswith("-")
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


def trade_columns(run: BacktestRun) -> dict[str, np.ndarray[Any, Any]]:
    """Return the trade list as columns, with entry and exit time and the return of each."""
    trades = read_trades(artifact_folder(run))
    entry_value = np.abs(trades["size"]) * trades["entry_price"]
    trades["return"] = np.divide(
        trades["pnl"], entry_value, out=np.zeros_like(entry_value), where=entry_value > 0
    )
    trades["n_bars"] = trades["exit_bar"] - trades["entry_bar"]
    for name in ("mae", "mfe"):  # of a result stored before they were kept
        trades.setdefault(name, np.full(entry_value.size, np.nan))
    return trades


def trade_page(
    run: BacktestRun,
    *,
    page: int,
    sort: str = "-entry_bar",
    chosen: TradeFilter | None = None,
) -> TradePage:
    """Return one page of the trade list, sorted by a column (`-` first for falling order)."""
    trades = trade_columns(run)
    chosen = chosen or TradeFilter()
    name = sort.removeprefix("-")
    if name not in SORTS:
        name, sort = "entry_bar", "-entry_bar"
    order = chosen.rows(trades)
    n_all, n = int(trades["pnl"].size), int(order.size)
    order = order[np.argsort(trades[name][order], kind="stable")]
    if sort.startswith("-"):
        order = order[::-1]
    n_pages = max(1, -(-n // TRADE_PAGE))
    number = min(max(page, 1), n_pages)
    shown = order[(number - 1) * TRADE_PAGE : number * TRADE_PAGE]
    rows = [_trade(trades, int(row)) for row in shown]
    return TradePage(rows, number, n_pages, n, n_all, sort, chosen)


def _trade(trades: dict[str, np.ndarray[Any, Any]], row: int) -> dict[str, Any]:
    values = {name: column[row].item() for name, column in trades.items()}
    return {
        "number": row + 1,
        "entry_at": from_ns(values["entry_ts_ns"]),
        "exit_at": from_ns(values["exit_ts_ns"]),
        "size_places": 0 if float(values["size"]).is_integer() else 4,
        "reason": ExitReason(values["exit_reason"]).name.lower(),
        "zoom": _zoom(values["entry_ts_ns"], values["exit_ts_ns"], values["n_bars"]),
        **values,
    }


def _zoom(entry_ns: int, exit_ns: int, n_bars: int) -> tuple[int, int]:
    """Return the seconds from and to which a chart shows a trade with some bars around it."""
    around = ZOOM_BARS * (exit_ns - entry_ns) // max(n_bars, 1)
    return (entry_ns - around) // SECOND_NS, (exit_ns + around) // SECOND_NS


def run_candles(
    run: BacktestRun, *, start_ns: int | None = None, stop_ns: int | None = None
) -> dict[str, Any]:
    """Return the candles of the run's period or a part of it, with the fills in view."""
    if run.series is None:
        return {"empty": "The prices of this run were deleted.", "time": []}
    first = start_ns if start_ns is not None else _ns_or_none(run.starts_at)
    stop = stop_ns if stop_ns is not None else _ns_or_none(run.ends_at)
    chart = chart_of(
        run.series,
        first_seconds=None if first is None else first // SECOND_NS,
        last_seconds=None if stop is None else stop // SECOND_NS,
    )
    if chart["time"]:
        first_s, last_s = chart["window"]
        chart["markers"] = trade_markers(
            run, start_ns=first_s * SECOND_NS, stop_ns=(last_s + 1) * SECOND_NS
        )
    return chart


def _ns_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else to_ns(moment)


def trade_markers(run: BacktestRun, *, start_ns: int, stop_ns: int) -> list[dict[str, Any]]:
    """Return the fills of closed trades in [start_ns, stop_ns), none at all where too many."""
    trades = trade_columns(run)
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


def _marker(
    trades: dict[str, np.ndarray[Any, Any]], ts_ns: int, end: str, row: int
) -> dict[str, Any]:
    size = float(trades["size"][row])
    is_buy = (size > 0) == (end == "entry")
    return {
        "time": ts_ns // SECOND_NS,
        "side": "BUY" if is_buy else "SELL",
        "text": f"{'B' if is_buy else 'S'} {abs(size):g}",
    }
