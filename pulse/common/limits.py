"""The largest body that is read: refused before it is, at the door of the server."""

import json
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from pulse.common.errors import error_body

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEBIBYTE = 2**20


class BodyLimit:
    """Answer 413 to a request whose body is larger than `max_bytes`.

    A declared length is refused at once. A body of undeclared length is counted while it comes
    in; past the limit the application is told that the client has gone, and the client is
    answered here.
    """

    def __init__(self, app: App, *, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self.max_bytes:
            await self._refuse(scope, send)
            return
        received = 0
        is_answered = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message if received <= self.max_bytes else {"type": "http.disconnect"}

        async def noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        await self.app(scope, counted, noted)
        if received > self.max_bytes and not is_answered:
            await self._refuse(scope, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        request_id = uuid.uuid4().hex
        message = f"The request is larger than {self.max_bytes // MEBIBYTE} MiB."
        if scope["path"].startswith("/api/"):
            kind = b"application/json"
            error = error_body(code="too_large", message=message, request_id=request_id)
            body = json.dumps(error).encode()
        else:
            kind = b"text/plain; charset=utf-8"
            body = f"{message} Go back and choose a smaller file. ({request_id})".encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
