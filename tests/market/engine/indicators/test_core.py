from itertools import pairwise

import numpy as np
import pytest

from market.engine import Bars
from market.engine.indicators import INDICATORS, sma
from market.engine.indicators.core import MAX_WINDOW, column_of


def random_bars(n_bars=400, decimals=2):
    rng = np.random.default_rng(11)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, n_bars)))
    opens = close * np.exp(rng.normal(0.0, 0.004, n_bars))
    high = np.maximum(opens, close) * np.exp(np.abs(rng.normal(0.0, 0.004, n_bars)))
    low = np.minimum(opens, close) * np.exp(-np.abs(rng.normal(0.0, 0.004, n_bars)))
    prices = [np.round(column, decimals) for column in (opens, high, low, close)]
    hours = np.arange(1, n_bars + 1) * 3_600_000_000_000
    return Bars(hours, *prices, rng.integers(1, 10_000, n_bars).astype(float))


def inputs_of(indicator, bars):

    return [column_of(bars, name) for name in indicator.inputs]


@pytest.mark.parametrize("name", INDICATORS)
@pytest.mark.parametrize("decimals", [2, 12])
def test_stream_gives_the_batch_bit_for_bit(name, decimals):
    indicator, bars = INDICATORS[name], random_bars(decimals=decimals)
    stream = indicator.stream()

    streamed = np.array(
        [stream.update(*bar) for bar in zip(*inputs_of(indicator, bars), strict=True)]
    )

    assert np.array_equal(streamed.T, indicator.on(bars), equal_nan=True)


@pytest.mark.parametrize("name", INDICATORS)
def test_warm_up_counts_the_bars_without_every_output(name):
    indicator, bars = INDICATORS[name], random_bars()

    out = np.atleast_2d(indicator.on(bars))

    expected = np.arange(len(bars)) >= indicator.bars_before_first()
    assert np.isfinite(out).all(axis=0).tolist() == expected.tolist()


def lowest_values(indicator):
    """Return every parameter at its lower bound, or just above the one it has to exceed."""
    values = {parameter.name: parameter.low for parameter in indicator.parameters}
    for lower, upper in pairwise(indicator.increasing):
        values[upper] = max(values[upper], values[lower] + 1)
    return values


@pytest.mark.parametrize("name", INDICATORS)
def test_warm_up_holds_at_the_lowest_parameters(name):
    indicator, bars = INDICATORS[name], random_bars(60)
    values = lowest_values(indicator)

    out = np.atleast_2d(indicator.on(bars, **values))

    expected = np.arange(len(bars)) >= indicator.bars_before_first(**values)
    assert np.isfinite(out).all(axis=0).tolist() == expected.tolist()


@pytest.mark.parametrize("name", INDICATORS)
def test_stream_gives_the_batch_at_the_lowest_parameters(name):
    indicator, bars = INDICATORS[name], random_bars(60)
    values = lowest_values(indicator)
    stream = indicator.stream(**values)

    streamed = np.array(
        [stream.update(*bar) for bar in zip(*inputs_of(indicator, bars), strict=True)]
    )

    assert np.array_equal(streamed.T, indicator.on(bars, **values), equal_nan=True)


def windows_of(indicator):
    free = [p for p in indicator.parameters if p.name not in indicator.increasing]
    return [parameter.name for parameter in free if parameter.high == MAX_WINDOW]


@pytest.mark.parametrize("name", [name for name, one in INDICATORS.items() if windows_of(one)])
def test_indicator_with_a_huge_window_has_no_value_yet(name):
    indicator, bars = INDICATORS[name], random_bars(30)

    out = indicator.on(bars, **dict.fromkeys(windows_of(indicator), MAX_WINDOW))

    assert np.isnan(np.atleast_2d(out)).any(axis=0).all()


@pytest.mark.parametrize("name", INDICATORS)
def test_indicator_ignores_later_bars(name):
    indicator, bars = INDICATORS[name], random_bars()

    whole, part = indicator.on(bars), indicator.on(bars.slice(0, 250))

    assert np.array_equal(whole[..., :250], part, equal_nan=True)


@pytest.mark.parametrize("name", INDICATORS)
def test_indicator_stays_inside_its_bounds(name):
    indicator, bars = INDICATORS[name], random_bars()
    low, high = indicator.bounds or (-np.inf, np.inf)

    out = indicator.on(bars)

    assert np.nanmin(out) >= low
    assert np.nanmax(out) <= high


@pytest.mark.parametrize("name", INDICATORS)
def test_indicator_of_a_flat_market_stays_a_number(name):
    indicator, hours = INDICATORS[name], np.arange(1, 301) * 3_600_000_000_000
    bars = Bars(hours, *[np.full(300, 10.1)] * 4, np.zeros(300))

    out = np.atleast_2d(indicator.on(bars))

    assert np.isfinite(out[:, indicator.bars_before_first() :]).all()


@pytest.mark.parametrize("bad", [[1.0, np.nan], [np.inf, 1.0], [], [[1.0]]])
def test_indicator_of_a_bad_series_is_refused(bad):
    with pytest.raises(ValueError, match="close must be a series of one or more finite numbers"):
        sma(bad, 1)


@pytest.mark.parametrize("window", [0, 5001, 2.5, True, np.nan, "20"])
def test_indicator_with_a_parameter_out_of_range_names_it(window):
    with pytest.raises(ValueError, match="window must be a whole number from 1 to 5000"):
        sma([1.0, 2.0], window=window)


def test_indicator_with_an_unknown_parameter_names_it():
    with pytest.raises(ValueError, match="sma has no free parameter called 'span'"):
        sma([1.0, 2.0], span=3)


def test_stream_refuses_a_value_that_is_not_finite():
    with pytest.raises(ValueError, match="sma refuses a value that is not finite"):
        sma.stream(window=2).update(np.nan)
