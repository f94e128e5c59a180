"""Numbers and dates as people in different places write them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from market.engine import parse_bars

PRICES = (5000.5, 5102.25, 4999.0, 5001.75)


def english(value):
    return f"{value:,.2f}"


def german(value):
    return english(value).replace(",", "_").replace(".", ",").replace("_", ".")


def parsed(cells, *, between=";", volume="1000"):
    header = between.join(("date", "open", "high", "low", "close", "volume"))
    row = between.join(("2024-01-02", *cells, volume))
    return parse_bars(f"{header}\n{row}\n".encode())


@pytest.mark.parametrize(
    ("between", "write"),
    [
        pytest.param(";", german, id="5.000,50 between semicolons"),
        pytest.param(";", english, id="5,000.50 between semicolons"),
        pytest.param("\t", english, id="5,000.50 between tabs"),
        pytest.param(",", lambda value: f'"{english(value)}"', id="quoted 5,000.50"),
        pytest.param(",", lambda value: f'"{german(value)}"', id="quoted 5.000,50"),
        pytest.param(",", lambda value: f'"${english(value)}"', id="quoted $5,000.50"),
        pytest.param(";", lambda value: english(value).replace(",", "'"), id="5'000.50"),
        pytest.param(
            ";", lambda value: german(value).replace(".", "\u202f"), id="5 000,50, narrow space"
        ),
        pytest.param(";", lambda value: f"{value:.2f}".replace(".", ","), id="5000,50"),
    ],
)
def test_parse_bars_reads_grouped_thousands(between, write):
    result = parsed([write(price) for price in PRICES], between=between)

    assert result.issues == ()
    bars = result.bars
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == PRICES


def test_parse_bars_one_column_settles_what_commas_mean():
    """5,050 alone could be 5.05; a volume of 1,234,567 in the same file says that it is not."""
    result = parsed(["5,050", "5,060", "5,040", "5,055"], volume="1,234,567")

    assert (result.bars.open[0], result.bars.volume[0]) == (5050.0, 1_234_567.0)
    assert not any("decimal" in note for note in result.notes)


def test_parse_bars_commas_that_nothing_settles_are_told():
    result = parsed(["5,050", "5,060", "5,040", "5,055"])

    assert result.bars.open[0] == 5.05
    assert "Commas are read as decimal marks: 1,234 is a little above 1." in result.notes


@pytest.mark.parametrize("wrong", ["5,0,0", "1,23,456.0", "5.000,50.1", "1 2", "--5", "5K"])
def test_parse_bars_refuses_what_only_resembles_a_number(wrong):
    result = parsed([wrong, "5,102.25", "4,999.00", "5,001.75"])

    assert result.counts == {"number": 1}


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1.2M", 1_200_000.0), ("84.13K", 84_130.0), ("2B", 2e9), ("1,234", 1234.0)],
)
def test_parse_bars_reads_magnitudes_of_volume(written, expected):
    result = parsed(["10.5", "12.5", "9.5", "11.5"], volume=written)

    assert result.bars.volume[0] == pytest.approx(expected, rel=1e-15)


def test_parse_bars_without_any_volume_says_so():
    text = "date,open,high,low,close,vol.\n2024-01-02,10,12,9,11,-\n2024-01-03,10,12,9,11,\n"

    result = parse_bars(text.encode())

    assert result.bars.volume.tolist() == [0.0, 0.0]
    assert "The volume column is empty: it is 0 for every bar." in result.notes


@pytest.mark.parametrize(
    "form",
    ["%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%Y", "%m-%d-%Y", "%b %d %Y", "%d %B %Y"],
)
def test_parse_bars_reads_dates_written_as(form):
    days = [date(2024, 1, 1) + timedelta(days=place) for place in range(40)]
    rows = "".join(f"{day.strftime(form)};1;2;1;1\n" for day in days)

    result = parse_bars(f"date;open;high;low;close\n{rows}".encode())

    read = [datetime.fromtimestamp(ts_ns / 1e9, UTC).date() for ts_ns in result.bars.ts_ns]
    assert read == days


def test_parse_bars_later_rows_settle_the_order_of_day_and_month():
    """The first 1,560 rows lie between 3 and 6 June, the last on the 13th."""
    days = [date(2024, 6, day) for day in (3, 4, 5, 6, 13)]
    rows = "".join(
        f"{day:%d/%m/%Y} {10 + minute // 60}:{minute % 60:02d},1,2,1,1\n"
        for day in days
        for minute in range(390)
    )

    result = parse_bars(f"time,open,high,low,close\n{rows}".encode())

    assert (result.n_rows, result.n_bad) == (1950, 0)
    read = {datetime.fromtimestamp(ts_ns / 1e9, UTC).date() for ts_ns in result.bars.ts_ns}
    assert read == set(days)


def test_parse_bars_order_of_rows_settles_the_order_of_day_and_month():
    """9 October to 3 November: read the other way round the rows would jump back and forth."""
    days = [date(2024, 10, 9), date(2024, 10, 10), date(2024, 11, 1), date(2024, 11, 3)]
    rows = "".join(f"{day:%d/%m/%Y},1,2,1,1\n" for day in days)

    result = parse_bars(f"date,open,high,low,close\n{rows}".encode())

    read = [datetime.fromtimestamp(ts_ns / 1e9, UTC).date() for ts_ns in result.bars.ts_ns]
    assert read == days


def test_parse_bars_dates_that_nothing_settles_are_told():
    text = "date,open,high,low,close\n03/06/2024,1,2,1,1\n04/06/2024,1,2,1,1\n"

    notes = parse_bars(text.encode()).notes

    assert notes[-2] == (
        "Dates are read as month/day/year, but fit the other order too: 2024-06-03 leaves no doubt."
    )
