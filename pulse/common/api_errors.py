"""How the API tells a refusal: one shape for all of them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from pulse.common.errors import DomainError, error_body


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an error in the one shape; what is not a refusal stays a bug and rises."""
    request_id = getattr(context["request"], "request_id", "")
    if isinstance(error, DomainError):
        http_status, code = error.http_status, error.default_code
        message, details = error.sentence, _details_of(error)
    elif isinstance(error, DjangoValidationError):
        http_status, code = status.HTTP_400_BAD_REQUEST, "invalid"
        message, details = " ".join(error.messages), _details_of(error)
    elif isinstance(error, Http404):
        http_status, code, details = status.HTTP_404_NOT_FOUND, "not_found", {}
        message = "There is nothing here that you may see."
    else:
        response = drf_exception_handler(error, dict(context))
        if response is None:
            return None
        code, message, details = _api_exception(error)
        response.data = error_body(
            code=code, message=message, request_id=request_id, details=details
        )
        return response
    body = error_body(code=code, message=message, request_id=request_id, details=details)
    return Response(body, status=http_status)


def _details_of(error: DjangoValidationError) -> dict[str, Any]:
    if hasattr(error, "error_dict"):
        return {field: list(messages) for field, messages in error.message_dict.items()}
    return {}


def _api_exception(error: Exception) -> tuple[str, str, dict[str, Any]]:
    if isinstance(error, exceptions.ValidationError):
        details = error.detail if isinstance(error.detail, dict) else {"body": error.detail}
        fields = ", ".join(str(field) for field in details)
        return "invalid", f"Some values were refused: {fields}.", details
    if isinstance(error, exceptions.Throttled):
        return (
            "rate_limited",
            f"Too many requests. Try again in {int(getattr(error, 'wait', None) or 0) + 1} s.",
            {},
        )
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        return (codes if isinstance(codes, str) else "refused"), str(error.detail), {}
    if isinstance(error, PermissionDenied):
        return "permission_denied", "You may not do this.", {}
    return "refused", str(error), {}
