"""The product as its users run it: real processes on a free port of 127.0.0.1.

Without REDIS_URL in the environment that is `manage.py up`; with it, daphne, a worker and beat.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dj_database_url
import httpx2
import psycopg

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[1]
START_WITHIN = 60.0
PASSWORD = "demo-password-of-a-test"
EMAIL = "demo@example.com"


@dataclass
class Server:
    """A running product and what is needed to use it."""

    url: str
    env: dict[str, str]
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    clients: list[httpx2.Client] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def manage(self, *words: str) -> str:
        """Run a management command on the same data; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self) -> None:
        """Start the processes and wait until the first page is served."""
        port = self.url.rsplit(":", 1)[1]
        if self.env.get("REDIS_URL"):
            self.manage("migrate", "--verbosity", "0")
            self.manage("demo")
            commands = [
                ["-m", "daphne", "-b", "127.0.0.1", "-p", port, "pulse.asgi:application"],
                ["-m", "celery", "-A", "pulse", "worker", "--concurrency", "2", "-l", "WARNING"],
                ["-m", "celery", "-A", "pulse", "beat", "-l", "WARNING", "-s",
                 str(self.log.with_name("beat"))],
            ]  # fmt: skip
        else:
            commands = [["manage.py", "up", "--port", port]]
        with self.log.open("ab") as log:
            self.processes = [
                subprocess.Popen(
                    [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log,
                    start_new_session=True,
                )
                for command in commands
            ]  # fmt: skip
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.url}/health/").status_code == 200:
                    return
            assert all(process.poll() is None for process in self.processes), self.log.read_text()[
                -4000:
            ]
            time.sleep(0.1)
        raise AssertionError(f"not up within {START_WITHIN} s:\n{self.log.read_text()[-4000:]}")

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """Stop every process, children too."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                if sign == signal.SIGKILL:
                    os.killpg(process.pid, sign)
                else:
                    process.send_signal(sign)
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes = []

    def api(self, scopes: str = "read,trade") -> httpx2.Client:
        """Return a client of the API with a key of the demo user."""
        if scopes not in self.secrets:
            printed = self.manage("api_key", "--user", EMAIL, "--scopes", scopes)
            self.secrets[scopes] = printed.strip().splitlines()[-1].split()[-1]
        return self._client({"Authorization": f"Bearer {self.secrets[scopes]}"})

    def _client(self, headers: dict[str, str]) -> httpx2.Client:
        client = httpx2.Client(base_url=self.url, headers=headers, timeout=60)
        self.clients.append(client)
        return client

    def close_clients(self) -> None:
        """Close every client that was handed out."""
        while self.clients:
            self.clients.pop().close()

    def browser(self) -> httpx2.Client:
        """Return a client that is signed in as the demo user, with its CSRF token."""
        client = self._client({"Referer": self.url})
        page = client.get("/accounts/login/").text
        form = {"csrfmiddlewaretoken": token_of(page), "login": EMAIL, "password": PASSWORD}
        answer = client.post("/accounts/login/", data=form)
        assert answer.status_code == 302, answer.status_code
        return client


def token_of(page: str) -> str:
    """Return the CSRF token of a page's form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def wait_for(check: Any, seconds: float, what: str) -> Any:
    """Ask `check` until it gives something; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = check()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} within {seconds} s")


@contextlib.contextmanager
def server(folder: Path, **settings: str) -> Iterator[Server]:
    """Run the product with a database and a data folder of its own."""
    env = {**os.environ, "DEBUG": "false", "DEMO_PASSWORD": PASSWORD, "LOG_LEVEL": "WARNING"}
    env |= {"API_RATE_PER_MINUTE": "1000000"}  # the tests ask more often than people
    env |= {"PULSE_DATA_DIR": str(folder / "data"), **settings}
    with contextlib.ExitStack() as stack:
        if env.get("REDIS_URL"):
            env["DATABASE_URL"] = stack.enter_context(_database(env["DATABASE_URL"]))
        else:
            env["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
        running = Server(f"http://127.0.0.1:{free_port()}", env, folder / "server.log")
        try:
            running.start()
            yield running
        finally:
            running.close_clients()
            running.stop()


@contextlib.contextmanager
def _database(url: str) -> Iterator[str]:
    name = f"pulse_live_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    try:
        config = dj_database_url.parse(url)
        yield (
            f"postgres://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{name}"
        )
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
