"""Files of a result: read back with other libraries and compared with what is stored."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from backtests.documents import serving, workbook
from backtests.documents.report import EQUITY_COLUMNS, TRADE_COLUMNS, report_of_run
from backtests.documents.tables import safe_text
from backtests.documents.tearsheet import tearsheet
from backtests.engine.artifact import read_trades
from backtests.engine.metrics import METRICS
from backtests.models import BacktestRun
from backtests.selectors import artifact_folder
from backtests.selectors.analysis import read_analysis, stress_rows, trust_lines
from backtests.selectors.results import full_curve
from backtests.services import request_run
from pulse.common import jobs
from tests.factories.runs import GOOG_CSV, NOW, make_goog, make_run

ROOT = Path(__file__).resolve().parents[2]
EVIL = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>'
FILES = (
    *("trades_csv", "equity_csv", "trades_parquet", "equity_parquet"),
    *("report_xlsx", "tearsheet_html"),
)


@pytest.fixture
def done(user: User) -> BacktestRun:
    run = request_run(
        owner=user, series=make_goog(user), strategy="sma_cross", commission=0.002, now=NOW,
        params={"fast": 10, "slow": 20}, stop_loss=0.05,
    )  # fmt: skip
    jobs.run_next()
    run.refresh_from_db()
    return run


def body(client: Client, run: BacktestRun, name: str) -> bytes:
    response = client.get(reverse(f"backtests:{name}", args=[run.pk]))
    assert response.status_code == 200
    return b"".join(response)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_parquet_trades_are_the_stored_ones(client: Client, done: BacktestRun) -> None:
    stored = read_trades(artifact_folder(done))

    table = pq.read_table(io.BytesIO(body(client, done, "trades_parquet")))

    for name in ("size", "entry_price", "exit_price", "pnl", "commission", "entry_bar"):
        np.testing.assert_array_equal(table[name].to_numpy(), stored[name])
    times = table["entry_at"].cast("int64").to_numpy()
    np.testing.assert_array_equal(times, stored["entry_ts_ns"])
    expected = stored["pnl"] / (np.abs(stored["size"]) * stored["entry_price"])
    np.testing.assert_allclose(table["return"].to_numpy(), expected, rtol=1e-15)
    assert set(table["exit_reason"].to_pylist()) == {"signal", "stop"}
    assert table.schema.field("pnl").metadata[b"unit"] == b"money"
    assert table.schema.metadata[b"pulse.fingerprint"].decode() == done.fingerprint
    assert table.schema.metadata[b"pulse.params"] == b'{"fast": 10, "slow": 20}'


def test_parquet_equity_is_every_bar(client: Client, done: BacktestRun) -> None:
    curve = full_curve(done)

    table = pq.read_table(io.BytesIO(body(client, done, "equity_parquet")))

    np.testing.assert_array_equal(table["equity"].to_numpy(), curve.equity)
    np.testing.assert_array_equal(table["time"].cast("int64").to_numpy(), curve.ts_ns)
    expected = curve.equity / np.maximum.accumulate(curve.equity) - 1
    np.testing.assert_allclose(table["drawdown"].to_numpy(), expected, atol=1e-15)
    assert table.schema.field("equity").metadata[b"unit"] == b"money"


def test_drawdown_goes_on_from_part_to_part(
    done: BacktestRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backtests.documents.report.BATCH_ROWS", 100)
    equity = full_curve(done).equity

    parts = list(report_of_run(done).curve_batches())

    assert len(parts) == 22
    falls = np.concatenate([part["drawdown"] for part in parts])
    np.testing.assert_array_equal(falls, equity / np.maximum.accumulate(equity) - 1)


def test_csv_equity_is_every_bar(client: Client, done: BacktestRun) -> None:
    curve = full_curve(done)

    rows = list(csv.DictReader(io.StringIO(body(client, done, "equity_csv").decode())))

    assert [float(row["equity"]) for row in rows] == curve.equity.tolist()
    assert [seconds(row["time"]) for row in rows] == (curve.ts_ns // 10**9).tolist()


def test_csv_trades_have_words_for_side_and_reason(client: Client, done: BacktestRun) -> None:
    rows = list(csv.DictReader(io.StringIO(body(client, done, "trades_csv").decode())))

    assert len(rows) == done.n_trades
    assert all((row["side"] == "long") == (float(row["size"]) > 0) for row in rows)
    assert {row["exit_reason"] for row in rows} == {"signal", "stop"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_safe_text_is_no_formula(text: str) -> None:
    assert safe_text(text) == f"'{text}"


def test_safe_text_leaves_plain_words() -> None:
    assert safe_text("GOOG, 1d") == "GOOG, 1d"


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(sheet: object) -> list[tuple[object, ...]]:
    """Rows of a sheet below its frozen head."""
    return list(sheet.iter_rows(min_row=4, values_only=True))  # type: ignore[attr-defined]


def test_workbook_has_numbers_dates_and_frozen_heads(client: Client, done: BacktestRun) -> None:
    book = opened(body(client, done, "report_xlsx"))

    assert book.sheetnames == ["Summary", "Assumptions", "Trades", "Equity", "Monthly"]
    assert {sheet.freeze_panes for sheet in book} == {"A4"}
    figures = {row[0]: row[1] for row in cells(book["Summary"])}
    for name in ("equity_final", "return_total", "sharpe"):  # the format keeps 16 digits
        assert figures[METRICS[name].label] == pytest.approx(done.metrics[name], rel=1e-15)
    curve = full_curve(done)
    equity = cells(book["Equity"])
    np.testing.assert_allclose([row[2] for row in equity], curve.equity, rtol=1e-15)
    first = datetime.fromtimestamp(curve.ts_ns[0] / 1e9, UTC).replace(tzinfo=None)
    assert equity[0][0] == first
    trades = cells(book["Trades"])
    assert len(trades) == done.n_trades
    assert sum(row[10] for row in trades) == pytest.approx(read_pnl(done))


def read_pnl(run: BacktestRun) -> float:
    return float(read_trades(artifact_folder(run))["pnl"].sum())


def test_workbook_months_multiply_up_to_the_year(client: Client, done: BacktestRun) -> None:
    rows = cells(opened(body(client, done, "report_xlsx"))["Monthly"])

    for year, *months, total in rows:
        known = [value for value in months if value is not None]
        assert np.prod([1 + value for value in known]) - 1 == pytest.approx(total), year
    whole = np.prod([1 + row[-1] for row in rows]) - 1
    assert whole == pytest.approx(done.metrics["return_total"])


def test_workbook_takes_no_formula_from_words(done: BacktestRun) -> None:
    done.name = done.series_label = EVIL
    done.params = {"@cmd": "-1+1", "fast": 10}

    file = io.BytesIO()
    workbook.write_workbook(report_of_run(done), file)

    book = opened(file.getvalue())
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    values = {str(cell.value) for row in book["Assumptions"].iter_rows() for cell in row}
    assert {EVIL, "-1+1", "Parameter @cmd"} <= values
    assert not any(cell.hyperlink for row in book["Summary"].iter_rows() for cell in row)


def test_workbook_says_when_a_sheet_cannot_hold_all(
    done: BacktestRun,
) -> None:
    curve = full_curve(done)

    file = io.BytesIO()
    workbook.write_workbook(report_of_run(done), file, max_rows=80)

    book = opened(file.getvalue())
    shown = [row[2] for row in cells(book["Equity"])]
    assert len(shown) <= 80
    assert f"{len(shown)} of 2,148 bars" in book["Equity"]["A2"].value
    assert f"The first 80 of {done.n_trades} trades" in book["Trades"]["A2"].value
    assert (min(shown), max(shown)) == (curve.equity.min(), curve.equity.max())


class Outside(HTMLParser):
    """Collects whatever would make a browser ask the network or run something."""

    ASKING = ("src", "href", "srcset", "action", "data", "poster", "formaction")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "iframe", "object", "embed", "base"):
            self.found.append(tag)
        for name, value in attrs:
            if name in self.ASKING or name.startswith("on"):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        self.found += re.findall(r"url\(|@import", data)


@pytest.fixture
def sheet(client: Client, done: BacktestRun) -> str:
    return body(client, done, "tearsheet_html").decode()


def test_tearsheet_asks_nothing_of_the_network(sheet: str) -> None:
    parser = Outside()

    parser.feed(sheet)

    assert parser.found == []


def test_tearsheet_tells_figures_trades_and_fingerprint(sheet: str, done: BacktestRun) -> None:
    assert f"{done.metrics['equity_final']:,.2f}" in sheet
    assert done.fingerprint in sheet
    assert sheet.count('<td class="n up">') + sheet.count('<td class="n down">') == done.n_trades
    assert "do not predict future results" in sheet
    assert "SIMULATED PRICES" not in sheet


def test_tearsheet_and_workbook_tell_how_far_to_trust(done: BacktestRun) -> None:
    tables = read_analysis(done)
    assert tables is not None
    lines = trust_lines(done, tables)
    file = io.BytesIO()

    parser = Outside()
    parser.feed(tearsheet(report_of_run(done)))
    workbook.write_workbook(report_of_run(done), file)

    text = " ".join("".join(parser.texts).split())
    rows = cells(opened(file.getvalue())["Assumptions"])
    assert len(lines) >= 3
    for line in lines:
        assert line.words in text
        assert any(row[0] == f"Trust: {line.title}" and row[3] == line.words for row in rows)
    for name, texts in stress_rows(tables):
        assert name in text
        assert texts[0] in text


def test_tearsheet_marks_simulated_prices(done: BacktestRun) -> None:
    done.is_simulated_data = True

    assert "SIMULATED PRICES" in tearsheet(report_of_run(done))


def test_tearsheet_escapes_what_people_wrote(done: BacktestRun) -> None:
    done.name = done.series_label = EVIL
    done.params = {EVIL: EVIL}
    parser = Outside()

    parser.feed(tearsheet(report_of_run(done)))

    assert parser.found == []
    assert EVIL in "".join(parser.texts)


def test_tearsheet_says_how_many_trades_are_left_out(
    done: BacktestRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backtests.documents.tearsheet.TRADE_LIMIT", 10)

    text = tearsheet(report_of_run(done))

    assert "The first 10 trades are listed" in text
    assert f"{done.n_trades - 10} more" in text


def test_tearsheet_of_a_run_without_trades(user: User) -> None:
    run = request_run(
        owner=user, series=make_goog(user), strategy="sma_cross", now=NOW,
        params={"fast": 900, "slow": 1000}, ends_at=NOW.replace(year=2005),
    )  # fmt: skip
    jobs.run_next()
    run.refresh_from_db()

    text = tearsheet(report_of_run(run))

    assert "No trade was closed." in text
    assert not re.search(r"\b(nan|inf)\b", text.lower())


def names(client: Client, run: BacktestRun) -> Iterator[str]:
    for name in (*FILES, "result_json"):
        response = client.get(reverse(f"backtests:{name}", args=[run.pk]))
        b"".join(response)
        yield response.headers["Content-Disposition"]


def test_file_names_say_what_was_run(client: Client, done: BacktestRun) -> None:
    head = f'attachment; filename="sma-cross-goog-1d-upload-run-{done.pk}-'

    for disposition in names(client, done):
        assert disposition.startswith(head)
        assert re.fullmatch(r'[a-z0-9-]+\.\w+"', disposition.removeprefix(head))


def test_api_gives_the_same_files(client: Client, done: BacktestRun) -> None:
    address = f"/api/v1/backtests/{done.pk}/export/"

    assert b"".join(client.get(address, {"file": "trades_csv"})) == body(client, done, "trades_csv")
    assert b"".join(client.get(address, {"file": "xlsx"}))[:2] == b"PK"
    refused = client.get(address, {"file": "exe"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid")


BARS = ["--bars", str(GOOG_CSV), "--param", "fast=10", "--param", "slow=20"]


@pytest.mark.parametrize("table", ["trades", "equity"])
def test_command_writes_the_same_table_as_csv_and_parquet(tmp_path: Path, table: str) -> None:
    for ending in ("csv", "parquet"):
        call_command("backtest", *BARS, "--out", str(tmp_path / f"t.{ending}"), "--table", table,
                     stdout=io.StringIO())  # fmt: skip

    rows = list(csv.DictReader((tmp_path / "t.csv").read_text().splitlines()))
    stored = pq.read_table(tmp_path / "t.parquet")
    assert list(rows[0]) == stored.column_names
    name = "pnl" if table == "trades" else "equity"
    assert [float(row[name]) for row in rows] == stored[name].to_pylist()


def test_command_writes_workbook_tearsheet_and_json(tmp_path: Path) -> None:
    out = io.StringIO()
    for ending in ("xlsx", "html", "json"):
        call_command(
            "backtest", *BARS, "--json", "--out", str(tmp_path / f"r.{ending}"), stdout=out
        )

    printed = json.loads(out.getvalue()[: len(out.getvalue()) // 3])
    figures = {r[0]: r[1] for r in cells(opened((tmp_path / "r.xlsx").read_bytes())["Summary"])}
    assert figures["Final equity"] == pytest.approx(printed["metrics"]["equity_final"], rel=1e-15)
    assert printed["fingerprint"] in (tmp_path / "r.html").read_text()
    written = json.loads((tmp_path / "r.json").read_text())
    assert written["metrics"] == printed["metrics"]
    assert len(written["trades"]) == printed["n_trades"]


@pytest.mark.parametrize("name", ["result.pdf", "result", "no/such/folder.csv"])
def test_command_refuses_what_it_cannot_write(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("backtest", *BARS, "--out", str(tmp_path / name), stdout=io.StringIO())


def test_reference_page_lists_every_column() -> None:
    page = (ROOT / "docs" / "reference" / "export-columns.md").read_text()

    for column in (*TRADE_COLUMNS, *EQUITY_COLUMNS):
        assert f"| `{column.name}` | {column.unit} | {column.meaning} |" in page


def test_parts_are_made_one_by_one_for_an_async_server() -> None:
    made: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"part"

    async def take_one_and_go() -> None:
        following = serving._in_thread(parts())
        assert await anext(following) == b"part"
        await following.aclose()

    asyncio.run(take_one_and_go())

    assert made == [0]


def test_spool_file_is_closed_when_the_reader_goes() -> None:
    spool = serving.Spool(lambda file: file.write(b"x" * 10))

    async def take_one_and_go() -> None:
        following = serving._in_thread(spool)
        assert await anext(following) == b"x" * 10
        await following.aclose()

    asyncio.run(take_one_and_go())

    assert spool._file.closed


def test_files_of_a_run_without_result_are_not_found(client: Client, user: User) -> None:
    failed = make_run(user, status=BacktestRun.Status.FAILED)

    found = [
        client.get(reverse(f"backtests:{name}", args=[failed.pk])).status_code for name in FILES
    ]
    found.append(client.get(f"/api/v1/backtests/{failed.pk}/export/", {"file": "xlsx"}).status_code)

    assert set(found) == {404}
