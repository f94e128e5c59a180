"""A newcomer's first ten minutes, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.live import EMAIL, PASSWORD, Server

pytestmark = [pytest.mark.e2e, pytest.mark.flow]

WATCH_PROGRESS = """() => {
  window.seen = [];
  const look = () => {
    const bar = document.querySelector("#run-body progress");
    if (bar && bar.value !== window.seen.at(-1)) window.seen.push(bar.value);
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
}"""


def test_newcomer_uploads_runs_and_reads_result(
    browser: object, live: Server, page: Page, goog: Path
) -> None:
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/data/uploads/new/")
    page.locator("input[type=file]").set_input_files(goog)
    page.get_by_label("Symbol", exact=True).fill("GOOG")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("2,148").first).to_be_visible()
    page.get_by_role("button", name="Store 2,148 bars").click()

    page.goto("/backtests/new/")
    page.get_by_label("Data", exact=True).select_option(label="GOOG, 1d, upload")
    page.get_by_label("Fast").fill("10")
    page.get_by_label("Slow").fill("20")
    page.get_by_label("Commission", exact=True).fill("0.2")
    page.get_by_label("Slippage").fill("0")
    page.get_by_role("button", name="Run backtest").click()

    expect(page.get_by_text("Done in")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("+462.64%").first).to_be_visible()
    page.get_by_role("tab", name="Metrics").click()
    expect(page.get_by_text("56,263.52").first).to_be_visible()
    expect(page.locator("#equity canvas").first).to_be_visible()
    assert problems == []


def test_progress_of_a_long_run_is_seen_live_and_can_be_cancelled(live: Server, page: Page) -> None:
    long_series(live)
    page.goto("/backtests/new/")
    page.get_by_label("Data", exact=True).select_option(label="BTC/USD, 1m, simulated")
    page.get_by_role("button", name="Run backtest").click()
    page.get_by_role("button", name="Cancel").first.wait_for()
    page.evaluate(WATCH_PROGRESS)
    expect(page.get_by_text("Done in")).to_be_visible(timeout=90_000)

    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len({value for value in seen if 0 < value < 100}) >= 2

    page.get_by_role("link", name="Clone").click()
    page.get_by_role("button", name="Run backtest").click()
    page.locator("#run-body").get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_text("The run was cancelled.")).to_be_visible(timeout=60_000)


def test_sign_in_and_out(browser: object, live: Server) -> None:
    context = browser.new_context(base_url=live.url)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    context.close()


def long_series(live: Server) -> None:
    """Give the demo user 20 million simulated minute bars."""
    live.manage(
        "simulate_bars",
        "--symbol",
        "BTC/USD",
        "--timeframe",
        "1m",
        "--user",
        EMAIL,
        "--bars",
        "20000000",
    )
