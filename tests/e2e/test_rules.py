"""A strategy of one's own, built without code in a real browser, and its result."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.live import Server

pytestmark = [pytest.mark.e2e, pytest.mark.flow]


def test_rule_of_two_conditions_is_built_saved_run_and_read(live: Server, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    words = page.locator("#preview")

    page.goto("/strategies/new/")
    page.get_by_label("Name", exact=True).fill("Cross below 70")
    page.get_by_role("button", name="Condition to Buy").click()
    expect(page.locator("#id_enter_long-1-left-what")).to_be_focused()
    page.locator("#id_enter_long-1-left-what").select_option("indicator:rsi")
    expect(page.locator("#id_enter_long-1-left-p-window")).to_have_value("14")
    page.locator("#id_enter_long-1-op").select_option("below")
    page.locator("#id_enter_long-1-right-number").fill("seventy")
    expect(page.locator("#enter_long-1-faults")).to_contain_text("unknown parameter 'seventy'")
    expect(page.locator("#id_enter_long-1-right-number")).to_be_focused()
    page.locator("#id_enter_long-1-right-number").fill("70")
    sentence = "When EMA(12) crosses above EMA(26) and RSI(14) is below 70, buy 95 % of equity."
    expect(words).to_contain_text(sentence)
    expect(page.locator("#enter_long-1-faults")).to_be_empty()

    page.get_by_role("button", name="JSON").click()
    expect(page.get_by_label("Rules as JSON")).to_have_value(re.compile('"indicator": "rsi"'))
    page.get_by_role("button", name="Sentences").click()
    expect(words).to_contain_text(sentence)

    page.get_by_role("button", name="Save and backtest").click()
    expect(page.get_by_label("Strategy", exact=True).locator("option:checked")).to_have_text(
        "Cross below 70"
    )
    page.get_by_label("Data", exact=True).select_option(label="SPY, 1d, simulated")
    page.get_by_role("button", name="Run backtest").click()
    expect(page.get_by_text("Done in")).to_be_visible(timeout=20_000)
    expect(page.get_by_text(sentence)).to_be_visible()
    assert problems == []


def test_rule_is_built_without_script(browser: object, live: Server, signed_in: object) -> None:
    context: BrowserContext = browser.new_context(  # type: ignore[attr-defined]
        base_url=live.url, storage_state=signed_in, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/strategies/new/")
    page.get_by_label("Name", exact=True).fill("By hand")
    page.get_by_role("button", name="Condition to Buy").click()
    page.locator("#id_enter_long-1-left-what").select_option("price:volume")
    page.locator("#id_enter_long-1-right-number").fill("1000")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", name="By hand", exact=True)).to_be_visible()
    expect(page.get_by_text("and volume is above 1,000, buy")).to_be_visible()
    context.close()
