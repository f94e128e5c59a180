"""What the shared parts do in a browser: keys, tabs, palette, charts, theme, connection."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.live import EMAIL, Server

pytestmark = pytest.mark.e2e

MAKE_STAFF = (
    f"from accounts.models import User;User.objects.filter(email='{EMAIL}').update(is_staff=True)"
)


FOLLOW_DEVICE = (
    "from accounts.models import Profile;"
    f"Profile.objects.filter(user__email='{EMAIL}').update(theme='system')"
)


@pytest.fixture(scope="module")
def _staff(product: Server) -> None:
    product.manage("shell", "-c", MAKE_STAFF)


@pytest.fixture
def design(_staff: None, page: Page) -> Iterator[Page]:
    """The page of all components, drawn; it must not write to the console."""
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/design/")
    expect(page.locator("figure[data-ready]")).to_have_count(5)
    yield page
    assert problems == []


def test_palette_finds_a_page_by_keyboard(design: Page):
    design.keyboard.press("Control+k")
    design.keyboard.type("data lib")
    expect(design.locator("#palette [aria-selected=true]")).to_contain_text("Data library")
    design.keyboard.press("Enter")

    expect(design.get_by_role("heading", name="Data library", level=1)).to_be_visible()


def test_sequence_of_keys_goes_to_a_page(design: Page):
    design.keyboard.press("g")
    design.keyboard.press("d")

    expect(design.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()


def test_single_keys_are_dead_while_typing(design: Page):
    design.locator("#sample-note").click()
    design.keyboard.type("g d t ?")

    expect(design.locator("#sample-note")).to_have_value("g d t ?")
    expect(design.get_by_role("heading", name="Design", level=1)).to_be_visible()
    expect(design.locator("#keys")).not_to_be_visible()


def test_help_opens_and_escape_closes_it(design: Page):
    design.keyboard.press("?")
    expect(design.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()

    design.keyboard.press("Escape")

    expect(design.get_by_role("heading", name="Keyboard shortcuts")).not_to_be_visible()


def test_tooltip_opens_on_focus_and_escape_closes_it(design: Page):
    label = design.get_by_role("button", name="Sharpe")
    label.focus()
    expect(design.get_by_role("tooltip")).to_contain_text("mean(r) / std(r)")
    assert label.get_attribute("aria-describedby") == "tooltip"

    design.keyboard.press("Escape")

    expect(design.get_by_role("tooltip")).not_to_be_visible()


def test_tabs_move_with_arrows_and_keep_the_choice_in_the_address(design: Page):
    design.get_by_role("tab", name="Trades").click()

    design.keyboard.press("ArrowRight")

    expect(design.get_by_role("tabpanel", name="Refused")).to_be_visible()
    expect(design.get_by_role("tabpanel", name="Trades")).not_to_be_visible()
    design.goto("/design/#sample-none")
    design.reload()
    expect(design.get_by_role("tabpanel", name="Notes")).to_be_visible()
    expect(design.locator("figure[data-ready]")).to_have_count(5)


def test_chart_table_shows_the_data(design: Page):
    button = design.locator("[data-chart-table=sample-equity]")

    button.click()

    region = design.get_by_role("region", name="Sample equity over 2023")
    expect(region.locator("tbody tr")).to_have_count(260)
    expect(region.locator("tbody tr").first).to_contain_text("2023-01-03")
    expect(region.locator("tbody tr").first).to_contain_text("10,000.00")
    button.click()
    expect(region).not_to_be_visible()


def test_linked_charts_share_the_cursor(design: Page):
    design.locator("#sample-equity .u-over").hover(position={"x": 300, "y": 100})

    drawdown = design.locator("#sample-drawdown .chart-legend span").last
    equity = design.locator("#sample-equity .chart-legend span").last
    expect(drawdown).to_have_text(equity.inner_text())


def test_empty_chart_says_why(design: Page):
    expect(design.locator("#sample-empty")).to_contain_text("RSI 14 was below 30 on 41 bars")


@pytest.fixture
def _theme_of_the_device(product: Server) -> Iterator[None]:
    yield
    product.manage("shell", "-c", FOLLOW_DEVICE)


@pytest.mark.usefixtures("_theme_of_the_device")
def test_theme_is_remembered(design: Page):
    html = design.locator("html")
    with design.expect_response(lambda answer: answer.url.endswith("/accounts/theme/")):
        design.keyboard.press("t")
    chosen = html.get_attribute("data-theme")
    assert chosen in ("light", "dark")

    design.reload()

    expect(html).to_have_attribute("data-theme", chosen)
    expect(design.locator("figure[data-ready]")).to_have_count(5)


def test_dialog_gives_focus_to_the_safe_answer(design: Page):
    design.get_by_role("button", name="Open a dialog").click()

    expect(design.get_by_role("button", name="Keep it")).to_be_focused()


def test_status_centre_opens_with_its_list(design: Page):
    design.locator("[popovertarget=job-tray]").first.click()

    expect(design.get_by_role("complementary", name="Jobs")).to_be_visible()
    expect(design.locator("#job-list .skel")).to_have_count(0)


def test_phone_has_no_sideways_scroll(design: Page):
    design.set_viewport_size({"width": 390, "height": 844})

    widths = design.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]"
    )
    assert widths == [390, 390]


def test_connection_says_when_it_is_lost_and_when_it_is_back(live: Server, page: Page):
    page.goto("/about/")
    word = page.locator("[data-connection-word]")
    expect(word).to_have_text("Live")
    page.evaluate(
        "document.body.addEventListener('pulse:reconnected', () => (document.title = 'back'))"
    )

    live.stop(signal.SIGKILL)
    expect(word).to_contain_text("Stale since", timeout=15_000)
    live.start()

    expect(word).to_have_text("Live", timeout=60_000)
    expect(page).to_have_title("back")
