"""How the kernels of this package are compiled."""

from typing import Any

from numba import njit

# No kernel allocates, so none needs to count references: `_nrt=False` leaves the counting out,
# which cost a tenth of a run with many fills.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
# called by kernels only: the wrappers for Python would take a third of the time to compile
PART: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# called from Python
kernel = njit(**OPTIONS)
# A part of kernels, taken into each of its callers: a call hands over every field of every array,
# over a hundred words where there is a market, which cost more than half of a run.
inner = njit(**PART, forceinline=True)
# a part that a kernel seldom comes to: calling it there compiles faster
rare = njit(**PART)
