"""Static files that change under a running server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import RequestFactory

from pulse.common.statics import StaticMiddleware


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.STATICFILES_DIRS = [tmp_path]
    settings.DEBUG = settings.WHITENOISE_AUTOREFRESH = False
    finders.get_finder.cache_clear()
    yield tmp_path
    finders.get_finder.cache_clear()


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text)
    os.utime(path, (at, at))


def test_file_that_changed_is_served_whole(folder: Path) -> None:
    write(folder / "a.js", "one", 1_700_000_000)
    server = StaticMiddleware(lambda _request: HttpResponse(status=404))

    def answer(name: str) -> tuple[int, str, bytes]:
        response = server(RequestFactory().get(f"/static/{name}"))
        body = b"".join(response) if response.status_code == 200 else b""
        response.close()
        return response.status_code, response.headers.get("Content-Length", ""), body

    before = answer("a.js")
    write(folder / "a.js", "one and more", 1_700_000_100)
    write(folder / "b.js", "new", 1_700_000_100)

    assert before == (200, "3", b"one")
    assert answer("a.js") == (200, "12", b"one and more")
    assert answer("b.js") == (200, "3", b"new")
    (folder / "a.js").unlink()
    assert answer("a.js")[0] == 404
    assert answer("../pulse/settings.py")[0] == 404
