"""The whole product in one process: web server, sockets, worker and schedule."""

import contextlib
import ctypes
import logging
import socket
import sys
import threading
import warnings
from argparse import ArgumentParser
from typing import Any

import celery.worker.state
from celery.beat import EmbeddedService, Scheduler
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]
from daphne.server import Server
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pulse.celery import app
from pulse.common import jobs
from pulse.warm import Compilers, await_compilers, load_kernels, start_compilers

logger = logging.getLogger(__name__)

M_ARENA_MAX, N_ARENAS = -8, 2  # of glibc's malloc.h
CHUNK_BYTES = 2**18  # of a body that is handed on at once
SWITCH_INTERVAL = 0.0005  # a page may interrupt a worker thread sooner than the default 5 ms


class Command(BaseCommand):
    help = "Run the whole product in this process; Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        _check_free(host, port)
        compilers = start_compilers()
        sys.setswitchinterval(SWITCH_INTERVAL)
        _share_memory()
        warnings.simplefilter("ignore", SecurityWarning)  # JSON only: root gains nothing by it
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("demo", verbosity=0)
        jobs.sweep(now=timezone.now())
        worker = app.Worker(
            pool="threads",
            concurrency=settings.JOB_THREADS,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
            loglevel="WARNING",
        )
        threading.Thread(target=worker.start, name="worker", daemon=True).start()
        beat: Any = EmbeddedService(app, max_interval=5, thread=True, scheduler_cls=Scheduler)
        beat.start()
        threading.Thread(target=_warm, args=[compilers], name="warm", daemon=True).start()
        self._greet(host, port)
        try:
            _serve(host, port)
        finally:
            beat.stop()
            celery.worker.state.should_stop = 0  # type: ignore[assignment]
            for compiler in compilers:
                compiler.terminate()

    def _greet(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"PulseEngine is on http://{shown}:{port}/")
        if settings.DEMO_PASSWORD:
            self.stdout.write(
                f"Sign in as demo@example.com with the password {settings.DEMO_PASSWORD}"
            )
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}). Choose another with --port."
            ) from error


def _serve(host: str, port: int) -> None:
    from pulse.asgi import application  # noqa: PLC0415 -- builds the whole route table

    interface = host.replace(":", r"\:")
    Server(
        application=application,
        endpoints=[f"tcp:port={port}:interface={interface}"],
        server_name="PulseEngine",
        request_buffer_size=CHUNK_BYTES,
        application_close_timeout=2,
    ).run()


def _warm(compilers: Compilers) -> None:
    """Load the compiled kernels, so that nobody's first backtest waits for a compiler."""
    try:
        await_compilers(compilers)
        load_kernels()
    except Exception:
        logger.exception("Kernels not loaded")
    _give_back_memory()


def _share_memory() -> None:
    """Let the threads share their free memory; glibc keeps a heap for each.

    Notes
    -----
    Saves about 90 MB. Other C libraries have no such option, or ignore it.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(M_ARENA_MAX, N_ARENAS)


def _give_back_memory() -> None:
    """Return to the system what starting up has freed; only glibc keeps it and can be told."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
