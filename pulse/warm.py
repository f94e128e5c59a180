"""Compile every kernel, or load it, before somebody waits for it."""

import subprocess
import sys
from contextlib import ExitStack

from django.conf import settings
from django.utils import timezone

from pulse.common.kernels import (
    expect_run_kernels,
    kernels_are_cached,
    note_kernels_cached,
    note_run_kernels,
)

# What each compiler does. It says when it has what runs need, which takes both about as long;
# from then on it makes way for pages and jobs.
COMPILE = (
    """
from backtests.engine.warm import warm_simulation, warm_variants
warm_simulation()
make_way()
warm_variants()
""",
    """
from backtests.engine.warm import warm_tables
warm_tables()
make_way()
import django
django.setup()
from pulse.warm import load_options
load_options()
""",
)
FRAME = """
import gc, os
gc.disable()  # a tenth faster

def make_way():
    print(flush=True)
    if hasattr(os, "nice"):
        os.nice(10)
"""
Compilers = list[subprocess.Popen[bytes]]


def start_compilers() -> Compilers:
    """Start to compile in other processes what the cache lacks; none if it lacks nothing.

    Notes
    -----
    They would keep 150 MB here, and the interpreter's lock while they work. Runs wait for them:
    see `pulse.common.kernels.await_run_kernels`. Whoever starts them ends them: Ctrl-C does not
    reach them.
    """
    if kernels_are_cached():
        return []
    expect_run_kernels()
    return [
        subprocess.Popen(  # noqa: S603 -- our own code
            [sys.executable, "-c", FRAME + work],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        for work in COMPILE
    ]


def await_compilers(compilers: Compilers) -> None:
    """Wait until all kernels are compiled, and let runs go on as soon as theirs are.

    Raises
    ------
    subprocess.CalledProcessError
        If a compiler failed or was ended.
    """
    with ExitStack() as open_pipes:
        for compiler in compilers:
            open_pipes.enter_context(compiler)
            compiler.stdout.readline()  # type: ignore[union-attr]  # it has a pipe, which ends with it
        note_run_kernels()
    for compiler in compilers:
        if compiler.returncode:
            raise subprocess.CalledProcessError(compiler.returncode, "compile")
    if compilers:
        note_kernels_cached()


def load_kernels() -> None:
    """Compile the kernels, or load them from the disk cache; seconds once, then well under one."""
    from backtests.engine import warm  # noqa: PLC0415 -- loads the compiler

    warm()
    load_options()


def load_options() -> None:
    """Compile or load the kernels of option pricing."""
    from greeks.engine import american_price, warm_up  # noqa: PLC0415 -- loads the compiler
    from greeks.selectors import expirations_of  # noqa: PLC0415 -- loads the compiler

    warm_up()
    american_price("put", 95.0, 100.0, 1.0, 0.05, 0.02, 0.3)
    expirations_of("SPY", now=timezone.now())  # the market calendar, and the path of the samples
