"""Price files: every layout, every refusal, every rule of a row."""

import importlib.resources
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from market.engine import parse_bars, read_bars, tables

HEADER = "Date,Open,High,Low,Close,Volume\n"
GOOD = HEADER + "2024-01-02,10,12,9,11,100\n2024-01-03,11,13,10,12,200\n"


def ns(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1_000_000_000


def goog():
    return importlib.resources.files("backtesting") / "test" / "GOOG.csv"


def test_read_bars_google_file_equals_pandas():
    expected = pd.read_csv(str(goog()), index_col=0, parse_dates=True)

    bars = read_bars(str(goog()))

    assert len(bars) == len(expected) == 2148
    for name in ("Open", "High", "Low", "Close", "Volume"):
        assert (getattr(bars, name.lower()) == expected[name].to_numpy(np.float64)).all()
    assert bars.ts_ns[0] == ns(2004, 8, 19, 23, 59, 59)


@pytest.mark.parametrize(
    ("text", "layout", "closes_at", "close"),
    [
        pytest.param(
            "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11,5.5,100\n",
            "Yahoo",
            ns(2024, 1, 2, 23, 59, 59),
            11.0,
            id="yahoo: traded close, not adjusted",
        ),
        pytest.param(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
            "AAPL.US,5,20240102,153500,10,12,9,11,100,0\n",
            "Stooq",
            ns(2024, 1, 2, 15, 35),
            11.0,
            id="stooq intraday",
        ),
        pytest.param(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
            "AAPL.US,D,20240102,000000,10,12,9,11,100,0\n",
            "Stooq",
            ns(2024, 1, 2, 23, 59, 59),
            11.0,
            id="stooq daily",
        ),
        pytest.param(
            "t,o,h,l,c,v\n2024-01-02T14:30:00Z,10,12,9,11,100\n2024-01-02T14:31:00Z,11,12,10,12,9\n",
            "Alpaca",
            ns(2024, 1, 2, 14, 31),
            11.0,
            id="alpaca letters: stamped by the open, moved to the close",
        ),
        pytest.param(
            "timestamp,open,high,low,close,volume,trade_count,vwap\n"
            "2024-01-02T05:00:00Z,10,12,9,11,100,5,10.5\n2024-01-03T05:00:00Z,10,12,9,11,100,5,10\n",
            "Alpaca",
            ns(2024, 1, 2, 23, 59, 59),
            11.0,
            id="alpaca daily: end of the date",
        ),
        pytest.param(
            "date;time;open;high;low;close;volume\n2024-01-02;15:35;10,5;12,5;9,5;11,5;100\n",
            "generic",
            ns(2024, 1, 2, 15, 35),
            11.5,
            id="date and time apart, semicolons, decimal commas",
        ),
        pytest.param(
            "20240102 153500;10;12;9;11;100\n20240102 153600;10;12;9;11;100\n",
            "no header",
            ns(2024, 1, 2, 15, 35),
            11.0,
            id="no header",
        ),
        pytest.param(
            "Date,Close/Last,Volume,Open,High,Low\n01/02/2024,$11,100,$10,$12,$9\n",
            "generic",
            ns(2024, 1, 2, 23, 59, 59),
            11.0,
            id="month/day/year and dollar signs",
        ),
        pytest.param(
            "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDate,,,,,\n"
            "2024-01-02,11,12,9,10,100\n",
            "generic",
            ns(2024, 1, 2, 23, 59, 59),
            11.0,
            id="yfinance: three header lines",
        ),
        *(
            pytest.param(
                f"timestamp,open,high,low,close,volume\n{1704209700 * scale},10,12,9,11,100\n",
                "generic",
                ns(2024, 1, 2, 15, 35),
                11.0,
                id=f"epoch in {unit}",
            )
            for unit, scale in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
        ),
    ],
)
def test_parse_bars_layout_is_recognised(text, layout, closes_at, close):
    parsed = parse_bars(text.encode())

    assert parsed.issues == ()
    assert parsed.layout == layout
    assert parsed.bars.ts_ns[0] == closes_at
    assert parsed.bars.close[0] == close


def test_parse_bars_naive_time_uses_zone():
    text = "time,open,high,low,close\n2024-01-02 09:30,10,12,9,11\n2024-07-02 09:30,10,12,9,11\n"

    parsed = parse_bars(text.encode(), zone="America/New_York")

    assert list(parsed.bars.ts_ns) == [ns(2024, 1, 2, 14, 30), ns(2024, 7, 2, 13, 30)]
    assert list(parsed.bars.volume) == [0.0, 0.0]


def test_parse_bars_offset_in_text_beats_zone():
    text = "time,open,high,low,close\n2024-01-02T09:30:00-05:00,10,12,9,11\n"

    parsed = parse_bars(text.encode(), zone="Asia/Tokyo")

    assert parsed.bars.ts_ns[0] == ns(2024, 1, 2, 14, 30)


@pytest.mark.parametrize(
    ("row", "column", "rule", "reason"),
    [
        pytest.param("2024-01-04,x,12,9,11,1", "open", "number", "x is not a number", id="text"),
        pytest.param("2024-01-04,,12,9,11,1", "open", "empty", "is empty", id="empty"),
        pytest.param("2024-01-04,nan,12,9,11,1", "open", "number", "nan is not a number", id="nan"),
        pytest.param(
            "2024-01-04,10,inf,9,11,1", "high", "finite", "inf is not a finite number", id="inf"
        ),
        pytest.param(
            "2024-01-04,10,1e400,9,11,1",
            "high",
            "finite",
            "1e400 is not a finite number",
            id="1e400",
        ),
        pytest.param(
            "2024-01-04,10,2e12,9,11,1", "high", "size", "2e+12 is beyond 1e12", id="beyond 1e12"
        ),
        pytest.param("2024-01-04,0,12,9,11,1", "open", "positive", "0 is not above 0", id="zero"),
        pytest.param(
            "2024-01-04,10,8,9,8.5,1", "high", "range", "8 is below the low 9", id="high < low"
        ),
        pytest.param(
            "2024-01-04,10,10.5,9,11,1",
            "high",
            "range",
            "10.5 is below the close 11",
            id="high < close",
        ),
        pytest.param(
            "2024-01-04,10,12,10.5,11,1",
            "low",
            "range",
            "10.5 is above the open 10",
            id="low > open",
        ),
        pytest.param("2024-01-04,10,12,9,11,-1", "volume", "volume", "-1 is negative", id="volume"),
        pytest.param(
            "2023-05-32,10,12,9,11,1", "time", "time", "2023-05-32 is not a date or time", id="date"
        ),
        pytest.param(
            "2024-01-02,10,12,9,11,1", "time", "duplicate", "repeats the time of row 2", id="repeat"
        ),
        pytest.param(
            "2024-01-01,10,12,9,11,1",
            "time",
            "order",
            "2024-01-01T23:59:59 is earlier than the row before",
            id="order",
        ),
        pytest.param("2024-01-04,10,12", "row", "cells", "3 cells where 6 belong", id="torn"),
    ],
)
def test_parse_bars_bad_row_is_named(row, column, rule, reason):
    parsed = parse_bars(f"{GOOD}{row}\n2024-01-05,10,12,9,11,1\n".encode())

    issue = parsed.issues[0]
    assert (issue.line, issue.column, issue.rule, issue.reason) == (4, column, rule, reason)
    assert parsed.counts == {rule: 1}
    assert parsed.n_rows == 4
    assert len(parsed.bars) == 3


def test_parse_bars_blank_lines_keep_line_numbers():
    parsed = parse_bars(f"{GOOD}\n\n2024-01-04,x,12,9,11,1\n\n".encode())

    assert [issue.line for issue in parsed.issues] == [6]


def test_parse_bars_reversed_file_is_turned_round():
    text = HEADER + "2024-01-03,11,13,10,12,200\n2024-01-02,10,12,9,11,100\n"

    parsed = parse_bars(text.encode())

    assert parsed.issues == ()
    assert list(parsed.bars.close) == [11.0, 12.0]


def test_parse_bars_many_bad_rows_lists_the_first_hundred():
    rows = "".join(f"{1_700_000_000 + 60 * i},-1,12,9,11,1\n" for i in range(250))

    parsed = parse_bars((HEADER + rows).encode())

    assert len(parsed.issues) == 100
    assert parsed.counts == {"positive": 250}
    assert parsed.bars is None


def parquet_bytes(table):
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def test_parse_bars_parquet_equals_csv():
    frame = pd.read_csv(BytesIO(GOOD.encode()), parse_dates=["Date"])

    parsed = parse_bars(parquet_bytes(pa.Table.from_pandas(frame)))

    assert parsed.bars.fingerprint == parse_bars(GOOD.encode()).bars.fingerprint


def test_parse_bars_parquet_of_too_many_rows_is_refused_unread(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 9)
    column = pa.array(np.ones(10))
    table = pa.table(dict.fromkeys(("date", "open", "high", "low", "close"), column))

    with pytest.raises(ValueError, match=r"^The file has 10 rows; at most 9 are taken\.$"):
        parse_bars(parquet_bytes(table))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b" \n\r\n", "The file is empty.", id="blank"),
        pytest.param(HEADER.encode(), "The file has a header but no rows.", id="header only"),
        pytest.param(
            b"PK\x03\x04" + bytes(50),
            "The file is an archive. Unpack it and upload the CSV or Parquet file.",
            id="zip",
        ),
        pytest.param(
            b"\x1f\x8b" + bytes(50),
            "The file is an archive. Unpack it and upload the CSV or Parquet file.",
            id="gzip",
        ),
        pytest.param(
            bytes(range(256)) * 40,
            "The file is not text: a CSV or Parquet file is needed.",
            id="binary junk",
        ),
        pytest.param(
            b"PAR1" + bytes(range(256)),
            "The Parquet file is damaged and cannot be read.",
            id="torn parquet",
        ),
        pytest.param(
            ",".join(f"c{i}" for i in range(65)).encode() + b"\n",
            "The file has 65 columns; at most 64 are taken.",
            id="too many columns",
        ),
        pytest.param(
            b"name,city\nAnn,Rome\n",
            "The file has no column for open, high, low, close. "
            "It needs a date or time, open, high, low and close.",
            id="no prices",
        ),
        pytest.param(
            b"date,symbol,open,high,low,close\n2024-01-02,A,1,1,1,1\n2024-01-02,B,1,1,1,1\n",
            "The file holds 2 symbols (A, B, …): upload one file for each.",
            id="two symbols",
        ),
        pytest.param(
            bytes(51 * 2**20),
            "The file has 51.0 MiB; at most 50 MiB are taken.",
            id="too large",
        ),
    ],
)
def test_parse_bars_wrong_file_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 -- the whole sentence is compared below
        parse_bars(data)

    assert str(refusal.value) == sentence


def test_read_bars_bad_row_raises_its_number(tmp_path):
    path = tmp_path / "bars.csv"
    path.write_text(GOOD + "2024-01-04,0,12,9,11,1\n")

    with pytest.raises(ValueError, match=r"^row 4, open: 0 is not above 0 \(1 bad rows in all\)$"):
        read_bars(path)
