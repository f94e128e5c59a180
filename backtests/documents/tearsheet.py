"""A result as one HTML file that opens from disk: no request, no script, light, dark and paper."""

import math
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from backtests.documents.drawing import Plot, bar_plot, line_plot
from backtests.documents.report import Columns, Report
from backtests.documents.tables import safe_text
from backtests.engine.artifact import Curve
from backtests.engine.curves import drawdown, held_curve, thin
from backtests.engine.metrics import (
    GROUPS,
    METRICS,
    Metric,
    cost_lines,
    day_ends,
    month_table,
    period_returns,
    periods_per_year,
    return_histogram,
    rolling_figures,
    worst_drawdowns,
)
from backtests.selectors.summary import GROUP_LABELS, STRIP, written
from pulse.common.templatetags.figures import figure, percent, signed, signed_percent, span
from pulse.common.time import from_ns

CHART_POINTS = 1200
TRADE_LIMIT = 2000
DRAWDOWNS = 5
MIN_WINDOW = 10
HEAT_STEPS = 5
COST_WORDS = {
    "commissions": "Commissions",
    "slippage_and_spread": "Slippage and spread",
    "financing": "Borrowing and financing",
}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Figure(NamedTuple):
    """A metric in words."""

    label: str
    text: str
    formula: str


class Cell(NamedTuple):
    """A return in the table of months and the class of its tint."""

    text: str
    css: str


def tearsheet(report: Report) -> str:
    """Return a result as one HTML document of at most a few hundred kilobytes.

    Everything people wrote is escaped. At most 2,000 trades are listed, and the document says
    when there are more.
    """
    curve = report.full_curve()
    trades = report.trades()
    window = _window(curve)
    with timezone.override(UTC):  # as its heads say, whoever asks
        return render_to_string(
            "backtests/tearsheet.html",
            {
                "report": report,
                "style": _style(),
                "stats": [_figure(METRICS[name], report) for name in STRIP],
                "equity": _equity(report, curve),
                "falls": _falls(curve),
                "rolling": _rolling(curve, window),
                "histogram": _histogram(curve),
                "window": window,
                "months": MONTHS,
                "years": _years(curve, report.initial_cash),
                "drawdowns": _drawdowns(curve),
                "costs": _costs(report),
                "groups": _groups(report),
                "trades": _trades(trades),
                "n_left_out": max(int(trades["number"].size) - TRADE_LIMIT, 0),
            },
        )


@cache
def _style() -> SafeString:
    text = Path(__file__).with_name("tearsheet.css").read_text()
    return mark_safe(f"<style>{text}</style>")  # noqa: S308 -- our own file


def _figure(metric: Metric, report: Report) -> Figure:
    return Figure(metric.label, written(metric, report.metrics.get(metric.name)), metric.formula)


def _groups(report: Report) -> list[tuple[str, list[Figure]]]:
    return [
        (
            GROUP_LABELS[group],
            [_figure(m, report) for m, _ in report.known_metrics if m.group == group],
        )
        for group in GROUPS
        if any(metric.group == group for metric, _ in report.known_metrics)
    ]


def _equity(report: Report, curve: Curve) -> Plot:
    rows = thin(curve.equity, CHART_POINTS)
    first_bar = int(np.searchsorted(curve.ts_ns, report.held_from_ns))
    held = held_curve(curve.close, first_bar, report.initial_cash)[rows]
    return line_plot(
        curve.ts_ns[rows],
        [("Strategy", "s1", curve.equity[rows]), ("Instrument held", "s2", held)],
        write=_money,
        summary=f"Equity from {figure(report.initial_cash)} to {figure(curve.equity[-1])}",
    )


def _falls(curve: Curve) -> Plot:
    falls = drawdown(curve.equity)
    rows = np.union1d(thin(curve.equity, CHART_POINTS), [falls.argmin()])
    return line_plot(
        curve.ts_ns[rows],
        [("Drawdown", "s3", falls[rows])],
        write=_percent,
        summary=f"Fall from the latest peak, deepest {percent(falls.min())}",
        fills_first=True,
    )


def _window(curve: Curve) -> int:
    """Half a year of the series' own calendar, in daily returns; 0 where it shows none."""
    per_year = periods_per_year(curve.ts_ns[day_ends(curve.ts_ns)])
    return round(per_year / 2.0) if math.isfinite(per_year) else 0


def _rolling(curve: Curve, window: int) -> Plot | None:
    if window < MIN_WINDOW:
        return None
    figures = rolling_figures(curve.ts_ns, curve.equity, curve.close, window=window)
    known = np.isfinite(figures.sharpe)
    if known.sum() < 2:  # noqa: PLR2004 -- a line has two ends
        return None
    values = np.where(known, figures.sharpe, 0.0)
    rows = thin(values, CHART_POINTS)
    return line_plot(
        curve.ts_ns[figures.bars[rows]],
        [("Sharpe ratio", "s1", figures.sharpe[rows])],
        write=figure,
        summary=f"Sharpe ratio of {window} daily returns, latest {figure(figures.sharpe[-1])}",
    )


def _histogram(curve: Curve) -> Plot | None:
    returns = period_returns(curve.equity[day_ends(curve.ts_ns)])
    bins = return_histogram(returns)
    if not bins.counts.size:
        return None
    return bar_plot(
        bins.edges,
        bins.counts,
        write=lambda value: signed_percent(value, 1),
        summary=f"{returns.size:,} daily returns from {signed_percent(returns.min())} "
        f"to {signed_percent(returns.max())}",
    )


def _years(curve: Curve, initial_cash: float) -> list[tuple[int, list[Cell], Cell]]:
    table = month_table(curve.ts_ns, curve.equity, initial_cash)
    largest = float(np.nanmax(np.abs(table.months), initial=0.0))
    return [
        (int(year), [_cell(value, largest) for value in months], Cell(_signed(total), ""))
        for year, months, total in zip(
            table.years[::-1], table.months[::-1], table.totals[::-1], strict=True
        )
    ]


def _cell(value: float, largest: float) -> Cell:
    if not np.isfinite(value):
        return Cell("", "")
    if not largest or value == 0:
        return Cell(_signed(value), "")
    level = min(max(int(np.ceil(abs(value) / largest * HEAT_STEPS)), 1), HEAT_STEPS)
    return Cell(_signed(value), f"{'u' if value > 0 else 'd'}{level}")


def _drawdowns(curve: Curve) -> list[dict[str, Any]]:
    return [
        {
            "depth": percent(-float(row["depth"])),
            "peak_at": from_ns(curve.ts_ns[row["peak_bar"]]),
            "trough_at": from_ns(curve.ts_ns[row["trough_bar"]]),
            "end_at": from_ns(curve.ts_ns[row["end_bar"]]) if row["is_over"] else None,
            "days": span(row["days"]),
        }
        for row in worst_drawdowns(curve.ts_ns, curve.equity, DRAWDOWNS)
    ]


def _costs(report: Report) -> list[tuple[str, str, str]]:
    """Each kind of cost, its money and its share of the profit before costs."""
    parts = {name: report.costs[name] for name in COST_WORDS if name in report.costs}
    final = report.metrics.get("equity_final")
    gain = (final if final is not None else report.initial_cash) - report.initial_cash
    return [
        (COST_WORDS[line.name], figure(line.amount), percent(line.of_gross, 1))
        for line in cost_lines(parts, gain)
    ]


def _trades(columns: Columns) -> list[dict[str, Any]]:
    shown = {name: values[:TRADE_LIMIT].tolist() for name, values in columns.items()}
    lines: Sequence[tuple[Any, ...]] = list(zip(*shown.values(), strict=True))
    return [_trade(dict(zip(shown, line, strict=True))) for line in lines]


def _trade(values: dict[str, Any]) -> dict[str, Any]:
    size = values["size"]
    return {
        "number": values["number"],
        "side": safe_text(values["side"]),
        "entry_at": from_ns(values["entry_at"]),
        "exit_at": from_ns(values["exit_at"]),
        "size": figure(abs(size), 0 if float(size).is_integer() else 4),
        "entry_price": figure(values["entry_price"]),
        "exit_price": figure(values["exit_price"]),
        "pnl": signed(values["pnl"]),
        "return": signed_percent(values["return"]),
        "tone": "up" if values["pnl"] > 0 else "down" if values["pnl"] < 0 else "",
        "reason": values.get("exit_reason", ""),
    }


def _signed(value: float) -> str:
    return signed(100 * value, 1)


def _percent(value: float) -> str:
    return f"{figure(100 * value, 0 if abs(100 * value) >= 1 or value == 0 else 2)}%"


def _money(value: float) -> str:
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scale = 1e3 if letter == "k" else limit
            return f"{figure(value / scale, 2).rstrip('0').rstrip('.')}{letter}"
    return figure(value, 0)
