import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from pulse.common.limits import BodyLimit

LIMIT = 2**20


async def echo_length(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the number of bytes read, or with 499 where the client has gone."""
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            await send({"type": "http.response.start", "status": 499, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        length += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def ask(path: str, chunks: list[bytes], declared: int | None = None) -> tuple[int, bytes]:
    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    call = ApplicationCommunicator(BodyLimit(echo_length, max_bytes=LIMIT), scope)
    for number, chunk in enumerate(chunks):
        more = number + 1 < len(chunks)
        await call.send_input({"type": "http.request", "body": chunk, "more_body": more})
    start = await call.receive_output(1)
    body = await call.receive_output(1)
    return start["status"], body["body"]


@pytest.mark.asyncio
async def test_body_of_exactly_the_limit_passes() -> None:
    assert await ask("/data/", [b"x" * LIMIT], LIMIT) == (200, str(LIMIT).encode())


@pytest.mark.asyncio
async def test_declared_body_over_the_limit_is_refused_unread() -> None:
    status, body = await ask("/api/v1/backtests/", [], 60 * LIMIT)

    error = json.loads(body)["error"]
    assert status == 413
    assert (error["code"], error["message"]) == ("too_large", "The request is larger than 1 MiB.")


@pytest.mark.asyncio
async def test_page_over_the_limit_is_a_sentence() -> None:
    status, body = await ask("/data/uploads/new/", [], LIMIT + 1)

    assert status == 413
    assert body.startswith(b"The request is larger than 1 MiB. Go back and choose a smaller file.")


@pytest.mark.asyncio
async def test_undeclared_body_over_the_limit_is_cut_off() -> None:
    status, _ = await ask("/data/", [b"x" * LIMIT, b"x"])

    assert status == 499


async def give_up(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read to the end and answer nothing to a client that has gone, as Django does."""
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.asyncio
async def test_undeclared_body_over_the_limit_is_answered() -> None:
    scope = {"type": "http", "method": "POST", "path": "/api/v1/backtests/", "headers": []}
    call = ApplicationCommunicator(BodyLimit(give_up, max_bytes=LIMIT), scope)
    for chunk in (b"x" * LIMIT, b"x"):
        await call.send_input({"type": "http.request", "body": chunk, "more_body": True})

    start, body = await call.receive_output(1), await call.receive_output(1)

    assert start["status"] == 413
    assert json.loads(body["body"])["error"]["code"] == "too_large"
