"""Run a command on PostgreSQL and Redis: `python -m tests.services COMMAND...`.

Uses DATABASE_URL and REDIS_URL of the environment; what is missing is started privately on a free
port of 127.0.0.1 from installed binaries, and stopped at the end.
"""

import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

WAIT = 30.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def binary(name: str, *patterns: str) -> str:
    """Return the path of an installed program, or leave with a sentence."""
    found = shutil.which(name) or next(
        (
            hit
            for pattern in patterns
            for hit in sorted(map(str, Path("/").glob(pattern)), reverse=True)
        ),
        None,
    )
    if not found:
        sys.exit(
            f"{name} is not installed. Install PostgreSQL and Redis, or set DATABASE_URL and "
            "REDIS_URL to servers that may be written to."
        )
    return found


def wait_for(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    """Wait until something answers on `port`."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{name} stopped at once with exit code {process.returncode}.")
        with contextlib.closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"{name} did not answer within {WAIT:.0f} s.")


@contextlib.contextmanager
def running(command: list[str], port: int, name: str, user: str | None = None) -> Iterator[None]:
    """Run a server for the length of the block."""
    process = subprocess.Popen(
        command, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, process, name)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def unprivileged() -> str | None:
    """Return the user that PostgreSQL must run as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Yield the address of a private PostgreSQL with an empty database."""
    initdb = binary(
        "initdb", "usr/lib/postgresql/*/bin/initdb", "opt/homebrew/opt/postgresql*/bin/initdb"
    )
    server = str(Path(initdb).with_name("postgres"))
    user = unprivileged()
    with tempfile.TemporaryDirectory(prefix="pulse-pg-") as folder:
        data, port = Path(folder) / "data", free_port()
        if user:
            shutil.chown(folder, user)
        subprocess.run(
            [initdb, "-D", str(data), "-U", "pulse", "-A", "trust", "-N", "-E", "UTF8"],
            user=user,
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
        )
        command = [server, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", folder]
        command += ["-c", "fsync=off", "-c", "synchronous_commit=off"]
        with running(command, port, "PostgreSQL", user):
            yield f"postgres://pulse@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Yield the address of a private Redis."""
    server, port = binary("redis-server"), free_port()
    with tempfile.TemporaryDirectory(prefix="pulse-redis-") as folder:
        command = [
            server,
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--save",
            "",
            "--dir",
            folder,
        ]
        with running(command, port, "Redis"):
            yield f"redis://127.0.0.1:{port}/0"


def main(command: list[str]) -> int:
    """Run `command` with both addresses in its environment."""
    with contextlib.ExitStack() as stack:
        env = dict(os.environ)
        env.setdefault("PGUSER", getpass.getuser())
        if not env.get("DATABASE_URL"):
            env["DATABASE_URL"] = stack.enter_context(postgres())
        if not env.get("REDIS_URL"):
            env["REDIS_URL"] = stack.enter_context(redis())
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
