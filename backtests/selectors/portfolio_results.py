"""Reads of a portfolio's full result on disk: curves, weights, months, trades."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.curves import drawdown, thin
from backtests.engine.metrics.tables import month_table
from backtests.engine.portfolio_artifact import (
    PortfolioCurve,
    read_portfolio_curve,
    read_portfolio_table,
)
from backtests.models import PortfolioRun
from backtests.selectors.account import artifact_folder
from backtests.selectors.results import CHART_POINTS
from market.engine.timeframes import SECOND_NS
from pulse.common.time import from_ns

Columns = dict[str, npt.NDArray[Any]]

COLOURS = ("s1", "s3", "s4", "s5")  # s2 is grey: what is left
TINY = 1e-9
LAYER = 0.4  # opacity of a layer of the stack
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def portfolio_curve(
    run: PortfolioRun, *, start_ns: int | None = None, stop_ns: int | None = None
) -> PortfolioCurve:
    """Return the curve for a chart: about 2,000 points, or every one of [start_ns, stop_ns)."""
    return read_portfolio_curve(artifact_folder(run), start_ns=start_ns, stop_ns=stop_ns)


def portfolio_points(run: PortfolioRun, **between: int | None) -> dict[str, list[Any]]:
    """Return the curve as columns of equal length, as the API gives it.

    Returns
    -------
    dict
        ``time`` in seconds UTC; ``equity``, ``cash`` and ``benchmark`` in account currency;
        ``drawdown`` as a fraction, 0 or below; ``weights`` by symbol, fractions of equity.
    """
    curve = portfolio_curve(run, **between)
    return {
        "time": _seconds(curve),
        "equity": np.round(curve.equity, 2).tolist(),
        "cash": np.round(curve.cash, 2).tolist(),
        "benchmark": np.round(curve.benchmark, 2).tolist(),
        "drawdown": np.round(drawdown(curve.equity), 6).tolist(),
        "weights": {
            symbol: _rounded(curve.weights[:, n], 6) for n, symbol in enumerate(symbols_of(run))
        },
    }


def portfolio_equity_chart(run: PortfolioRun, **between: int | None) -> dict[str, Any]:
    """Return the equity chart: the portfolio against equal parts, held."""
    points = portfolio_points(run, **between)
    return {
        "time": points["time"],
        "format": "money",
        "series": [
            {"name": "Portfolio", "values": points["equity"], "color": "s1", "style": "area"},
            {
                "name": "Equal parts",
                "values": points["benchmark"],
                "color": "s2",
                "style": "dashed",
            },
        ],
    }


def portfolio_drawdown_chart(run: PortfolioRun, **between: int | None) -> dict[str, Any]:
    """Return the chart of the fall from the running peak."""
    points = portfolio_points(run, **between)
    return {
        "time": points["time"],
        "format": "percent",
        "series": [
            {"name": "Drawdown", "values": points["drawdown"], "color": "down", "style": "area"}
        ],
    }


def portfolio_weights_chart(run: PortfolioRun, **between: int | None) -> dict[str, Any]:
    """Return the weights over time: stacked where none is short, else as lines.

    Notes
    -----
    The four instruments with the largest mean weight have a colour each, all others one
    together. What a stack leaves of 100 % is cash.
    """
    curve = portfolio_curve(run, **between)
    weights, symbols = curve.weights, symbols_of(run)
    size = np.abs(np.nan_to_num(weights)).mean(axis=0)
    largest = np.sort(np.argsort(-size, kind="stable")[: len(COLOURS)]).tolist()
    names, colours = [symbols[n] for n in largest], list(COLOURS[: len(largest)])
    columns = [weights[:, n] for n in largest]
    rest = np.delete(weights, largest, axis=1)
    if rest.shape[1]:
        names, colours = [*names, "Others"], [*colours, "s2"]
        columns.append(rest.sum(axis=1))
    is_stacked = not bool((np.nan_to_num(weights) < -TINY).any())
    drawn = np.cumsum(columns, axis=0) if is_stacked else columns
    series: list[dict[str, Any]] = [
        {"name": name, "values": _rounded(line, 5), "color": colour, "told": _rounded(own, 5)}
        for name, colour, line, own in zip(names, colours, drawn, columns, strict=True)
    ]
    if not is_stacked:
        lines = [{**one, "style": "step"} for one in series]
        return {
            "time": _seconds(curve),
            "format": "percent",
            "lines": [{"y": 0}],
            "series": lines,
        }
    series[0] |= {"style": "area", "fill": LAYER}
    layers = [
        {"upper": n, "lower": n - 1, "color": colours[n], "alpha": LAYER}
        for n in range(1, len(series))
    ]
    return {"time": _seconds(curve), "format": "percent", "series": series, "bands": layers}


def contribution_chart(run: PortfolioRun) -> dict[str, Any]:
    """Return the profit that each instrument brought, as bars; losses in their own colour."""
    rows = instrument_rows(run)
    profits = [round(row["contribution"], 2) for row in rows]
    return {
        "categories": [row["symbol"] for row in rows],
        "format": "money",
        "lines": [{"y": 0}],
        "y_range": [1.05 * min(0.0, *profits, -1.0), 1.05 * max(0.0, *profits, 1.0)],
        "series": [
            {
                "name": "Profit",
                "values": [profit if profit >= 0 else None for profit in profits],
                "color": "heat-up",
            },
            {
                "name": "Loss",
                "values": [profit if profit < 0 else None for profit in profits],
                "color": "heat-down",
            },
        ],
    }


def correlation_chart(run: PortfolioRun) -> dict[str, Any]:
    """Return the correlations of the instruments' returns as a heat table."""
    symbols = symbols_of(run)
    values = (run.assumptions or {}).get("correlation", [])
    return {"rows": symbols, "columns": symbols, "values": values, "format": "number", "places": 2}


def indicator_chart(run: PortfolioRun, number: int) -> dict[str, Any]:
    """Return one of the lines the strategy decided by, the first being 0.

    Raises
    ------
    IndexError
        If the strategy has no line of that number.
    """
    name = (run.assumptions or {}).get("indicators", [])[number]
    columns = read_portfolio_table(artifact_folder(run), "indicators")
    rows = thin(np.nan_to_num(columns[name]), CHART_POINTS)
    return {
        "time": (columns["ts_ns"][rows] // SECOND_NS).tolist(),
        "format": "number",
        "lines": [{"y": 0}],
        "series": [{"name": name, "values": _rounded(columns[name][rows], 6), "color": "s3"}],
    }


def months_chart(run: PortfolioRun) -> dict[str, Any]:
    """Return the return of each month and year as a heat table."""
    curve = read_portfolio_curve(artifact_folder(run), is_whole=True)
    table = month_table(curve.ts_ns, curve.equity, float(run.initial_cash))
    values = np.column_stack([table.months, table.totals])
    return {
        "rows": [str(year) for year in table.years.tolist()],
        "columns": [*MONTHS, "Year"],
        "values": [_rounded(line, 6) for line in values],
        "format": "percent",
        "places": 1,
    }


def symbols_of(run: PortfolioRun) -> list[str]:
    """Return the instruments of a run in their order."""
    return [member.symbol for member in run.members.all()]


def instrument_rows(run: PortfolioRun) -> list[dict[str, Any]]:
    """Return what each instrument was and did, with its share of the profit."""
    rows: list[dict[str, Any]] = (run.assumptions or {}).get("instruments", [])
    labels = {member.symbol: member.series_label for member in run.members.all()}
    total = sum(row["contribution"] for row in rows)
    return [
        {
            **row,
            "share": row["contribution"] / total if total > 0.0 else None,
            "label": labels.get(row["symbol"], ""),
        }
        for row in rows
    ]


def portfolio_fill_rows(run: PortfolioRun) -> Iterator[list[Any]]:
    """Yield every fill as rows of a table, the head first."""
    fills, symbols = read_portfolio_table(artifact_folder(run), "fills"), symbols_of(run)
    names = ("quantity", "price", "quoted_price", "commission")
    yield ["time", "symbol", *names]
    for row in range(int(fills["ts_ns"].size)):
        yield [
            from_ns(fills["ts_ns"][row]).isoformat(),
            symbols[int(fills["instrument"][row])],
            *(fills[name][row].item() for name in names),
        ]


def portfolio_equity_rows(run: PortfolioRun) -> Iterator[list[Any]]:
    """Yield the curve with every weight as rows of a table, the head first, every time."""
    curve = read_portfolio_curve(artifact_folder(run), is_whole=True)
    yield ["time", "equity", "cash", "benchmark", *(f"weight_{s}" for s in symbols_of(run))]
    for row in range(len(curve)):
        yield [
            from_ns(curve.ts_ns[row]).isoformat(),
            curve.equity[row].item(),
            curve.cash[row].item(),
            curve.benchmark[row].item(),
            *_rounded(curve.weights[row], 8),
        ]


def _seconds(curve: PortfolioCurve) -> list[int]:
    seconds: list[int] = (curve.ts_ns // SECOND_NS).tolist()
    return seconds


def _rounded(values: npt.NDArray[np.float64], places: int) -> list[float | None]:
    """Return values as JSON can hold them: what is not defined is null."""
    return [round(v, places) if v == v else None for v in values.tolist()]  # noqa: PLR0124 -- not NaN
