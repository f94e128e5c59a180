"""The papers say what is: links lead somewhere, settings and errors are all told."""

import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from pulse.common.errors import DomainError

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
ERRORS = ROOT / "docs" / "reference" / "errors.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
ADR_WORDS = 400


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


def test_errors_page_names_every_refusal_with_its_status() -> None:
    for path in ROOT.glob("*/**/*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_ours = parts[0] in {"pulse", "accounts", "market", "greeks", "backtests"}
        if is_ours and "DomainError" in path.read_text():
            import_module(".".join(parts).removesuffix(".__init__"))

    def below(kind: type[DomainError]) -> list[type[DomainError]]:
        return [k for child in kind.__subclasses__() for k in (child, *below(child))]

    ours = [kind for kind in below(DomainError) if not kind.__module__.startswith("tests")]
    refusals = {(str(kind.http_status), kind.default_code) for kind in ours}
    told = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", ERRORS.read_text(), re.MULTILINE))

    assert refusals - told == set()


def test_decisions_are_numbered_short_and_complete() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))

    numbers = [int(path.name[:4]) for path in decisions]
    too_long = [path.name for path in decisions if len(path.read_text().split()) > ADR_WORDS]
    parts = [re.findall(r"^## (\w+)", path.read_text(), re.MULTILINE) for path in decisions]

    assert numbers == list(range(1, len(decisions) + 1))
    assert too_long == []
    assert parts == [["Context", "Decision", "Consequences", "Alternatives"]] * len(decisions)
