"""Where compiled kernels are cached: one folder for each state of the engines' source.

The compiler keys its cache on a kernel's own file only. A kernel compiled against an older
version of one that it calls would then be loaded and crash, so any change of any engine starts a
new folder.
"""

import hashlib
import os
import threading
from pathlib import Path

PATIENCE = 60.0  # seconds; then whoever waits compiles for itself
_run_is_compiled = threading.Event()
_run_is_compiled.set()

SOURCES = ("*/engine/**/*.py", "backtests/strategies/*.py")


def use_kernel_cache(root: Path) -> Path:
    """Point the compiler at the folder of the present source, before it is first imported.

    A folder that the environment names (``NUMBA_CACHE_DIR``) wins: an image may bring its own.
    """
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(root.glob(pattern)):
            digest.update(file.read_bytes())
    folder = root / "build" / "kernels" / digest.hexdigest()[:16]
    return Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(folder)))


def kernels_are_cached() -> bool:
    """Tell whether every kernel of the present source was compiled into the folder."""
    return _mark().exists()


def note_kernels_cached() -> None:
    """Remember that every kernel lies in the folder."""
    _mark().parent.mkdir(parents=True, exist_ok=True)
    _mark().touch()


def expect_run_kernels() -> None:
    """Let runs wait from now on: another process compiles the kernels they need."""
    _run_is_compiled.clear()


def note_run_kernels() -> None:
    """Let the runs that wait go on."""
    _run_is_compiled.set()


def run_kernels_are_awaited() -> bool:
    """Tell whether another process is still compiling what a run needs."""
    return not _run_is_compiled.is_set()


def await_run_kernels() -> None:
    """Wait until no other process is compiling what a run needs; a minute at most.

    Notes
    -----
    To compile the same here meanwhile would take longer, and the interpreter's lock from the
    pages.
    """
    _run_is_compiled.wait(PATIENCE)


def _mark() -> Path:
    return Path(os.environ["NUMBA_CACHE_DIR"]) / "complete"
