"""The papers say what is: links lead somewhere, settings and errors are all told."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from pulse.common.errors import DomainError

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
ERRORS = ROOT / "docs" / "reference" / "errors.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
ADR_WORDS = 400
APPS = ["pulse", "accounts", "billing", "market", "greeks", "backtests", "trading", "optimizer"]


def papers() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    found = listed or [str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")]
    return [ROOT / name for name in sorted(found) if (ROOT / name).exists()]


def anchors_of(paper: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", paper.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_in_first_column(paper: Path) -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", paper.read_text(), re.MULTILINE))


@pytest.mark.parametrize("paper", papers(), ids=lambda paper: str(paper.relative_to(ROOT)))
def test_relative_links_lead_to_files(paper: Path) -> None:
    targets = LINK.findall(FENCED.sub("", paper.read_text()))

    broken = []
    for target in targets:
        name, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = (paper.parent / name) if name else paper
        if not place.exists() or (
            anchor and place.suffix == ".md" and anchor not in anchors_of(place)
        ):
            broken.append(target)

    assert broken == []


def test_settings_page_names_what_the_example_names() -> None:
    example = (ROOT / ".env.example").read_text()

    given = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))

    assert named_in_first_column(SETTINGS) == given


def test_settings_page_names_what_the_settings_read() -> None:
    code = (ROOT / "pulse" / "settings.py").read_text()

    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", code))

    assert read == named_in_first_column(SETTINGS)


def constants_of(kind: ast.ClassDef) -> dict[str, object]:
    """Class attributes that are plain values, by name."""
    found: dict[str, object] = {}
    for line in kind.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            found[target.id] = value.value
    return found


def test_errors_page_names_every_refusal_with_its_status() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    kinds = [
        constants_of(node)
        for path in files
        if "default_code" in (code := path.read_text())
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ClassDef) and node.name != "DomainError"
    ]

    refusals = {
        (str(kind.get("http_status", DomainError.http_status)), kind["default_code"])
        for kind in kinds
        if "default_code" in kind
    }
    told = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", ERRORS.read_text(), re.MULTILINE))

    assert len(refusals) > 10
    assert refusals - told == set()


def test_decisions_are_numbered_short_and_complete() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

    numbers = [int(path.name[:4]) for path in decisions]
    too_long = [path.name for path in decisions if len(path.read_text().split()) > ADR_WORDS]
    parts = [re.findall(r"^## (\w+)", path.read_text(), re.MULTILINE) for path in decisions]

    assert numbers == list(range(1, len(decisions) + 1))
    assert too_long == []
    assert parts == [["Context", "Decision", "Consequences", "Alternatives"]] * len(decisions)
