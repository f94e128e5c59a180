"""Events as a stream of server-sent events, for clients that only listen."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from pulse.common import events
from pulse.common.errors import error_body
from pulse.common.sessions import session_holds

KEEP_ALIVE_EVERY = 15.0
RECHECK_EVERY = 60.0
RETRY_MS = 1000


@require_GET
@login_not_required
async def event_stream(request: HttpRequest) -> HttpResponseBase:
    """Stream the caller's events; `Last-Event-ID` resumes after a stored one."""
    owner_id = await database_sync_to_async(_owner_of)(request)
    if owner_id is None:
        request_id = getattr(request, "request_id", "")
        body = error_body(
            code="not_authenticated",
            message="Sign in, or send an API key with the scope read.",
            request_id=request_id,
        )
        return JsonResponse(body, status=401)
    latest = request.headers.get("Last-Event-ID", "")
    after = int(latest) if latest.isdecimal() and len(latest) < 19 else None  # noqa: PLR2004 -- bigint
    response = StreamingHttpResponse(
        _lines(request, owner_id, after), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _lines(request: HttpRequest, owner_id: int, after: int | None) -> AsyncIterator[str]:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    group = events.group_of(owner_id)
    await layer.group_add(group, channel)  # before the look back, so that nothing falls between
    try:
        yield f"retry: {RETRY_MS}\n\n"
        sent: set[int | None] = set()
        if after is not None:
            async for event in events.missed_events(owner_id=owner_id, seq=after):
                sent.add(event["seq"])
                yield _line(event)
        checked_at = time.monotonic()
        while True:
            if time.monotonic() - checked_at > RECHECK_EVERY:
                checked_at = time.monotonic()
                if not await database_sync_to_async(_still_holds)(request, owner_id):
                    return
            try:
                message = await asyncio.wait_for(layer.receive(channel), KEEP_ALIVE_EVERY)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            event = message["event"]
            if event["seq"] not in sent:
                yield _line(event)
    finally:
        await layer.group_discard(group, channel)


def _line(event: events.Event) -> str:
    number = f"id: {event['seq']}\n" if event["seq"] is not None else ""
    return f"{number}event: {event['kind']}\ndata: {json.dumps(event)}\n\n"


def _owner_of(request: HttpRequest) -> int | None:
    """Return who asks, by the same means as the rest of the API; None where nobody may."""
    settings: Any = api_settings
    wrapped: Any = Request(
        request, authenticators=[cls() for cls in settings.DEFAULT_AUTHENTICATION_CLASSES]
    )
    try:
        user = wrapped.user
        allowed = all(
            cls().has_permission(wrapped, None) for cls in settings.DEFAULT_PERMISSION_CLASSES
        )
    except APIException:
        return None
    return user.pk if user.is_authenticated and allowed else None


def _still_holds(request: HttpRequest, owner_id: int) -> bool:
    """Whether the key or the session that opened a stream still may."""
    if request.headers.get("Authorization"):
        return _owner_of(request) == owner_id
    return session_holds(session_key=request.session.session_key, user_id=owner_id)
