"""Where two lines cross: a list of bars.

How the lines lie to each other is noted for many bars at a time, without a branch; only where
that changes is a bar looked at by itself.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import inner, kernel
from market.engine.bars import Float1D, Int1D

ABOVE, BELOW, TIED = np.uint8(1), np.uint8(2), np.uint8(3)  # 0: a line is not defined
TILE = 8_192  # bars an account sees before the next one does, so that columns stay in cache
WORD = 8  # bytes compared at once
NO_SIDE = np.int64(0)  # a plain 0 has a type of its own, for which a kernel is compiled anew


class Scratch(NamedTuple):
    """Room for the crosses of one tile, used again by every account of a batch."""

    relation: npt.NDArray[np.uint8]
    changes: npt.NDArray[np.uint8]
    words: npt.NDArray[np.uint64]  # the same memory as `changes`
    crosses: Int1D


def new_scratch(n_bars: int) -> Scratch:
    """Return room for the tiles of `n_bars` bars."""
    n_bars = min(n_bars, TILE)
    words = np.zeros(n_bars // WORD + 2, dtype=np.uint64)
    changes = words.view(np.uint8)
    return Scratch(np.zeros_like(changes), changes, words, np.empty(n_bars + 2, dtype=np.int64))


@inner
def relate(first: Float1D, second: Float1D, start: int, end: int, scratch: Scratch) -> None:
    """Note how the lines lie to each other in each bar of ``start:end``."""
    relation, first, second = scratch.relation, first[start:end], second[start:end]
    for j in range(first.size):
        relation[j] = np.uint8(first[j] >= second[j]) | np.uint8(first[j] <= second[j]) << ABOVE


@inner
def relate_means(
    sums: Float1D, windows: tuple[int, int], start: int, end: int, scratch: Scratch
) -> None:
    """As `relate`, for means over two windows: sums are exact, so nothing need be divided."""
    defined = min(max(start, max(windows[0], windows[1]) - 1), end)
    for j in range(defined - start):
        scratch.relation[j] = 0
    relation, now = scratch.relation[defined - start :], sums[defined + 1 : end + 1]
    before_first = sums[defined + 1 - windows[0] : end + 1 - windows[0]]
    before_second = sums[defined + 1 - windows[1] : end + 1 - windows[1]]
    first_window, second_window = float(windows[0]), float(windows[1])
    for j in range(now.size):
        first = (now[j] - before_first[j]) * second_window
        second = (now[j] - before_second[j]) * first_window
        relation[j] = np.uint8(first >= second) | np.uint8(first <= second) << ABOVE


@inner
def list_crosses(start: int, end: int, side: int, scratch: Scratch) -> tuple[int, int]:
    """List the bars of ``start:end`` at which the lines change sides; ``~bar`` for downward.

    Returns how many there are and the side at the end. A tie is no side, and the first side
    after NaN is no change, as in `market.engine.indicators.cross_above`.
    """
    relation, changes, crosses, n = scratch.relation, scratch.changes, scratch.crosses, 0
    n_bars = end - start
    changes[0] = 1
    for j in range(1, n_bars):
        changes[j] = relation[j] != relation[j - 1]
    for j in range(n_bars, (n_bars // WORD + 1) * WORD):
        changes[j] = 0
    for w in range(n_bars // WORD + 1):
        if scratch.words[w] == 0:
            continue
        for j in range(w * WORD, w * WORD + WORD):
            crosses[n] = j
            n += changes[j]
    n_changes, n = n, 0
    for c in range(n_changes):
        j = crosses[c]
        if relation[j] == TIED:
            continue
        new = 1 if relation[j] == ABOVE else (-1 if relation[j] == BELOW else 0)
        if new * side < 0:
            crosses[n] = start + j if new > 0 else ~(start + j)
            n += 1
        side = new
    return n, side


@inner
def find_crosses(
    first: Float1D, second: Float1D, start: int, end: int, side: int, scratch: Scratch
) -> tuple[int, int]:
    """List the crosses of two lines in bars ``start:end``, as `list_crosses` says."""
    if start >= end:
        return 0, side
    relate(first, second, start, end, scratch)
    return list_crosses(start, end, side, scratch)


@kernel
def list_all(first: Float1D, second: Float1D, scratch: Scratch, out: Int1D) -> int:
    """Write all crosses of two lines to `out`; return how many there are."""
    n, side = 0, NO_SIDE
    for start in range(0, first.size, TILE):
        end = min(start + TILE, first.size)
        count, side = find_crosses(first, second, start, end, side, scratch)
        for c in range(count):
            out[n + c] = scratch.crosses[c]
        n += count
    return n


@kernel
def list_all_of_means(sums: Float1D, windows: tuple[int, int], scratch: Scratch, out: Int1D) -> int:
    """Write all crosses of the means over two windows to `out`; return how many there are."""
    n, side = 0, NO_SIDE
    for start in range(0, sums.size - 1, TILE):
        end = min(start + TILE, sums.size - 1)
        relate_means(sums, windows, start, end, scratch)
        count, side = list_crosses(start, end, side, scratch)
        for c in range(count):
            out[n + c] = scratch.crosses[c]
        n += count
    return n


def cross_bars(first: Float1D, second: Float1D) -> Int1D:
    """Return the bars at which two lines cross, `cross_above` and `cross_below` in one list.

    Parameters
    ----------
    first, second : float64[n_bars]

    Returns
    -------
    int64[n_crosses]
        In order of time: the bar where `first` comes to lie above `second`, ``~bar`` where it
        comes to lie below.
    """
    lines = (np.ascontiguousarray(line, dtype=np.float64) for line in (first, second))
    out = np.empty(first.size, dtype=np.int64)
    return out[: list_all(*lines, new_scratch(first.size), out)]


def mean_cross_bars(sums: Float1D, first: int, second: int) -> Int1D:
    """Return the bars at which two moving means cross, in the form of `cross_bars`.

    Parameters
    ----------
    sums : float64[n_bars + 1]
        Sums of the first 0, 1, ... values, all of them whole numbers.
    first, second : int, bars
        Windows; their product times the largest value must be below 2**51, so that means that
        differ on paper differ in floats too and the other way round.
    """
    n_bars = sums.size - 1
    out = np.empty(n_bars, dtype=np.int64)
    return out[: list_all_of_means(sums, (first, second), new_scratch(n_bars), out)]
