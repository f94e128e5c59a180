"""How the kernels of this package are compiled."""

from numba import njit

# called from Python
kernel = njit(cache=True, nogil=True, error_model="numpy")
# called by kernels only: the wrappers for Python would take a third of the time to compile
inner = njit(  # type: ignore[call-overload]  # two options numba's stubs leave out
    cache=True,
    nogil=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
