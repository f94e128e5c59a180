"""Compile every kernel, or load it, before somebody waits for it."""

import subprocess
import sys

from django.conf import settings
from django.utils import timezone

from pulse.common.kernels import expect_run_kernels, kernels_are_cached, note_run_kernels

COMPILE = """
from backtests.engine import warm
warm(lambda: print(flush=True))
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "warm"])
"""
Compiler = subprocess.Popen[bytes]


def start_compiler() -> Compiler | None:
    """Start to compile in another process what the cache lacks; None if it lacks nothing.

    Notes
    -----
    The compiler would keep 150 MB here, and the interpreter's lock while it works. Runs wait for
    it: see `pulse.common.kernels.await_run_kernels`. Whoever starts it ends it: Ctrl-C does not
    reach it.
    """
    if kernels_are_cached():
        return None
    expect_run_kernels()
    return subprocess.Popen(  # noqa: S603 -- our own code
        [sys.executable, "-c", COMPILE],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def await_compiler(compiler: Compiler) -> None:
    """Wait until all kernels are compiled, and let runs go on as soon as theirs are.

    Raises
    ------
    subprocess.CalledProcessError
        If the compiler failed or was ended.
    """
    with compiler:
        compiler.stdout.readline()  # type: ignore[union-attr]  # it has a pipe, which ends with it
        note_run_kernels()
    if compiler.returncode:
        raise subprocess.CalledProcessError(compiler.returncode, "warm")


def load_kernels() -> None:
    """Compile the kernels, or load them from the disk cache; seconds once, then well under one."""
    from backtests.engine import warm  # noqa: PLC0415 -- loads the compiler
    from greeks.engine import american_price, warm_up  # noqa: PLC0415 -- loads the compiler
    from greeks.selectors import expirations_of  # noqa: PLC0415 -- loads the compiler

    warm()
    warm_up()
    american_price("put", 95.0, 100.0, 1.0, 0.05, 0.02, 0.3)
    expirations_of("SPY", now=timezone.now())  # the market calendar, and the path of the samples
