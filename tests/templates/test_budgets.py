"""What the front end may weigh, and what the content security policy forbids."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def gzipped(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_style_sheets_weigh_at_most_twelve_kilobytes():
    assert gzipped(sorted((ROOT / "static" / "css").glob("*.css"))) <= 12_000


def test_scripts_of_the_frame_weigh_at_most_seven_kilobytes():
    scripts = ROOT / "static" / "js"
    names = re.findall(r'import "\./([\w/]+\.js)"', (scripts / "app.js").read_text())

    assert gzipped([scripts / name for name in ("app.js", *names)]) <= 7_000


def test_scripts_of_charts_weigh_at_most_thirteen_kilobytes():
    # with those of the frame: 20 kB beside the libraries
    assert gzipped(sorted((ROOT / "static" / "js" / "charts").glob("*.js"))) <= 13_000


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"<style", id="style element"),
        pytest.param(r"\sstyle=", id="style attribute"),
        pytest.param(r"<script(?![^>]*\ssrc=)", id="script without a source"),
        pytest.param(r"\son[a-z]+=", id="event attribute"),
        pytest.param(r"\shx-on", id="htmx handler, which needs eval"),
        pytest.param(r'hx-trigger="[^"]*\[', id="htmx trigger filter, which needs eval"),
        pytest.param(r"https?://[^\"]*\.(?:js|css|woff2?)", id="file of another host"),
    ],
)
def test_templates_keep_the_content_security_policy(pattern):
    offenders = [path.name for path in TEMPLATES if re.search(pattern, path.read_text())]

    assert offenders == []


def test_every_icon_that_a_template_names_is_drawn():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))
    named = set()
    for path in TEMPLATES:
        text = path.read_text()
        named |= set(re.findall(r'<c-icon name="([\w-]+)"', text))
        named |= set(re.findall(r'\sicon="([\w-]+)"', text))

    assert named - drawn == set()


def test_lock_file_names_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
