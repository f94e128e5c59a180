"""A result as a workbook: figures, terms, trades, curve and months, numbers as numbers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from backtests.documents.report import EQUITY_COLUMNS, TRADE_COLUMNS, Column, Columns, Report
from backtests.engine.artifact import Curve
from backtests.engine.curves import drawdown, thin
from backtests.engine.metrics import month_table
from backtests.selectors.analysis import TrustLine
from pulse.common.numbers import finite_or_none

HEAD_ROWS = 3
SHEET_ROWS = 1_048_576 - HEAD_ROWS  # what the file format leaves for rows of a table
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
UNIT_FORMATS = {
    "fraction": "0.00%",
    "money": "#,##0.00",
    "count": "#,##0",
    "days": "#,##0.0",
    "price": "#,##0.00##",
    "units": "#,##0.####",
    "bars": "#,##0",
    "UTC": "yyyy-mm-dd hh:mm:ss",
}
HEADS = {"pnl": "P&L", "n_bars": "Held", "mae": "MAE", "mfe": "MFE"}
NS_A_DAY = 86_400_000_000_000
EXCEL_EPOCH_DAYS = 25_569  # days from 1899-12-30 to 1970-01-01
UNIT_WORDS = {"per_year": "a year", "count": "", "ratio": ""}


class Workbook:
    """The sheets of one report, written row by row so that memory stays flat."""

    def __init__(self, report: Report, file: IO[bytes], *, max_rows: int) -> None:
        self.report = report
        self.max_rows = min(max_rows, SHEET_ROWS)
        self.book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.plain = self.book.add_format({"valign": "top"})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = self.book.add_format({"bold": True, "valign": "top"})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.note = self.book.add_format({"font_color": "#59626F"})
        self.head = self.book.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#F2F3F5", "valign": "top"}
        )
        self.formats = {
            unit: self.book.add_format({"num_format": text, "valign": "top"})
            for unit, text in UNIT_FORMATS.items()
        }

    def write(self) -> None:
        """Write all sheets and close the file."""
        report = self.report
        self.book.set_properties(
            {
                "title": report.name,
                "comments": f"Fingerprint {report.fingerprint}",
                "created": report.simulated_at or datetime(2000, 1, 1, tzinfo=UTC),
            }
        )
        self._summary()
        self._assumptions()
        self._trades()
        curve = report.full_curve()
        self._equity(curve)
        self._months(curve)
        self.book.close()

    def _sheet(
        self, name: str, note: str, heads: Sequence[str], widths: Sequence[int]
    ) -> Worksheet:
        """Begin a sheet: title, a note, frozen heads."""
        sheet = self.book.add_worksheet(name)
        for i, width in enumerate(widths):
            sheet.set_column(i, i, width)
        marks = " · SIMULATED PRICES" if self.report.is_simulated_data else ""
        sheet.write_string(0, 0, f"{self.report.name}{marks}", self.title)
        sheet.write_string(1, 0, note, self.note)
        for i, text in enumerate(heads):
            sheet.write_string(HEAD_ROWS - 1, i, text, self.head)
        sheet.freeze_panes(HEAD_ROWS, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEAD_ROWS - 1)
        return sheet

    def _summary(self) -> None:
        report = self.report
        note = (
            f"{report.first_bar_at:%Y-%m-%d} to {report.last_bar_at:%Y-%m-%d}, {report.n_bars:,} "
            f"bars of {report.data_label}. A simulation on past prices; no promise of results."
        )
        heads = ("Metric", "Value", "Unit", "Formula", "Meaning")
        sheet = self._sheet("Summary", note, heads, (30, 16, 12, 60, 60))
        for row, (metric, value) in enumerate(report.known_metrics, HEAD_ROWS):
            unit = UNIT_WORDS.get(metric.unit, metric.unit)
            self._text(sheet, row, 0, metric.label, self.bold)
            if value is None:
                self._text(sheet, row, 1, f"undefined: {metric.undefined_when}", self.wrapped)
            else:
                form = self.formats.get(metric.unit, self.formats["price"])
                sheet.write_number(row, 1, value, form)
            self._text(sheet, row, 2, unit, self.plain)
            self._text(sheet, row, 3, metric.formula, self.wrapped)
            self._text(sheet, row, 4, metric.description, self.wrapped)

    def _assumptions(self) -> None:
        report = self.report
        sheet = self._sheet(
            "Assumptions",
            "What was asked, and how it was simulated.",
            ("Term", "Value", "Unit", "In words"),
            (30, 24, 20, 80),
        )
        rows: list[tuple[str, Any, str, str]] = [
            ("Strategy", report.strategy, "", f"version {report.strategy_version}"),
            *((f"Parameter {name}", value, "", "") for name, value in report.params.items()),
            ("Data", report.data_label, "", ""),
            *((term.label, term.value, term.unit, term.text) for term in report.terms),
            *((label, n, "", "") for label, n in report.counts.items()),
            *((f"Cost: {_words(name)}", x, "money", "") for name, x in report.costs.items()),
            *(("How it was simulated", "", "", sentence) for sentence in report.sentences),
            *((f"Trust: {line.title}", _verdict(line), "", line.words) for line in report.trust),
            *((f"Stress: {name}", "", "", _told(report, texts)) for name, texts in report.stress),
            ("Fingerprint", report.fingerprint, "", "Same fingerprint, same numbers."),
            ("Data fingerprint", report.data_fingerprint, "", ""),
        ]
        for row, (label, value, unit, words) in enumerate(rows, HEAD_ROWS):
            self._text(sheet, row, 0, label, self.bold)
            self._value(sheet, row, 1, value)
            self._text(sheet, row, 2, unit, self.plain)
            self._text(sheet, row, 3, words, self.wrapped)

    def _trades(self) -> None:
        columns = self.report.trades()
        shown = [column for column in TRADE_COLUMNS if column.name in columns]
        n = int(columns["number"].size)
        kept = min(n, self.max_rows)
        note = f"{n:,} closed trades, times in UTC."
        if kept < n:
            note = f"The first {kept:,} of {n:,} trades: this sheet holds no more. CSV has all."
        sheet = self._sheet("Trades", note, _heads(shown), [_width(c) for c in shown])
        self._rows(sheet, shown, {name: values[:kept] for name, values in columns.items()})

    def _equity(self, curve: Curve) -> None:
        n, limit = len(curve), self.max_rows
        rows = thin(curve.equity, limit)
        note = f"{n:,} bars, times in UTC."
        if rows.size < n:
            note = (
                f"{rows.size:,} of {n:,} bars: this sheet holds at most {limit:,}. Every peak and "
                "trough is here; CSV and Parquet have every bar."
            )
        columns = {
            "time": curve.ts_ns[rows],
            "close": curve.close[rows],
            "equity": curve.equity[rows],
            "drawdown": drawdown(curve.equity)[rows],
            "position": curve.position[rows],
        }
        shown = EQUITY_COLUMNS
        sheet = self._sheet("Equity", note, _heads(shown), [_width(c) for c in shown])
        self._rows(sheet, shown, columns)

    def _months(self, curve: Curve) -> None:
        table = month_table(curve.ts_ns, curve.equity, self.report.initial_cash)
        heads = ("Year", *MONTHS, "Year in all")
        note = "Returns of calendar months, UTC."
        sheet = self._sheet("Monthly", note, heads, (8, *(9,) * len(MONTHS), 12))
        form = self.formats["fraction"]
        for row, (year, months, total) in enumerate(
            zip(table.years, table.months, table.totals, strict=True), HEAD_ROWS
        ):
            sheet.write_number(row, 0, int(year), self.bold)
            for column, value in enumerate((*months, total), 1):
                if np.isfinite(value):
                    sheet.write_number(row, column, float(value), form)
        last = HEAD_ROWS + len(table.years) - 1
        sheet.conditional_format(
            HEAD_ROWS,
            1,
            last,
            len(MONTHS) + 1,
            {
                "type": "3_color_scale",
                "mid_type": "num",
                "mid_value": 0,
                "min_color": "#F0A29C",
                "mid_color": "#FFFFFF",
                "max_color": "#74C8A2",
            },
        )

    def _rows(self, sheet: Worksheet, shown: Iterable[Column], columns: Columns) -> None:
        """Write columns as rows: moments as dates of the file format, words as text."""
        cells, kinds = [], []
        for column in shown:
            values = columns[column.name]
            if column.unit == "UTC":
                values = values / NS_A_DAY + EXCEL_EPOCH_DAYS
            cells.append(_or_blank(values))
            kinds.append((self.formats.get(column.unit), values.dtype.kind == "U"))
        for row, line in enumerate(zip(*cells, strict=True), HEAD_ROWS):
            for i, value in enumerate(line):
                form, is_text = kinds[i]
                if is_text:
                    sheet.write_string(row, i, value)
                elif value is not None:
                    sheet.write_number(row, i, value, form)

    def _value(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number or type(value).__name__ == "Decimal":
            sheet.write_number(row, column, float(value), self.plain)
        else:
            self._text(sheet, row, column, "" if value is None else str(value), self.wrapped)

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, form: Format) -> None:
        sheet.write_string(row, column, text, form)


def write_workbook(report: Report, file: IO[bytes], *, max_rows: int = SHEET_ROWS) -> None:
    """Write a result as XLSX: Summary, Assumptions, Trades, Equity and Monthly.

    Words that people wrote are text cells, never formulas. A sheet with more than `max_rows`
    rows, or than the file format can hold, is thinned and says so.
    """
    Workbook(report, file, max_rows=max_rows).write()


def _verdict(line: TrustLine) -> str:
    return "fine" if line.is_good else "to note"


def _told(report: Report, texts: Iterable[str]) -> str:
    return ", ".join(
        f"{head} {text}" for head, text in zip(report.stress_heads, texts, strict=True)
    )


def _or_blank(values: npt.NDArray[Any]) -> list[Any]:
    """Return plain values; what is no number stays an empty cell."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        plain: list[Any] = values.tolist()
        return plain
    return [finite_or_none(value) for value in values.tolist()]


def _heads(columns: Iterable[Column]) -> list[str]:
    return [f"{_words(c.name)}, {c.unit}" if c.unit else _words(c.name) for c in columns]


def _width(column: Column) -> int:
    return 20 if column.unit == "UTC" else 16


def _words(name: str) -> str:
    if name in HEADS:
        return HEADS[name]
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
