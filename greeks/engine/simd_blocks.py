"""How rows reach the compiled kernels: in blocks that fit the nearest cache.

A kernel reads one array (a column of BLOCK rows after the other) and writes another, so that the
compiler sees at once that nothing overlaps, and makes vector instructions of its loop.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from greeks.engine.arrays import FloatArray

Columns: TypeAlias = tuple[FloatArray, ...]
Slots: TypeAlias = npt.NDArray[np.int64]
Marks: TypeAlias = npt.NDArray[np.bool_]

BLOCK = 128
"""Rows computed together."""


@njit(cache=True)
def load_block(columns: Columns, start: int, count: int, into: FloatArray) -> None:
    """Copy rows [start, start + count) of each column; a column of one row is repeated."""
    for slot in range(len(columns)):
        column, target = columns[slot], into[slot * BLOCK : slot * BLOCK + count]
        if column.size == 1:
            target[:] = column[0]
            continue
        source = column[start : start + count]
        for i in range(count):
            target[i] = source[i]


@njit(cache=True)
def store_block(found: FloatArray, slots: Slots, start: int, count: int, out: FloatArray) -> None:
    """Copy the chosen columns of a block to rows [start, start + count) of `out`."""
    for k in range(slots.size):
        source, target = found[slots[k] * BLOCK :], out[k, start : start + count]
        for i in range(count):
            target[i] = source[i]


@njit(cache=True)
def store_marks(flags: FloatArray, start: int, count: int, marks: Marks) -> None:
    """Mark the rows of a block whose flag is above 0."""
    target = marks[start : start + count]
    for i in range(count):
        target[i] = flags[i] > 0.0
