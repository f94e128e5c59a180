"""How the kernels of this package are compiled."""

from numba import njit

# No kernel allocates, so none needs to count references: `_nrt=False` leaves the counting out,
# which cost a tenth of a run with many fills.
# called from Python
kernel = njit(  # type: ignore[call-overload]  # an option numba's stubs leave out
    cache=True, nogil=True, error_model="numpy", _nrt=False
)
# called by kernels only: the wrappers for Python would take a third of the time to compile
inner = njit(  # type: ignore[call-overload]  # options numba's stubs leave out
    cache=True,
    nogil=True,
    _nrt=False,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
