"""Which of the two implementations answers: numpy, or the compiled kernels.

The compiled kernels are several times faster, but loading them takes up to a second (and compiling
them, once per machine, twenty). So only a call of many rows loads them; once loaded they answer
every call. A worker loads them when it starts, with `warm_up`.
"""

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from greeks.engine.arrays import FloatArray

Backend: TypeAlias = Literal["auto", "plain", "compiled"]
Columns: TypeAlias = tuple[FloatArray, ...]
Marks: TypeAlias = npt.NDArray[np.bool_]
Slots: TypeAlias = npt.NDArray[np.int64]

LOAD_FROM_ROWS = 200_000
"""From here the compiled kernels are faster even if they must be loaded first."""


class Kernels(NamedTuple):
    """The compiled functions, as `simd_european` and `simd_iv` describe them."""

    greeks: Callable[[Columns, Slots, int], tuple[FloatArray, Marks]]
    implied_vol: Callable[[Columns, int], tuple[FloatArray, Marks]]


@cache
def kernels() -> Kernels:
    """Return the compiled functions, imported and compiled on the first call."""
    from greeks.engine.simd_european import compiled_greeks  # noqa: PLC0415 -- slow import
    from greeks.engine.simd_iv import compiled_implied_vol  # noqa: PLC0415 -- slow import

    option = tuple(np.array([value]) for value in (1.0, 100.0, 100.0, 1.0, 0.0, 0.0, 0.2))
    compiled_greeks(option, np.arange(1), 1)
    compiled_implied_vol((*option[:-1], np.array([8.0])), 1)
    return Kernels(compiled_greeks, compiled_implied_vol)


def warm_up() -> None:
    """Load the compiled kernels now, so that no request waits for them."""
    kernels()


def takes_compiled(backend: Backend, n_rows: int) -> bool:
    """Tell whether the compiled kernels answer a call over `n_rows` rows.

    Raises
    ------
    ValueError
        If the backend is unknown.
    """
    if backend not in {"auto", "plain", "compiled"}:
        raise ValueError("backend must be 'auto', 'plain' or 'compiled'")
    if backend != "auto":
        return backend == "compiled"
    return n_rows >= LOAD_FROM_ROWS or kernels.cache_info().currsize > 0


def kernel_columns(columns: list[FloatArray]) -> Columns:
    """Return `columns` as the kernels are compiled for: writable (read-only is another type)."""
    return tuple(column if column.flags.writeable else column.copy() for column in columns)
