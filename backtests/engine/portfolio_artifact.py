"""The full result of a portfolio on disk: one folder of Parquet files.

``curve.parquet``: ts_ns, equity, cash, benchmark, and for each instrument ``weight_<n>``,
``units_<n>`` and ``price_<n>``, one row a time. ``overview.parquet``: the same columns, thinned
for a first look. ``trades.parquet``: one row a round trip. ``fills.parquet``: one row a fill.
``payments.parquet``: dividends and the cash of split remainders. ``indicators.parquet``: the
lines the strategy decided by, one row a time.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from backtests.engine.curves import thin
from backtests.engine.portfolio_calendar import Float2D
from backtests.engine.portfolio_result import PortfolioResult
from market.engine.bars import Float1D, Int1D

OVERVIEW_POINTS = 2000
ROW_GROUP = 65_536
SCALARS = ("equity", "cash", "benchmark")
BY_INSTRUMENT = ("weight", "units", "price")

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class PortfolioCurve:
    """Rows of a portfolio's curve; the arrays by instrument are float64[n, n_instruments]."""

    ts_ns: Int1D
    equity: Float1D
    cash: Float1D
    benchmark: Float1D
    weights: Float2D
    units: Float2D
    prices: Float2D

    def __len__(self) -> int:
        return int(self.ts_ns.size)


def write_portfolio(
    folder: Path, result: PortfolioResult, indicators: Mapping[str, Float1D] | None = None
) -> None:
    """Write a result to `folder`, whole or not at all; an older result there is replaced."""
    building = folder.with_name(folder.name + ".new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    curve: Columns = {"ts_ns": result.ts_ns}
    curve |= {name: getattr(result, name) for name in SCALARS}
    tables = (result.weights, result.units, result.prices)
    for name, table in zip(BY_INSTRUMENT, tables, strict=True):
        curve |= {f"{name}_{n}": table[:, n] for n in range(table.shape[1])}
    rows = thin(result.equity, OVERVIEW_POINTS)
    overview = {name: values[rows] for name, values in curve.items()}
    pq.write_table(pa.table(curve), building / "curve.parquet", row_group_size=ROW_GROUP)
    pq.write_table(pa.table(overview), building / "overview.parquet")
    pq.write_table(pa.table(_trades(result)), building / "trades.parquet")
    pq.write_table(pa.table(_fills(result)), building / "fills.parquet")
    pq.write_table(pa.table(_payments(result)), building / "payments.parquet")
    lines: Columns = {"ts_ns": result.ts_ns, **(indicators or {})}
    pq.write_table(pa.table(lines), building / "indicators.parquet")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


def read_portfolio_curve(
    folder: Path,
    *,
    start_ns: int | None = None,
    stop_ns: int | None = None,
    is_whole: bool = False,
) -> PortfolioCurve:
    """Return the curve: thinned without a range; every time of [start_ns, stop_ns), or all.

    Raises
    ------
    FileNotFoundError
        If there is no result in `folder`.
    """
    has_range = start_ns is not None or stop_ns is not None
    filters = []
    if start_ns is not None:
        filters.append(("ts_ns", ">=", start_ns))
    if stop_ns is not None:
        filters.append(("ts_ns", "<", stop_ns))
    name = "curve.parquet" if has_range or is_whole else "overview.parquet"
    table = pq.read_table(folder / name, filters=filters or None)
    columns = {column: table.column(column).to_numpy() for column in table.column_names}
    n = sum(column.startswith("weight_") for column in columns)
    by_instrument = [
        np.column_stack([columns[f"{kind}_{number}"] for number in range(n)])
        for kind in BY_INSTRUMENT
    ]
    return PortfolioCurve(
        columns["ts_ns"], *(columns[scalar] for scalar in SCALARS), *by_instrument
    )


def read_portfolio_table(folder: Path, name: str) -> Columns:
    """Return the columns of "trades", "fills", "payments" or "indicators"."""
    table = pq.read_table(folder / f"{name}.parquet")
    return {
        column: table.column(column).to_numpy(zero_copy_only=False) for column in table.column_names
    }


def _trades(result: PortfolioResult) -> Columns:
    trades = result.trades
    names = [name for name in trades.dtype.names or () if name not in {"mae", "mfe"}]
    columns: Columns = {name: np.ascontiguousarray(trades[name]) for name in names}
    columns["entry_ts_ns"] = result.ts_ns[trades["entry_bar"]]
    columns["exit_ts_ns"] = result.ts_ns[trades["exit_bar"]]
    return columns


def _fills(result: PortfolioResult) -> Columns:
    number = {name: n for n, name in enumerate(result.names)}
    fills = result.fills
    at = np.array([fill.at for fill in fills], dtype=np.int64)
    return {
        "ts_ns": result.ts_ns[at],
        "instrument": np.array([number[fill.instrument] for fill in fills], dtype=np.int64),
        "quantity": np.array([fill.quantity for fill in fills], dtype=np.float64),
        "price": np.array([fill.price for fill in fills], dtype=np.float64),
        "quoted_price": np.array([fill.quoted_price for fill in fills], dtype=np.float64),
        "commission": np.array([fill.commission for fill in fills], dtype=np.float64),
    }


def _payments(result: PortfolioResult) -> Columns:
    rows = result.payments
    at = np.array([payment.bar for payment in rows], dtype=np.int64)
    return {
        "ts_ns": result.ts_ns[at],
        "instrument": np.array([payment.instrument for payment in rows], dtype=np.int64),
        "cash": np.array([payment.cash for payment in rows], dtype=np.float64),
        "is_dividend": np.array([payment.is_dividend for payment in rows], dtype=np.bool_),
    }
