"""Refusals that a user can act on, and the one shape in which every door tells them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError


class DomainError(ValidationError):
    """A refusal with a stable code and a sentence that says what to do.

    Raised by services, declared in their module. Forms show it (422), the API maps it to
    ``http_status``, tests match its class.

    Parameters
    ----------
    message : str or dict of str to str
        One sentence, or one a field.
    """

    default_code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 409

    def __init__(self, message: str | Mapping[str, str]) -> None:
        super().__init__(
            dict(message) if isinstance(message, Mapping) else message, code=self.default_code
        )

    @property
    def sentence(self) -> str:
        """The refusal in words, fields joined."""
        return " ".join(self.messages)


def error_body(
    *, code: str, message: str, request_id: str, details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the one JSON shape of an error."""
    return {
        "error": {
            "code": code,
            "message": message,
            "details": dict(details or {}),
            "request_id": request_id,
        }
    }
