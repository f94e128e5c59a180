"""Spans of bars, for the kernels: where they begin, and the range of prices in them."""

from backtests.engine.compiled import inner
from market.engine.bars import Float1D, Int1D

STEP = 4


@inner
def count_before(rows: Int1D, bar: int) -> int:
    """Return how many of `rows`, which increase, lie before `bar`."""
    low, high = 0, rows.size
    while low < high:
        middle = (low + high) // 2
        if rows[middle] < bar:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def span_range(lows: Float1D, highs: Float1D, start: int, end: int) -> tuple[float, float]:
    """Return the lowest of `lows` and the highest of `highs` over ``start:end``, not empty.

    Four bars a step in two chains of comparisons, so that few wait for one another; the last
    step looks again at some bars rather than at each of the rest, whose number no processor
    can foretell.
    """
    low, high = lows[start], highs[start]
    if end - start < STEP:
        for i in range(start + 1, end):
            low, high = min(low, lows[i]), max(high, highs[i])
        return low, high
    i, other_low, other_high = start, low, high
    while True:
        first, second = min(lows[i], lows[i + 1]), min(lows[i + 2], lows[i + 3])
        low, other_low = min(low, first), min(other_low, second)
        first, second = max(highs[i], highs[i + 1]), max(highs[i + 2], highs[i + 3])
        high, other_high = max(high, first), max(other_high, second)
        if i + STEP >= end:
            return min(low, other_low), max(high, other_high)
        i = min(i + STEP, end - STEP)
