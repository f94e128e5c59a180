"""Reads of a result's tables: months, rolling figures, distributions, drawdowns, costs, trust."""

import math
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from backtests.engine.artifact import read_analysis as read_tables
from backtests.engine.artifact import read_trades
from backtests.engine.metrics import METRICS
from backtests.models import BacktestRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.summary import written
from pulse.common.time import from_ns

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NS = 1_000_000_000
SCATTER_POINTS = 2000
FEW_TRADES = 30
MOST_OF_FIVE = 0.5  # of the net profit
ZOOM_BARS = 40  # shown on either side of a bar that changed
HEAT_STEPS = 5
COST_WORDS = {
    "commissions": "Commissions",
    "slippage_and_spread": "Slippage and spread",
    "financing": "Borrowing and financing",
}
STRESS_METRICS = ("equity_final", "return_total", "sharpe", "max_drawdown", "n_trades")
NOT_STORED = "This run was stored without its tables. Run it again to see them."


def read_analysis(run: BacktestRun) -> dict[str, Any] | None:
    """Return the tables of a finished run as they are stored; None for a run without.

    The keys are those of `backtests.engine.analysis.analyse`, and ``trust`` those of
    `backtests.engine.trust.trust_document`.
    """
    return read_tables(artifact_folder(run))


@dataclass(frozen=True)
class Drawdown:
    """One fall of equity, with its days; `ended_at` is None while it lasts."""

    peaked_at: datetime
    lowest_at: datetime
    ended_at: datetime | None
    depth: float
    days: float


@dataclass(frozen=True)
class TrustLine:
    """One thing to know about a result: whether it is fine, what it is, and why.

    `zoom` holds the seconds UTC between which a chart shows it, if it has a place.
    """

    is_good: bool
    title: str
    words: str
    zoom: tuple[int, int] | None = None


def drawdown_rows(tables: dict[str, Any]) -> list[Drawdown]:
    """Return the deepest falls, deepest first."""
    return [
        Drawdown(
            from_ns(row["peak"] * NS),
            from_ns(row["trough"] * NS),
            from_ns(row["end"] * NS) if row["end"] is not None else None,
            row["depth"],
            row["days"],
        )
        for row in tables["drawdowns"]
    ]


@dataclass(frozen=True)
class MonthRow:
    """A year of the month table: the return of each month with its shade, and of the year."""

    year: int
    months: list[tuple[float | None, str]]
    total: float | None


def month_rows(tables: dict[str, Any]) -> list[MonthRow]:
    """Return the month table, earliest year first; shades run to the largest move of a month."""
    months = tables["months"]
    known = [abs(value) for line in months["table"] for value in line if value is not None]
    largest = max(known, default=0.0)
    return [
        MonthRow(year, [(value, _shade(value, largest)) for value in line], total)
        for year, line, total in zip(
            months["years"], months["table"], months["totals"], strict=True
        )
    ]


def _shade(value: float | None, largest: float) -> str:
    if not value:
        return ""
    step = max(1, math.ceil(HEAT_STEPS * abs(value) / largest))
    return f"{'u' if value > 0 else 'd'}{min(step, HEAT_STEPS)}"


def cost_rows(tables: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the kinds of cost that were paid, in words."""
    return [{**row, "label": COST_WORDS[row["name"]]} for row in tables["costs"] if row["amount"]]


def stress_rows(tables: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the run as it is and under each stress, the metrics written out."""
    lines = tables["trust"].get("stress", [])
    return [
        (line["name"], [written(METRICS[name], line.get(name)) for name in STRESS_METRICS])
        for line in lines
    ]


def stress_heads() -> list[str]:
    """Return the heads of the columns of `stress_rows`."""
    return [METRICS[name].label for name in STRESS_METRICS]


def trust_lines(run: BacktestRun, tables: dict[str, Any]) -> list[TrustLine]:
    """Say how far the result can be trusted, each point in a sentence."""
    trust = tables["trust"]
    if "fault" in trust:
        return [TrustLine(False, "Not examined", f"On a part of the bars {trust['fault']}")]
    lines = [
        _lookahead(run, trust["lookahead"]),
        _ambiguity(trust["ambiguous"]),
        _sample(run),
    ]
    if refused := (run.assumptions or {}).get("n_refused"):
        words = f"{refused:,} signals came when the cash did not pay for one whole unit."
        lines.append(TrustLine(False, "Refused entries", words))
    share = tables["top_share"]
    if share is not None:
        words = f"The five best trades made {100 * share:,.0f} % of the net profit"
        is_spread = share <= MOST_OF_FIVE
        rest = "." if is_spread else ": without them little or nothing is left."
        lines.append(TrustLine(is_spread, "Concentration", words + rest))
    certainty = (run.metrics or {}).get("psr")
    if certainty is not None:
        words = f"The true Sharpe ratio is above 0 with a probability of {100 * certainty:.1f} %."
        lines.append(TrustLine(certainty >= 0.95, "Luck", words))  # noqa: PLR2004 -- the usual level
    return lines


def _lookahead(run: BacktestRun, found: dict[str, Any]) -> TrustLine:
    is_good = found["is_clean"] and found["n_cuts"] > 0
    zoom = None
    if found["time"] is not None:
        first, last = (
            int(datetime.fromisoformat((run.assumptions or {})[name]).timestamp())
            for name in ("first_bar_at", "last_bar_at")
        )
        around = ZOOM_BARS * (last - first) // max((run.n_bars or 1) - 1, 1)
        zoom = (found["time"] - around, found["time"] + around)
    return TrustLine(is_good, "Look-ahead", found["sentence"], zoom)


def _ambiguity(ambiguous: dict[str, Any]) -> TrustLine:
    count = ambiguous["n_bars"]
    if not count:
        return TrustLine(True, "Order inside a bar", "No bar touched both stop and target.")
    low, high = ambiguous["low"], ambiguous["high"]
    bars = "1 bar" if count == 1 else f"{count:,} bars"
    words = (
        f"{bars} touched both stop and target: final equity lies between {low:,.2f} and "
        f"{high:,.2f}. Detail bars would tell which came first."
    )
    return TrustLine(False, "Order inside a bar", words)


def _sample(run: BacktestRun) -> TrustLine:
    count = run.n_trades or 0
    words = f"{count:,} closed {'trade' if count == 1 else 'trades'}"
    if count >= FEW_TRADES:
        return TrustLine(True, "Sample", f"{words}.")
    return TrustLine(False, "Sample", f"{words}: fewer than {FEW_TRADES} say little.")


def years_chart(run: BacktestRun) -> dict[str, Any]:
    """Return the returns of the years beside those of the instrument."""
    tables = read_analysis(run)
    if tables is None:
        return {"empty": NOT_STORED}
    months = tables["months"]
    return {
        "categories": [str(year) for year in months["years"]],
        "format": "percent",
        "series": [
            {"name": "Strategy", "values": months["totals"], "color": "s1"},
            {"name": "Held", "values": months["market"], "color": "s2", "style": "points"},
        ],
        "lines": [{"y": 0}],
    }


def rolling_chart(run: BacktestRun) -> dict[str, Any]:
    """Return the Sharpe ratio of a moving half year."""
    return _rolling(read_analysis(run), "sharpe", "Sharpe ratio", {"lines": [{"y": 0}]})


def volatility_chart(run: BacktestRun) -> dict[str, Any]:
    """Return the volatility of a moving half year, a year."""
    return _rolling(read_analysis(run), "volatility", "Volatility", {"format": "percent"})


def _rolling(
    tables: dict[str, Any] | None, key: str, name: str, options: dict[str, Any]
) -> dict[str, Any]:
    if tables is None:
        return {"empty": NOT_STORED}
    rolling = tables["rolling"]
    if not rolling["time"]:
        return {"empty": "The run is shorter than the window of half a year."}
    color = "s1" if key == "sharpe" else "s3"
    series = [{"name": name, "values": rolling[key], "color": color}]
    return {"time": rolling["time"], "series": series, **options}


def exposure_chart(run: BacktestRun) -> dict[str, Any]:
    """Return the value of the position over equity."""
    tables = read_analysis(run)
    if tables is None:
        return {"empty": NOT_STORED}
    return {
        "time": tables["exposure"]["time"],
        "format": "percent",
        "series": [
            {
                "name": "Exposure",
                "values": tables["exposure"]["values"],
                "color": "s4",
                "style": "step",
            }
        ],
        "lines": [{"y": 0}],
    }


def days_chart(run: BacktestRun) -> dict[str, Any]:
    """Return how often daily returns of each size came."""
    return _histogram(read_analysis(run), "days", "Days")


def returns_chart(run: BacktestRun) -> dict[str, Any]:
    """Return how often trades of each return came."""
    return _histogram(read_analysis(run), "trades", "Trades")


def _histogram(tables: dict[str, Any] | None, key: str, name: str) -> dict[str, Any]:
    if tables is None:
        return {"empty": NOT_STORED}
    edges, counts = tables[key]["edges"], tables[key]["counts"]
    if not counts:
        return {"empty": "There are too few different returns to draw."}
    middles = [(low + high) / 2.0 for low, high in pairwise(edges)]
    return {
        "x": middles,
        "x_format": "percent",
        "format": "count",
        "signed": True,
        "series": [{"name": name, "values": counts}],
        "marks": [{"x": 0, "text": ""}],
    }


def excursions_chart(run: BacktestRun) -> dict[str, Any]:
    """Return the return of each trade over its largest adverse excursion, at most 2,000 points."""
    trades = read_trades(artifact_folder(run))
    if "mae" not in trades:
        return {"empty": NOT_STORED}
    if not trades["mae"].size:
        return {"empty": "There is no closed trade."}
    order = np.argsort(trades["mae"], kind="stable")
    rows = order[
        np.unique(np.linspace(0, order.size - 1, min(order.size, SCATTER_POINTS)).astype(np.int64))
    ]
    value = np.abs(trades["size"][rows]) * trades["entry_price"][rows]
    returns = np.round(trades["pnl"][rows] / value, 6)
    return {
        "x": np.round(trades["mae"][rows], 6).tolist(),
        "x_format": "percent",
        "x_label": "Largest adverse excursion",
        "format": "percent",
        "series": [
            {
                "name": "Winners",
                "values": [r if r > 0 else None for r in returns.tolist()],
                "color": "up",
                "style": "points",
            },
            {
                "name": "Losers",
                "values": [r if r <= 0 else None for r in returns.tolist()],
                "color": "down",
                "style": "points",
            },
        ],
        "lines": [{"y": 0}],
    }


CHARTS = {
    "years": years_chart,
    "rolling": rolling_chart,
    "volatility": volatility_chart,
    "exposure": exposure_chart,
    "days": days_chart,
    "returns": returns_chart,
    "excursions": excursions_chart,
}
