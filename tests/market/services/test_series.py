"""Fetching, demo data, and the rules of both."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from market.models import BarSeries, Instrument
from market.selectors import load_bars
from market.services import TooManyBars, fetch_bars, install_demo_data
from market.services.series import PeriodEmpty
from market.vendors import UnknownSymbol
from market.vendors.base import EmptyRange
from tests.market.conftest import NOW

FRIDAY = datetime(2024, 5, 17, tzinfo=UTC)


def fetch(owner, **fields):
    spec = {
        "symbol": "SPY",
        "timeframe": "1d",
        "start": FRIDAY - timedelta(days=30),
        "end": FRIDAY,
        "now": NOW,
    }
    return fetch_bars(**{"owner": owner, **spec, **fields})


def test_fetch_bars_daily_has_each_session_of_the_exchange(owner):
    series = fetch(owner)

    assert series.n_rows == 22  # weekdays from 17 April to 16 May 2024: ten and twelve
    assert series.n_gaps == 0
    assert series.is_simulated
    assert series.instrument.kind == "ETF"


def test_fetch_bars_overlapping_range_agrees_with_the_first(owner):
    fetch(owner, timeframe="1m")

    series = fetch(owner, timeframe="1m", start=FRIDAY - timedelta(days=40))

    assert (series.n_corrected, series.n_gaps) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        pytest.param({"symbol": "NOPE"}, UnknownSymbol, id="unknown symbol"),
        pytest.param({"end": FRIDAY - timedelta(days=31)}, PeriodEmpty, id="reversed"),
        pytest.param(
            {"start": NOW, "end": NOW + timedelta(days=9)}, PeriodEmpty, id="in the future"
        ),
        pytest.param(
            {"start": datetime(2024, 5, 18, tzinfo=UTC), "end": datetime(2024, 5, 20, tzinfo=UTC)},
            EmptyRange,
            id="a weekend",
        ),
        pytest.param(
            {
                "symbol": "BTC/USD",
                "timeframe": "1m",
                "start": FRIDAY - timedelta(days=2000),
            },
            TooManyBars,
            id="2.9 million minutes",
        ),
    ],
)
def test_fetch_bars_impossible_request_is_refused(owner, fields, refusal):
    with pytest.raises(refusal):
        fetch(owner, **fields)

    assert BarSeries.objects.count() == 0


def test_install_demo_data_twice_makes_it_once(owner):
    made = install_demo_data(owner=owner, now=NOW)

    again = install_demo_data(owner=owner, now=NOW)

    assert [str(series) for series in made] == [
        "SPY, 1d, simulated",
        "AAPL, 1d, simulated",
        "BTC/USD, 1d, simulated",
        "SPY, 1m, simulated",
    ]
    assert again == []
    assert all(series.n_gaps == 0 for series in made)


def test_import_bars_command_stores_the_file(owner, tmp_path, capsys):
    path = tmp_path / "bars.csv"
    path.write_text("Date,Open,High,Low,Close\n2024-01-02,10,12,9,11\n")

    call_command("import_bars", path, symbol="GOOG", user=owner.email)

    assert capsys.readouterr().out == "GOOG, 1d, upload: 1 bars added, 0 corrected, 1 in all.\n"


def test_simulate_bars_command_makes_as_many_as_asked(owner, capsys):
    call_command("simulate_bars", user=owner.email, bars=1440, end=datetime(2024, 5, 17))  # noqa: DTZ001 -- as typed on a command line

    assert capsys.readouterr().out == "BTC/USD, 1m, simulated: 1,440 bars. SIMULATED.\n"
    assert len(load_bars(BarSeries.objects.get())) == 1440


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"kind": "OPTION"}, id="option without strike"),
        pytest.param({"kind": "ETF", "strike": 5}, id="strike without option"),
        pytest.param({"tick_size": 0}, id="no tick"),
    ],
)
def test_instrument_that_breaks_a_rule_is_refused_by_the_table(db, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Instrument.objects.create(symbol="X", **fields)
