"""What linters cannot see about the structure."""

import gzip
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
ENGINES = sorted(
    str(path.parent.relative_to(ROOT)).replace("/", ".")
    for path in ROOT.glob("*/engine/__init__.py")
)
APPS = ["common", "accounts", "billing", "market", "greeks", "backtests", "trading", "optimizer"]
TREE = [
    "manage.py", "pyproject.toml", "constraints.txt", "package.json", "package-lock.json",
    "Makefile", "LICENSE", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".env.example",
    ".ci/run", "pulse", "accounts", "billing", "market", "greeks", "backtests", "optimizer",
    "trading", "templates", "static", "tests", "docs/adr",
]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_engine_imports_without_django(engine: str) -> None:
    code = f"import sys, {engine}; sys.exit('django' in sys.modules or 'pulse' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, env={"PATH": ""})

    assert done.returncode == 0


def test_foreign_keys_point_down() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in APPS]

    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in ours
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label in APPS
        and APPS.index(field.related_model._meta.app_label) > APPS.index(model._meta.app_label)
        and field.related_model._meta.label != "accounts.User"  # the one that DESIGN allows
    ]

    assert upward == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_openapi_file_is_current() -> None:
    out = StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)

    assert (ROOT / "docs" / "reference" / "openapi.yaml").read_text() == out.getvalue()


def test_env_example_names_every_setting() -> None:
    source = (ROOT / "pulse" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, flags=re.MULTILINE))

    assert named == read


def test_tree_has_every_top_level_name() -> None:
    assert [name for name in TREE if not (ROOT / name).exists()] == []


def test_no_file_names_a_package_registry() -> None:
    hosts = "|".join(
        [
            "py" + "pi.org",
            "python" + "hosted.org",
            "registry.npm" + "js",
            "jsdel" + "ivr",
            "un" + "pkg.com",
        ]
    )
    tracked = subprocess.run(
        ["git", "grep", "-lIE", hosts], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert tracked.stdout == ""


def test_css_fits_its_budget() -> None:
    css = b"".join(path.read_bytes() for path in sorted((ROOT / "static" / "css").glob("*.css")))

    assert len(gzip.compress(css, 9)) <= 12 * 1024


def test_templates_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on")

    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if inline.search(path.read_text())
    ]

    assert found == []
