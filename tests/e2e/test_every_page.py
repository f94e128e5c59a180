"""Every page route, wide and narrow, light and dark: it answers, is quiet and accessible."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.objects import Objects
from tests.live import ROOT, Server

pytestmark = pytest.mark.e2e

SHOTS = ROOT / "build" / "shots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """() => axe.run(document, {
  resultTypes: ["violations"], rules: {"target-size": {enabled: true}},
}).then((result) => result.violations)"""
ALL_DRAWN = """() => [...document.querySelectorAll("figure[data-chart]")].every(
  (figure) => figure.dataset.ready || figure.querySelector(".chart-state"),
)"""
IS_DARK = """() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data[0] < 128;
}"""
SIZES = {"1440": (1440, 900), "390": (390, 844)}
THEMES = ("light", "dark")

# What is no page: answers of other kinds, and what only takes a POST.
NOT_PAGES = re.compile(
    r"^/(admin|api/v1|jobs/<)"
    r"|^/(health|search)/$"
    r"|^/accounts/(theme|logout|inactive|reauthenticate|3rdparty|social|login/code)"
    r"|^/accounts/(confirm-email/.|password/(set|reset/key)|api-keys/.)"
    r"|\.\w+$|/(delete|commit|discard|samples|save|rename|clone|duplicate|archive)/$"
    r"|/(again|restate|restore|take|use)/$"
)


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> list[str]:
    """Return every address of the route table, parameters in angle brackets."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if isinstance(entry, URLResolver):
            found += routes(entry, address)
        elif isinstance(entry, URLPattern):
            found.append(address)
    return found


PAGES = [address for address in dict.fromkeys(routes()) if not NOT_PAGES.search(address)]
PUBLIC = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")


@pytest.fixture(scope="module")
def objects(product: Server) -> Objects:
    made = Objects.made_on(product)
    product.close_clients()
    return made


@pytest.mark.parametrize("address", PAGES)
def test_page_answers_quietly_and_accessibly(
    browser: Browser, live: Server, objects: Objects, address: str
) -> None:
    path = objects.fill(address)
    state = None if path.startswith(PUBLIC) else objects.state_for(browser, live, address)
    context = browser.new_context(base_url=live.url, storage_state=state)
    try:
        findings = look(context, path, name_of(address))
    finally:
        context.close()

    assert findings == []


def look(context: BrowserContext, path: str, name: str) -> list[str]:
    """Visit one address in every size and theme; return what is wrong, in words."""
    findings: list[str] = []
    page = context.new_page()
    where = ""
    page.on(
        "console",
        lambda m: findings.append(f"{where}: console: {m.text}") if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: findings.append(f"{where}: {error}"))
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            where = f"{size} {theme}"
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            answer = page.goto(path)
            if answer is None or answer.status != 200:
                findings.append(f"{where}: status {answer and answer.status}")
            settle(page)
            page.screenshot(path=SHOTS / f"{name}-{size}-{theme}.png", full_page=True)
            findings += [f"{where}: {problem}" for problem in problems(page)]
            if page.evaluate(IS_DARK) != (theme == "dark"):
                findings.append(f"{where}: shown in the other theme")
    return findings


def settle(page: Page) -> None:
    """Wait until charts are drawn and the network is quiet."""
    page.wait_for_load_state("load")
    page.wait_for_function(ALL_DRAWN, timeout=15_000)
    page.wait_for_function("() => document.fonts.status === 'loaded'")


def problems(page: Page) -> list[str]:
    """Return sideways scroll and the violations that axe finds."""
    found = []
    root = "document.documentElement"
    if page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"):
        found.append("scrolls sideways")
    page.evaluate(AXE.read_text())
    for violation in page.evaluate(RUN_AXE):
        targets = "; ".join(str(node["target"][0]) for node in violation["nodes"][:3])
        found.append(f"axe {violation['id']}: {targets}")
    return found


def name_of(address: str) -> str:
    """Return a file name for an address."""
    return (
        re.sub(r"[^a-z0-9]+", "_", re.sub(r"<\w+:(\w+)>", r"\1", address)).strip("_") or "dashboard"
    )
