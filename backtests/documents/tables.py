"""Trades and equity as tables for other programs: CSV in parts, Parquet with its meaning."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from backtests.documents.report import (
    BATCH_ROWS,
    EQUITY_COLUMNS,
    TRADE_COLUMNS,
    Column,
    Columns,
    Report,
)

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
TIMES = ("entry_at", "exit_at", "time")
NS_A_SECOND = 1_000_000_000


def safe_text(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula: with ' before =, +, - or @."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def trades_csv(report: Report) -> Iterator[str]:
    """Yield the trade list as CSV, the head first, in parts."""
    columns = report.trades()
    yield _lines([list(columns)])
    n = int(columns["number"].size)
    for start in range(0, n, BATCH_ROWS):
        rows = slice(start, start + BATCH_ROWS)
        yield _part({name: values[rows] for name, values in columns.items()})


def equity_csv(report: Report) -> Iterator[str]:
    """Yield the curve as CSV, every bar, the head first, in parts."""
    yield _lines([[column.name for column in EQUITY_COLUMNS]])
    for part in report.curve_batches():
        yield _part(_equity(part))


def write_trades_parquet(report: Report, file: IO[bytes]) -> None:
    """Write the trade list with units, terms and fingerprints in its metadata."""
    columns = report.trades()
    table = pa.table({name: _arrow(name, values) for name, values in columns.items()})
    pq.write_table(_described(table, TRADE_COLUMNS, report), file)


def write_equity_parquet(report: Report, file: IO[bytes]) -> None:
    """Write the curve, every bar, part by part, with units, terms and fingerprints."""
    writer = None
    for part in report.curve_batches():
        table = pa.table({name: _arrow(name, values) for name, values in _equity(part).items()})
        table = _described(table, EQUITY_COLUMNS, report)
        if writer is None:
            writer = pq.ParquetWriter(file, table.schema)
        writer.write_table(table, row_group_size=BATCH_ROWS)
    if writer is not None:
        writer.close()


def iso_times(ts_ns: npt.NDArray[np.int64]) -> list[str]:
    """Return moments as ISO 8601 with the zone; below a second only where there is something."""
    moments = ts_ns.view("datetime64[ns]")
    if (ts_ns % NS_A_SECOND).any():
        texts = np.datetime_as_string(moments, unit="us")
    else:
        texts = np.datetime_as_string(moments, unit="s")
    return [f"{text}+00:00" for text in texts.tolist()]


def _equity(part: Columns) -> Columns:
    return {"time": part["ts_ns"], **{c.name: part[c.name] for c in EQUITY_COLUMNS[1:]}}


def _part(columns: Columns) -> str:
    cells = [
        iso_times(values) if name in TIMES else _texts(values) for name, values in columns.items()
    ]
    return _lines(zip(*cells, strict=True))


def _texts(values: npt.NDArray[Any]) -> list[Any]:
    plain = values.tolist()
    return [safe_text(value) if isinstance(value, str) else value for value in plain]


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _arrow(name: str, values: npt.NDArray[Any]) -> pa.Array:
    if name in TIMES:
        return pa.array(values, pa.int64()).cast(pa.timestamp("ns", tz="UTC"))
    return pa.array(values.tolist() if values.dtype.kind == "U" else values)


def _described(table: pa.Table, columns: tuple[Column, ...], report: Report) -> pa.Table:
    """Return `table` with a unit and a meaning at each column and what was run at the whole."""
    known = {column.name: column for column in columns}
    fields = [
        field.with_metadata({"unit": known[field.name].unit, "meaning": known[field.name].meaning})
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata=_metadata(report)))


def _metadata(report: Report) -> dict[str, str]:
    return {
        "pulse.name": report.name,
        "pulse.strategy": report.strategy,
        "pulse.strategy_version": report.strategy_version,
        "pulse.params": json.dumps(dict(report.params), default=str),
        "pulse.terms": json.dumps({term.name: term.value for term in report.terms}, default=str),
        "pulse.data": report.data_label,
        "pulse.is_simulated_data": json.dumps(report.is_simulated_data),
        "pulse.fingerprint": report.fingerprint,
        "pulse.data_fingerprint": report.data_fingerprint,
    }
