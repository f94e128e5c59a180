"""What every API endpoint shares: parsing, paging, limits and idempotency.

Views are typed loosely: the framework imports these classes while it builds its own view.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import IO, Any

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from pulse.common.errors import DomainError
from pulse.common.models import IdempotencyRecord

MAX_JSON_DEPTH = 32
LEASE = timedelta(seconds=60)
WINDOW_SECONDS = 60
BIGINT_DIGITS = 19
QUOTE = ord('"')
STEPS = bytes(
    {ord("["): 1, ord("{"): 1, ord("]"): 255, ord("}"): 255}.get(n, 0) for n in range(256)
)


class IdempotencyConflict(DomainError):
    """The key was used for another request, or its first request still runs."""

    default_code = "idempotency_conflict"


class IdempotencyMismatch(IdempotencyConflict):
    """The key was used before with another body."""

    default_code = "idempotency_mismatch"
    http_status = 422


class BoundedJSONParser(JSONParser):
    """JSON without NaN, and no deeper than 32 levels (deeper input would exhaust the parser)."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Parse the body, or refuse it with a sentence."""
        body = stream.read()
        if _is_too_deep(body):
            raise exceptions.ParseError(f"JSON may be nested {MAX_JSON_DEPTH} levels deep at most.")
        try:
            return json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, UnicodeDecodeError, RecursionError) as error:
            raise exceptions.ParseError(f"The body is not valid JSON: {error}.") from error


class HistoryPagination(CursorPagination):
    """Pages by cursor: stable while new rows arrive."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500
    ordering = "-pk"

    def decode_cursor(self, request: Request) -> Any:
        """Return the place where a page starts; a cursor that was not ours is not found."""
        cursor = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        position = str(cursor.position)
        if not (position.isascii() and position.isdecimal() and len(position) < BIGINT_DIGITS):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor


class UserRateThrottle(BaseThrottle):
    """A fixed window a user (or address): exactly the limit passes, told in `RateLimit-*`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and say whether it may pass."""
        limit = settings.API_RATE_PER_MINUTE
        window, spent = divmod(time.time(), WINDOW_SECONDS)
        ident = f"u{request.user.pk}" if request.user.is_authenticated else self.get_ident(request)
        key = f"rate:{ident}:{int(window)}"
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        try:
            used = cache.incr(key)
        except ValueError:  # the entry was evicted between the two calls
            used = 1
        self.seconds_left = WINDOW_SECONDS - spent
        request._request.rate_limit = {  # type: ignore[attr-defined]  # noqa: SLF001 -- read by the middleware
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - used)),
            "RateLimit-Reset": str(int(self.seconds_left) + 1),
        }
        return bool(used <= limit)

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.seconds_left


def idempotent(
    method: Callable[..., Response],
) -> Callable[..., Response]:
    """Let a mutating endpoint honour `Idempotency-Key`.

    Same key and body: the stored answer. Same key, other body: 422. Same key while the first
    request still runs: 409. The answer is stored in the transaction of the effect; a request that
    was refused leaves no trace, so it may be sent again.
    """

    @wraps(method)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return method(view, request, *args, **kwargs)
        if len(key) > 255:  # noqa: PLR2004 -- the column's length
            raise exceptions.ParseError("Idempotency-Key may have 255 characters at most.")
        record = _begin(request, key)
        if record.response_status is not None:
            return Response(record.response_body, status=record.response_status)
        try:
            with transaction.atomic():
                response = method(view, request, *args, **kwargs)
                record.response_status = response.status_code
                record.response_body = response.data
                record.save(update_fields=["response_status", "response_body"])
        except BaseException:
            record.delete()
            raise
        return response

    return answer


def _begin(request: Request, key: str) -> IdempotencyRecord:
    now = timezone.now()
    body = json.dumps(request.data, sort_keys=True, default=_digest_of)
    request_hash = hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(
                owner_id=request.user.pk or 0, key=key, request_hash=request_hash, created_at=now
            )
    except IntegrityError:
        record = IdempotencyRecord.objects.filter(owner_id=request.user.pk, key=key).first()
    if record is None:  # the first request was refused in between and left no trace
        raise IdempotencyConflict("The first request with this Idempotency-Key was just refused.")
    if record.request_hash != request_hash:
        raise IdempotencyMismatch("This Idempotency-Key was used for another request.")
    if record.response_status is None:
        abandoned = IdempotencyRecord.objects.filter(pk=record.pk, created_at__lt=now - LEASE)
        if not abandoned.update(created_at=now):
            raise IdempotencyConflict("The first request with this Idempotency-Key still runs.")
    return record


def _digest_of(value: Any) -> str:
    """Return what stands for a value in the hash of a request: a file counts by what it holds."""
    if not isinstance(value, File):
        return str(value)
    digest = hashlib.file_digest(value, "sha256").hexdigest()
    value.seek(0)
    return digest


def _is_too_deep(body: bytes) -> bool:
    """Whether brackets outside strings nest too deep; whole arrays at once, no recursion."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")  # a backslash may stand in strings only
    letters = np.frombuffer(plain, np.uint8)
    n_quotes = np.cumsum(letters == QUOTE, dtype=np.uint8)  # only odd or even counts
    steps = np.frombuffer(STEPS, np.int8)[letters[n_quotes % 2 == 0]]
    depths = np.cumsum(steps[steps != 0], dtype=np.int32)
    return bool(depths.size and depths.max() > MAX_JSON_DEPTH)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
