"""The simulated vendor keeps its promises."""

import re
from datetime import UTC, datetime

import pytest

from market.engine import find_gaps, resample
from market.models import SYMBOL_PATTERN
from market.vendors import SimulatedVendor, UnknownSymbol
from market.vendors.base import EmptyRange
from market.vendors.simulated import SAMPLES

START, END = datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("symbol", SAMPLES)
def test_bars_of_each_sample_are_whole(symbol):
    bars = SimulatedVendor().bars(symbol, "1d", start=START, end=END)

    assert find_gaps(bars, "1d", SAMPLES[symbol].calendar) == []


@pytest.mark.parametrize("symbol", SAMPLES)
def test_symbol_of_each_sample_keeps_the_rule(symbol):
    assert re.match(SYMBOL_PATTERN, symbol)


def test_bars_of_all_timeframes_agree():
    vendor = SimulatedVendor()
    minutes = vendor.bars("SPY", "1m", start=START, end=END)

    hours = vendor.bars("SPY", "1h", start=START, end=END)

    assert hours.fingerprint == resample(minutes, "1h").fingerprint


@pytest.mark.parametrize("timeframe", SimulatedVendor.timeframes)
def test_bars_do_not_depend_on_the_range(timeframe):
    vendor = SimulatedVendor()
    longer = vendor.bars("BTC/USD", timeframe, start=datetime(2023, 11, 9, tzinfo=UTC), end=END)

    shorter = vendor.bars("BTC/USD", timeframe, start=START, end=END)

    assert list(shorter.close) == list(longer.close[-len(shorter) :])
    assert list(shorter.volume) == list(longer.volume[-len(shorter) :])


def test_bars_close_within_the_period():
    bars = SimulatedVendor().bars("BTC/USD", "1m", start=START, end=END)

    assert bars.ts_ns[0] == int(START.timestamp()) * 10**9
    assert bars.ts_ns[-1] < int(END.timestamp()) * 10**9


def test_seed_chooses_the_path():
    one = SimulatedVendor(seed=1).bars("SPY", "1d", start=START, end=END)

    assert list(one.close) != list(SimulatedVendor().bars("SPY", "1d", start=START, end=END).close)


def test_unknown_symbol_is_refused_with_the_list():
    with pytest.raises(UnknownSymbol, match=r"NOPE is not simulated\. Choose one of SPY, QQQ"):
        SimulatedVendor().bars("NOPE", "1d", start=START, end=END)


def test_empty_range_is_refused():
    day = datetime(2024, 1, 6, tzinfo=UTC)  # a Saturday

    with pytest.raises(EmptyRange):
        SimulatedVendor().bars("SPY", "1d", start=day, end=day.replace(day=7))
