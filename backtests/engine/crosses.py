"""Where two lines cross: as a list for the kernels, as flags for signals.

How the lines lie to each other is noted for many bars at a time, without a branch; only where
that changes is a bar looked at by itself.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backtests.engine.compiled import inner, kernel
from market.engine.bars import Float1D, Int1D

Bool1D = npt.NDArray[np.bool_]

ABOVE, BELOW, TIED = np.uint8(1), np.uint8(2), np.uint8(3)  # 0: a line is not defined
TILE = 8_192  # bars an account sees before the next one does, so that columns stay in cache
WORD = 8  # bytes compared at once


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
    """Note how the lines lie to each other in each bar, and where that changes."""
    relation, changes = scratch.relation, scratch.changes
    first, second, n = first[start:end], second[start:end], end - start
    for j in range(n):
        relation[j] = np.uint8(first[j] >= second[j]) | np.uint8(first[j] <= second[j]) << ABOVE
    changes[0] = 1
    for j in range(1, n):
        changes[j] = relation[j] != relation[j - 1]
    for j in range(n, (n // WORD + 1) * WORD):
        changes[j] = 0


@inner
def find_crosses(
    first: Float1D, second: Float1D, start: int, end: int, side: int, scratch: Scratch
) -> tuple[int, int]:
    """List the bars of ``start:end`` at which the lines change sides; ``~bar`` for downward.

    Returns how many there are and the side at the end. A tie is no side, and the first side
    after NaN is no change, as in `market.engine.indicators.cross_above`.
    """
    if start >= end:
        return 0, side
    relate(first, second, start, end, scratch)
    changes, crosses, n = scratch.changes, scratch.crosses, 0
    for w in range((end - start) // WORD + 1):
        if scratch.words[w] == 0:
            continue
        for j in range(w * WORD, w * WORD + WORD):
            crosses[n] = j
            n += changes[j]
    n_changes, n = n, 0
    for c in range(n_changes):
        j = crosses[c]
        relation = scratch.relation[j]
        if relation == TIED:
            continue
        new = 1 if relation == ABOVE else (-1 if relation == BELOW else 0)
        if new * side < 0:
            crosses[n] = start + j if new > 0 else ~(start + j)
            n += 1
        side = new
    return n, side


@kernel
def flag_crosses(
    first: Float1D, second: Float1D, upward: Bool1D, downward: Bool1D, scratch: Scratch
) -> None:
    """Set the flags of the bars at which the lines cross; they come unset."""
    side = 0
    for start in range(0, first.size, TILE):
        end = min(start + TILE, first.size)
        n_crosses, side = find_crosses(first, second, start, end, side, scratch)
        for c in range(n_crosses):
            k = scratch.crosses[c]
            if k >= 0:
                upward[k] = True
            else:
                downward[~k] = True


def crosses(first: Float1D, second: Float1D) -> tuple[Bool1D, Bool1D]:
    """Return `cross_above` and `cross_below` of two series, found in one pass.

    Parameters
    ----------
    first, second : float64[n_bars]

    Returns
    -------
    bool[n_bars], bool[n_bars]
        True where `first` comes to lie above `second`, and below.
    """
    upward, downward = (np.zeros(first.size, dtype=np.bool_) for _ in range(2))
    lines = (np.ascontiguousarray(line, dtype=np.float64) for line in (first, second))
    flag_crosses(*lines, upward, downward, new_scratch(first.size))
    return upward, downward
