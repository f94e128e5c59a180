"""From the list of runs to their comparison and back, in a browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.objects import Objects
from tests.e2e.test_every_page import SIZES, THEMES, problems, settle
from tests.live import Server, wait_for

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def runs(product: Server) -> list[int]:
    """Two finished runs of different strategies."""
    client = product.api()
    series = client.get("/api/v1/market-data/series/").json()["results"][0]["id"]
    numbers = [
        client.post("/api/v1/backtests/", json={"series": series, "strategy": name}).json()["id"]
        for name in ("sma_cross", "buy_and_hold")
    ]
    for number in numbers:
        wait_for(
            lambda n=number: client.get(f"/api/v1/backtests/{n}/").json()["status"] == "SUCCEEDED",
            60,
            f"run {number} ended",
        )
    product.close_clients()
    return numbers


@pytest.fixture
def page(browser: Browser, live: Server) -> Iterator[Page]:
    state = Objects({}, {}).state_for(browser, live, "/backtests/")
    page = browser.new_context(base_url=live.url, storage_state=state).new_page()
    yield page
    page.context.close()


def test_ticked_runs_are_laid_side_by_side(page: Page, runs: list[int]) -> None:
    page.goto("/backtests/")
    compare = page.get_by_role("button", name="Compare")
    expect(compare).to_be_disabled()

    for number in runs:
        page.get_by_label(f"Choose run {number}", exact=True).check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    compare.click()

    expect(page).to_have_url(re.compile(r"/backtests/compare/\?run=\d+&run=\d+$"))
    expect(page.locator("#compare-equity canvas")).to_be_visible()
    expect(page.locator("#compare-equity .chart-legend")).to_contain_text(f"Run {runs[0]}")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("Trailing stop")).to_be_visible()
    page.get_by_role("link", name=f"Take run {runs[0]} away").click()
    expect(page.get_by_text("Choose 2 to 5 finished runs")).to_be_visible()


def test_comparison_is_quiet_and_accessible(page: Page, runs: list[int]) -> None:
    found = []
    page.on("console", lambda m: found.append(m.text) if m.type == "error" else None)
    for width, height in SIZES.values():
        for theme in THEMES:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.goto(f"/backtests/compare/?run={runs[0]}&run={runs[1]}&all=1")
            settle(page)
            found += problems(page)

    assert found == []


def test_two_runs_are_deleted_after_asking(page: Page, runs: list[int]) -> None:
    page.goto("/backtests/")
    for number in runs:
        page.get_by_label(f"Choose run {number}", exact=True).check()

    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 backtests and their full results are removed")
    dialog.get_by_role("button", name="Delete backtests").click()

    expect(page.get_by_text("2 backtests deleted.")).to_be_visible()
    expect(page.get_by_label(f"Choose run {runs[0]}", exact=True)).to_have_count(0)
