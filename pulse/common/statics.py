"""Static files as they are now, also after an update under a running server."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class StaticMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped base
    """WhiteNoise, which keeps the length of each file from the start, looking at the file anew.

    A file that grew would be cut off at its old length, one that shrank never end; a file that
    came later would not be found. One look at the file's date a request makes all of it right.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve a static file, or pass the request on."""
        if not self.autorefresh and request.path_info.startswith(self.static_prefix):
            self._refresh(request.path_info)
        response: HttpResponseBase = super().__call__(request)
        return response

    def _refresh(self, url: str) -> None:
        known = self.files.get(url)
        if known is not None and _is_as_found(known):
            return
        found = self.find_file(url)
        if found is None:
            self.files.pop(url, None)
        else:
            self.files[url] = found


def _is_as_found(known: Any) -> bool:
    """Whether the file still has the date and length that its tag tells."""
    try:
        now = Path(known.alternatives[-1][1]).stat()
    except FileNotFoundError:
        return False
    return bool(known.etag == f'"{int(now.st_mtime):x}-{now.st_size:x}"')
