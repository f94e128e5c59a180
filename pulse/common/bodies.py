"""Bodies of requests are left to Django: the server only takes them in."""

from typing import Any

from daphne import http_protocol


class PlainRequest(http_protocol.WebRequest):  # type: ignore[misc]  # untyped base
    """A request whose form nobody parses on the loop that serves everybody.

    Twisted reads forms on arrival, for an `args` that daphne never looks at: a file of 50 MiB
    would stop every page for more than a second, whoever sent it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, parsePOSTFormSubmission=False)


def leave_bodies_to_django() -> None:
    """Make the server take in bodies as they are."""
    http_protocol.WebRequest = PlainRequest
