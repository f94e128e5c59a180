"""Spans of bars against NumPy; kernels are called by kernels only, so these are."""

import numpy as np

from backtests.engine.compiled import kernel
from backtests.engine.spans import count_before, span_range


@kernel
def ranges(lows, highs, out):
    """Write the range of every span."""
    for end in range(1, lows.size + 1):
        for start in range(end):
            out[start, end] = span_range(lows, highs, start, end)


@kernel
def counts(rows, bars, out):
    """Write how many rows lie before each bar."""
    for j in range(bars.size):
        out[j] = count_before(rows, bars[j])


def test_range_of_every_span_equals_numpy():
    lows, highs = np.random.default_rng(3).normal(size=(2, 40))
    found, expected = np.zeros((2, 40, 41, 2))

    ranges(lows, highs, found)

    for end in range(1, 41):
        for start in range(end):
            expected[start, end] = lows[start:end].min(), highs[start:end].max()
    assert np.array_equal(found, expected)


def test_count_before_equals_searchsorted():
    rows, bars = np.array([2, 3, 7, 7, 20]), np.arange(-2, 25)
    found, of_none = np.empty(bars.size, np.int64), np.empty(bars.size, np.int64)

    counts(rows, bars, found)
    counts(rows[:0], bars, of_none)

    assert found.tolist() == np.searchsorted(rows, bars).tolist()
    assert not of_none.any()
