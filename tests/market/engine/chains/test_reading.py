"""Option files of every layout, and their bad rows by number and reason."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.engine.chains import SymbolUnknown, load_columns, parse_chain, save_columns
from market.engine.chains.columns import NAMES
from market.engine.chains.moments import close_of, day_of, moment_of, previous_session_day
from pulse.common.time import from_ns, to_ns
from tests.market.engine.chains.files import (
    CBOE,
    CLOSE_NS,
    DATASHOP,
    GENERIC,
    NOW_NS,
    OPTION_METRICS,
    OPTIONSDX,
    POLYGON,
    YAHOO,
)

HEADER = "contract,bid,ask,volume,open_interest\n"
CALL = "SPY261218C00650000"


def parse(text, **more):
    return parse_chain(text.encode(), now_ns=NOW_NS, **more)


def issues_of(text, **more):
    return [(issue.line, issue.column, issue.reason) for issue in parse(text, **more).issues]


@pytest.mark.parametrize(
    ("text", "layout", "symbol", "as_of", "spot", "strikes"),
    [
        (GENERIC, "generic", "SPY", "2026-11-20 16:30", 655.25, [650, 650, 700]),
        (CBOE, "Cboe quote table", "SPX", "2026-11-20 18:00", 6550.25, [6500] * 4),
        (YAHOO, "Yahoo", "AAPL", "2026-11-20 18:00", np.nan, [230, 230]),
        (OPTION_METRICS, "OptionMetrics", "SPY", "2026-11-20 21:00", np.nan, [650, 650]),
        (DATASHOP, "Cboe DataShop", "SPX", "2026-11-20 21:00", 6550, [6500, 6500]),
        (OPTIONSDX, "calls beside puts", "SPY", "2026-11-20 21:00", 655.25, [650, 650]),
        (POLYGON, "generic", "SPY", "2026-11-20 18:00", np.nan, [650, 650]),
    ],
)
def test_parse_chain_reads_the_layout(text, layout, symbol, as_of, spot, strikes):
    chain = parse(text, symbol="SPY" if text in (OPTIONSDX, OPTION_METRICS) else "")

    assert chain.issues == ()
    assert (chain.layout, chain.symbol) == (layout, symbol)
    assert f"{from_ns(chain.as_of_ns):%Y-%m-%d %H:%M}" == as_of
    assert chain.spot == pytest.approx(spot, nan_ok=True)
    assert chain.columns.strike.tolist() == strikes
    assert chain.n_rows == len(strikes)


def test_parse_chain_takes_each_side_of_a_cboe_row_from_its_own_columns():
    columns = parse(CBOE).columns

    assert columns.root.tolist() == ["SPX", "SPX", "SPXW", "SPXW"]
    assert columns.kind.tolist() == [-1, 1, -1, 1]
    assert columns.bid.tolist() == [79.8, 119.8, 80.8, 120.8]
    assert columns.open_interest.tolist() == [8120, 2310, 812, 310]


def test_parse_chain_reads_decimal_commas_between_semicolons():
    columns = parse(POLYGON).columns

    assert columns.ask.tolist() == [8.45, 12.2]


def test_parse_chain_without_a_time_says_that_the_upload_counts():
    chain = parse(YAHOO)

    assert chain.as_of_ns == NOW_NS
    assert "the time of the upload counts" in chain.notes[0]


def test_parse_chain_keeps_crossed_and_missing_quotes():
    chain = parse(f"{HEADER}{CALL},3,2,1,5\nSPY261218P00650000,,-,,\n")

    assert chain.n_bad == 0
    assert chain.columns.bid.tolist()[1] == 3
    assert np.isnan(chain.columns.bid[0])
    assert np.isnan(chain.columns.open_interest[0])
    assert any("1 quotes are crossed" in note for note in chain.notes)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("SPY26X218C00650000,1,2,0,5", "contract", "SPY26X218C00650000 is no option symbol"),
        (",1,2,0,5", "contract", "is empty"),
        ("SPY261318C00650000,1,2,0,5", "contract", "names a day that is none"),
        ("SPY261218C00000000,1,2,0,5", "strike", "0 is not above 0"),
        ("SPY261113C00650000,1,2,0,5", "expiration", "2026-11-13 had passed when this was quoted"),
        ("QQQ261218C00650000,1,2,0,5", "contract", "is an option of QQQ, not of SPY"),
        ("SPY1261218C00650000,1,2,0,5", "contract", "is an option of SPY1, not of SPY"),
        ("SPY411220C00650000,1,2,0,5", "expiration", "2041-12-20 is outside 1990 to 2040"),
        ("SPY261218C00600000,-1,2,0,5", "bid", "-1 is negative"),
        ("SPY261218C00600000,1,2,0,-5", "open interest", "-5 is negative"),
        ("SPY261218C00600000,NaN,2,0,5", "bid", "NaN is not a finite number"),
        ("SPY261218C00600000,1,inf,0,5", "ask", "inf is not a finite number"),
        ("SPY261218C00600000,one,2,0,5", "bid", "one is not a number"),
        ("SPY261218C00600000,1,2e13,0,5", "ask", "is beyond 1e12"),
        (f"{CALL},1,2,0,5", "contract", "repeats the contract of row 2"),
        ("SPY261218C00600000,1,2,0", "row", "4 cells where 5 belong"),
        ("SPY261218C00600000,1,2,0,5,6", "row", "6 cells where 5 belong"),
    ],
)
def test_parse_chain_names_a_bad_row(row, column, reason):
    others = "".join(f"SPY261218P00{n}000,1,2,0,5\n" for n in (640, 645, 650))

    found = issues_of(f"{HEADER}{CALL},1,2,0,5\n{others}{row}\n")

    assert [issue[:2] for issue in found] == [(6, column)]
    assert reason in found[0][2]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("SPY,2026-12-18,650,X,1,2,5", "type", "X is neither call nor put"),
        ("SPY,2026-12-18,650,,1,2,5", "type", "is empty"),
        ("SPY,soon,650,C,1,2,5", "expiration", "soon is not a date"),
        ("SPY,,650,C,1,2,5", "expiration", "is empty"),
        ("SPY,2026-12-18,-5,C,1,2,5", "strike", "-5 is not above 0"),
        ("SPY,2026-12-18,,C,1,2,5", "strike", "is empty"),
        ("QQQ,2026-12-18,650,C,1,2,5", "underlying", "belongs to QQQ, not to SPY"),
    ],
)
def test_parse_chain_names_a_bad_row_without_symbols(row, column, reason):
    text = "underlying,expiration,strike,type,bid,ask,oi\n"
    text += "SPY,2026-12-18,640,C,1,2,5\n" * 1 + "SPY,2026-12-18,640,P,1,2,5\n" + row + "\n"

    (line, named, words), *more = issues_of(text)

    assert (line, named, more) == (4, column, [])
    assert reason in words


def test_parse_chain_names_columns_that_contradict_the_symbol():
    text = "contract,expiration,strike,type,bid\n"
    rows = ["2026-12-18,650,C,1", "2027-01-15,650,C,1", "2026-12-18,640,C,1", "2026-12-18,650,P,1"]

    found = issues_of(text + "".join(f"{CALL},{row}\n" for row in rows))

    assert [issue[:2] for issue in found] == [(3, "expiration"), (4, "strike"), (5, "type")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty."),
        ("a,b\n1,2\n", "has no header line"),
        ("contract,bid,ask\n", "has a header but no rows"),
        ("bid,ask,volume\n1,2,3\n", "no column for expiration, strike, type"),
        (
            "contract,strike,volume\nX,1,2\n",
            "no column for bid, ask, latest price or open interest",
        ),
        ("PK\x03\x04", "is an archive"),
        ("a\x00b", "is not text"),
        (GENERIC.replace("2026-11-20 11:30,2027", "2026-11-19 11:30,2027"), "quotes of 2 days"),
        (GENERIC.replace("2026-11-20 11:30", "long ago"), "time of the quotes cannot be read"),
        (GENERIC.replace("2026-11-20 11:30", "1985-11-20 11:30"), "from 1990-02-01 to 2040-12-01"),
        (HEADER + f"{CALL},1,2,0,5\n" * 50_001, "more than 50,000 rows"),
        (HEADER + "\n" * 200_001, "too many lines"),
    ],
)
def test_parse_chain_refuses_a_file_in_a_sentence(text, words):
    with pytest.raises(ValueError, match=words):
        parse(text)


@pytest.mark.parametrize(
    ("expiration", "time", "words"),
    [
        ("x{} y", "2026-11-20 11:30", "2,001 different expirations"),
        ("2026-12-18", "at {}:", "time of the quotes cannot be read: 'at 0:'"),
    ],
)
def test_parse_chain_gives_up_on_endless_garbage(expiration, time, words):
    rows = (f"SPY,{expiration.format(i)},650,C,1,{time.format(i)}\n" for i in range(2_001))

    with pytest.raises(ValueError, match=words):
        parse("underlying,expiration,strike,type,bid,quote_time\n" + "".join(rows))


def test_parse_chain_too_large_is_refused():
    with pytest.raises(ValueError, match="at most 1 MiB are taken"):
        parse("x" * (2**20 + 1), max_bytes=2**20)


def test_parse_chain_of_nothing_named_asks_for_the_symbol():
    text = "expiration,strike,type,bid\n2026-12-18,650,C,1\n"

    with pytest.raises(SymbolUnknown, match="write the symbol"):
        parse(text)
    assert parse(text, symbol="SPY").columns.root.tolist() == ["SPY"]


def test_parse_chain_the_callers_time_wins():
    chain = parse(GENERIC, as_of_ns=CLOSE_NS)

    assert chain.as_of_ns == CLOSE_NS


def test_parse_chain_contract_expires_at_its_close():
    row = "SPY261120C00650000,1,2,0,5\n"

    before, at = (parse(HEADER + row, as_of_ns=CLOSE_NS - step).n_bad for step in (1, 0))

    assert (before, at) == (0, 1)


FIELDS = st.one_of(
    st.sampled_from(["", "1", "-1", "0", "nan", "1e400", "C", CALL, "2026-12-18", "\ud7ff", '"']),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8),
)


@given(st.lists(st.tuples(*[FIELDS] * 7), min_size=1, max_size=12))
def test_parse_chain_any_cells_are_rows_or_issues(rows):
    """Whatever stands in the cells, every row is stored, named once, or blank."""
    names = ("symbol", "expiration", "strike", "type", "bid", "ask", "open interest")
    cleaned = [[cell.replace('"', "'").replace(",", ".") for cell in row] for row in rows]
    text = "\n".join([",".join(names), *(",".join(row) for row in cleaned)])

    chain = parse_chain(text.encode(), now_ns=NOW_NS, symbol="SPY") if _has_rows(cleaned) else None

    if chain is not None:
        stored = 0 if chain.columns is None else len(chain.columns)
        assert stored + chain.n_bad == chain.n_rows
        assert len({issue.line for issue in chain.issues}) == len(chain.issues)


def _has_rows(rows):
    return any(cell.strip() for row in rows for cell in row)


def test_save_columns_come_back_as_they_were(tmp_path):
    columns = parse(CBOE).columns

    n_bytes = save_columns(tmp_path / "chain.parquet", columns)

    stored = load_columns(tmp_path / "chain.parquet")
    assert n_bytes == (tmp_path / "chain.parquet").stat().st_size
    for name in NAMES:
        assert getattr(stored, name).tolist() == getattr(columns, name).tolist()


@pytest.mark.parametrize(
    "text",
    ["2026-12-18", "20261218", "12/18/2026", "12/18/26", "Fri Dec 18 2026", "Dec 18, 2026",
     "December 18, 2026", "18-Dec-2026", "18 Dec 2026", "18.12.2026", "2026-12-18T00:00:00"],
)  # fmt: skip
def test_day_of_common_formats(text):
    assert day_of(text).isoformat() == "2026-12-18"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20T18:00:00Z", "2026-11-20 18:00"),
        ("2026-11-20 13:00", "2026-11-20 18:00"),
        ("November 20, 2026 at 1:00 PM EST", "2026-11-20 18:00"),
        ("Nov 20 2026 @ 13:00 ET", "2026-11-20 18:00"),
        ("11/20/2026 13:00:00", "2026-11-20 18:00"),
        ("July 20, 2026 at 1:00 PM EDT", "2026-07-20 17:00"),
        ("1795197600", "2026-11-20 18:00"),
        ("1795197600000", "2026-11-20 18:00"),
        ("2026-11-27", "2026-11-27 18:00"),  # half day: 13:00 in New York
        ("2026-11-21", "2026-11-21 21:00"),  # a Saturday: 16:00
    ],
)
def test_moment_of_common_formats(text, utc):
    assert f"{from_ns(moment_of(text).at_ns):%Y-%m-%d %H:%M}" == utc


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01", "25:00", "2026-11-20 25:00"])
def test_moment_of_anything_else_is_none(text):
    assert moment_of(text) is None


def test_previous_session_skips_the_weekend_and_thanksgiving():
    friday = to_ns(datetime(2026, 11, 27, 15, tzinfo=UTC))

    assert previous_session_day(friday).isoformat() == "2026-11-25"
    assert close_of(day_of("2026-11-25")) == to_ns(datetime(2026, 11, 25, 21, tzinfo=UTC))
