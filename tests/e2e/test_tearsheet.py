"""The tearsheet in a browser without a network: it opens, fits, is accessible and prints."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from tests.e2e.test_every_page import AXE, RUN_AXE
from tests.factories.runs import GOOG_CSV

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheet") / "tearsheet.html"
    call_command("backtest", "--bars", str(GOOG_CSV), "--out", str(path), stdout=io.StringIO())
    return path


@pytest.mark.parametrize(
    ("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
)
def test_tearsheet_opens_offline(browser: Browser, sheet: Path, width: int, theme: str) -> None:
    context = browser.new_context(
        offline=True, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))

    page.goto(sheet.as_uri())

    assert asked == [sheet.as_uri()]
    assert said == []
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    assert page.locator("svg").count() == 4
    page.evaluate(AXE.read_text())
    assert page.evaluate(RUN_AXE.replace('"target-size": {enabled: true}', "")) == []
    context.close()


def test_tearsheet_prints_on_paper(browser: Browser, sheet: Path) -> None:
    page = browser.new_page()
    page.goto(sheet.as_uri())

    paper = page.pdf(prefer_css_page_size=True)

    assert paper.startswith(b"%PDF")
    assert 3 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 12
    page.close()
