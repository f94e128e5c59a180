"""A real browser on the running product."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.live import EMAIL, PASSWORD, Server, server

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright keeps a loop in this thread

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str:
    """Return a Chromium: `$CHROMIUM`, else on PATH, else installed from the distribution."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *words], check=False, capture_output=True)
        found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.exit(
            "No Chromium was found. Install it, or name one: CHROMIUM=/path/to/chromium make e2e",
            returncode=1,
        )
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def live(product: Server) -> Iterator[Server]:
    yield product
    product.close_clients()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, product: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """State of a browser in which the demo user is signed in."""
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    state = tmp_path_factory.mktemp("state") / "state.json"
    context.storage_state(path=state)
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, live: Server, signed_in: Path) -> Iterator[BrowserContext]:
    made = browser.new_context(
        base_url=live.url, storage_state=signed_in, viewport={"width": 1440, "height": 900}
    )
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def goog() -> Path:
    """The daily prices that the oracle package ships: an unnamed first column of dates."""
    import backtesting.test  # noqa: PLC0415 -- slow, and only for tests that upload it

    return Path(backtesting.test.__file__).with_name("GOOG.csv")
