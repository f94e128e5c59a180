"""The full result of a run on disk: one folder with the curve and the trades as Parquet.

``curve.parquet``: ts_ns, close, equity, position, one row a bar. ``overview.parquet``: the same
columns, thinned for a first look. ``trades.parquet``: one row a round trip. ``analysis.json``: the
tables made from them, and how far the result can be trusted.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from backtests.engine.curves import thin
from market.engine.bars import Bars, Float1D, Int1D

OVERVIEW_POINTS = 2000
ROW_GROUP = 65_536
TRADE_GROUP = 4096  # rows read to show one page of a long list
COLUMNS = ("ts_ns", "close", "equity", "position")


@dataclass(frozen=True)
class Curve:
    """Rows of a result's curve.

    Parameters
    ----------
    ts_ns : int64[n], nanoseconds UTC
    close : float64[n], price
    equity : float64[n], account currency
    position : float64[n], signed units held at the close
    benchmark : float64[n], price, or None
    """

    ts_ns: Int1D
    close: Float1D
    equity: Float1D
    position: Float1D
    benchmark: Float1D | None = None

    def __len__(self) -> int:
        return int(self.ts_ns.size)


def write_artifact(
    folder: Path,
    *,
    bars: Bars,
    equity: Float1D,
    position: Float1D,
    trades: npt.NDArray[np.void],
    benchmark: Float1D | None = None,
    analysis: Mapping[str, Any] | None = None,
) -> None:
    """Write a result to `folder`, whole or not at all; an older result there is replaced.

    Parameters
    ----------
    folder : Path
    bars : Bars
    equity, position : float64[n_bars]
    trades : structured[n_trades]
    benchmark : float64[n_bars], price, optional
    analysis : mapping, optional
        Values of JSON.
    """
    building = folder.with_name(folder.name + ".new")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    curve = Curve(bars.ts_ns, bars.close, equity, position, benchmark)
    rows = thin(equity, OVERVIEW_POINTS)
    pq.write_table(_table(curve), building / "curve.parquet", row_group_size=ROW_GROUP)
    pq.write_table(_table(curve, rows), building / "overview.parquet")
    columns = {name: np.ascontiguousarray(trades[name]) for name in trades.dtype.names or ()}
    pq.write_table(pa.table(columns), building / "trades.parquet", row_group_size=TRADE_GROUP)
    if analysis is not None:
        (building / "analysis.json").write_text(json.dumps(analysis, allow_nan=False))
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)


def read_curve(folder: Path, *, start_ns: int | None = None, stop_ns: int | None = None) -> Curve:
    """Return the curve: the thinned one without a range, every bar of [start_ns, stop_ns) with.

    Raises
    ------
    FileNotFoundError
        If there is no result in `folder`.
    """
    if start_ns is None and stop_ns is None:
        return _curve(pq.read_table(folder / "overview.parquet"))
    filters = []
    if start_ns is not None:
        filters.append(("ts_ns", ">=", start_ns))
    if stop_ns is not None:
        filters.append(("ts_ns", "<", stop_ns))
    return _curve(pq.read_table(folder / "curve.parquet", filters=filters))


def read_full_curve(folder: Path) -> Curve:
    """Return the curve with every bar."""
    return _curve(pq.read_table(folder / "curve.parquet"))


def read_trades(folder: Path, names: Sequence[str] | None = None) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of the trade list; of `names` only those that are stored."""
    with pq.ParquetFile(folder / "trades.parquet") as file:
        stored = file.schema_arrow.names
        wanted = stored if names is None else [name for name in names if name in stored]
        return _columns(file.read(columns=wanted))


def read_trade_rows(folder: Path, rows: Int1D) -> dict[str, npt.NDArray[Any]]:
    """Return all columns of some rows of the trade list, in the order of `rows`.

    Parameters
    ----------
    folder : Path
    rows : int64[n]
        Each from 0 to the number of trades less 1.
    """
    with pq.ParquetFile(folder / "trades.parquet") as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        groups = np.searchsorted(starts, rows, side="right") - 1
        needed = np.unique(groups)
        part = file.read_row_groups(needed.tolist())
    # where the rows stand among the groups that were read
    before = np.concatenate(([0], np.cumsum(np.diff(starts)[needed])))
    at = before[np.searchsorted(needed, groups)] + rows - starts[groups]
    return {name: values[at] for name, values in _columns(part).items()}


def _columns(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    return {name: table.column(name).to_numpy() for name in table.column_names}


def read_analysis(folder: Path) -> dict[str, Any] | None:
    """Return the tables of a result; None for one that was stored without."""
    try:
        analysis: dict[str, Any] = json.loads((folder / "analysis.json").read_text())
    except FileNotFoundError:
        return None
    return analysis


def _table(curve: Curve, rows: Int1D | None = None) -> pa.Table:
    columns = {name: getattr(curve, name) for name in COLUMNS}
    if curve.benchmark is not None:
        columns["benchmark"] = curve.benchmark
    if rows is not None:
        columns = {name: values[rows] for name, values in columns.items()}
    return pa.table(columns)


def _curve(table: pa.Table) -> Curve:
    return Curve(**{name: table.column(name).to_numpy() for name in table.column_names})
