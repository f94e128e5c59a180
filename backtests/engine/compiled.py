"""How the kernels of this package are compiled."""

from numba import njit

OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy"}

# called from Python
kernel = njit(**OPTIONS)
# called by kernels only: without the wrappers for Python, which take a third of the time to compile
inner = njit(**OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)
