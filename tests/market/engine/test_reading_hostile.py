"""Files made to hurt: the answer is bars, named rows, or one sentence; never another error."""

from io import BytesIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.engine import parse_bars

HEADER = b"time,open,high,low,close,volume\n"
ROW = b"2024-01-02 10:00,10,12,9,11,100\n"


def parquet_of(**columns):
    sink = BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def outcome_of(data, **options):
    """Parse, letting only refusals pass: any other error fails the test."""
    try:
        return parse_bars(data, **options)
    except ValueError as refusal:
        return str(refusal)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes_never_break_the_parser(data):
    outcome_of(data)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_random_text_below_a_header_never_breaks_the_parser(text):
    outcome_of(HEADER + text.encode("utf-8", "surrogatepass"))


cells = st.sampled_from(
    ["1", "-1", "0", "", "nan", "inf", "1e999", "x", "2024-01-02", "20240102", "9" * 30, '"', "é"]
)


@given(st.lists(st.lists(cells, min_size=1, max_size=8), max_size=8))
@settings(max_examples=150, deadline=None)
def test_random_cells_never_break_the_parser(rows):
    outcome_of(HEADER + "\n".join(",".join(row) for row in rows).encode())


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_parquet_never_breaks_the_parser(data):
    good = parquet_of(date=["2024-01-02"], open=[1.0], high=[1.0], low=[1.0], close=[1.0])
    place = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[place] ^= data.draw(st.integers(1, 255))

    outcome_of(bytes(bad))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(
            HEADER + b"\n" * 2_000_000,
            "The file is not a table: it is mostly blank lines.",
            id="millions of blank lines",
        ),
        pytest.param(
            HEADER + b"1,2\n" * 200_000 + b"9" * 2_000_000,
            "The file is not a table: over 100,000 rows lack cells.",
            id="torn throughout",
        ),
        pytest.param(
            HEADER + b"9" * 9_000_000,
            "The file is not a table: a line is too long.",
            id="one endless line",
        ),
        pytest.param(
            HEADER + ROW * 3000 + b"\xff\xfe\xfd\n" * 9,
            "The file is not UTF-8 text: save it as CSV in UTF-8.",
            id="another encoding far below",
        ),
        pytest.param(
            parquet_of(date=[[1]], open=[1.0], high=[1.0], low=[1.0], close=[1.0]),
            "The time column holds list<element: int64>, not times.",
            id="nested parquet column",
        ),
        pytest.param(
            parquet_of(date=["2024-01-02"], open=[[1.0]], high=[1.0], low=[1.0], close=[1.0]),
            "Column open holds list<element: double>, not numbers.",
            id="nested parquet price",
        ),
    ],
)
def test_hostile_file_is_refused_in_a_sentence(data, sentence):
    assert outcome_of(data) == sentence


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "\0", "x" * 300])
def test_unknown_zone_is_refused(zone):
    assert outcome_of(HEADER + ROW, zone=zone) == f"{zone[:40]!r} is not a time zone."


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_other_line_ends_are_read(newline):
    text = (HEADER + ROW).decode().replace("\n", newline)

    assert len(parse_bars(text.encode()).bars) == 1


def test_utf16_text_is_read():
    assert len(parse_bars((HEADER + ROW).decode().encode("utf-16")).bars) == 1


def test_repeated_hour_of_autumn_is_told_apart_by_order():
    times = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    rows = "".join(f"2024-11-03 {time},1,1,1,1,1\n" for time in times)

    parsed = parse_bars(HEADER + rows.encode(), zone="America/New_York")

    assert parsed.issues == ()
    assert list(pd.Series(parsed.bars.ts_ns).diff().dropna() // (60 * 10**9)) == [30.0] * 5


def test_hour_that_spring_skips_is_named():
    rows = b"2024-03-10 01:30,1,1,1,1,1\n2024-03-10 02:30,1,1,1,1,1\n"

    parsed = parse_bars(HEADER + rows, zone="America/New_York")

    assert [(issue.line, issue.column) for issue in parsed.issues] == [(3, "time")]


def test_parquet_text_that_is_no_utf8_is_refused():
    damaged = pa.array([b"2\xff24-01-02"], pa.binary()).cast(pa.string(), safe=False)
    prices = {name: pa.array([1.0]) for name in ("open", "high", "low", "close")}
    file = BytesIO()
    pq.write_table(pa.table({"date": damaged, **prices}), file)

    with pytest.raises(ValueError, match="damaged"):
        parse_bars(file.getvalue())
