"""The sockets, asked through the whole ASGI application."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.services import create_api_key, revoke_api_key
from pulse.asgi import application
from pulse.common import consumers, events
from pulse.common.models import OutboxEvent
from tests.factories.runs import NOW, make_run
from tests.factories.users import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SOON = 0.3


@asynccontextmanager
async def socket(path: str, user: User | None) -> AsyncIterator[WebsocketCommunicator]:
    """A connected socket in the browser of `user`, of nobody if None."""
    headers = [(b"origin", b"http://127.0.0.1"), (b"host", b"127.0.0.1")]
    if user is not None:
        client = Client()
        await sync_to_async(client.force_login)(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    communicator = WebsocketCommunicator(application, path, headers=headers)
    yield communicator
    await communicator.disconnect()


async def push(user: User, payload: dict[str, Any], seq: int | None = None) -> None:
    event = events.Event(seq=seq, kind="job.progress", at=NOW.isoformat(), payload=payload)
    message = {"type": "event", "event": event}
    await get_channel_layer().group_send(events.group_of(user.pk), message)


async def told(communicator: WebsocketCommunicator) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await communicator.receive_from(timeout=3))
    return answer


async def make(**names: str) -> User:
    return await sync_to_async(make_user)(**names)


@pytest.mark.parametrize("path", ["/ws/page/", "/ws/v1/"])
async def test_socket_of_nobody_is_refused(path: str) -> None:
    async with socket(path, None) as nobody:
        is_open, code = await nobody.connect()

    assert (is_open, code) == (False, consumers.CLOSE_UNAUTHORIZED)


async def test_burst_of_progress_reaches_a_client_bounded_and_with_its_last() -> None:
    user = await make()
    async with socket("/ws/v1/", user) as client:
        assert (await client.connect())[0]
        for done in range(500):
            await push(user, {"kind": "backtestrun", "id": 7, "progress": done / 499})
            if done % 50 == 0:
                await asyncio.sleep(0.01)
        seen = []
        while not seen or seen[-1] < 1.0:
            seen.append((await told(client))["payload"]["progress"])

    assert len(seen) < 20
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_stored_event_overtakes_waiting_progress_of_its_job() -> None:
    user = await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await push(user, {"kind": "backtestrun", "id": 7, "progress": 0.1})
        await told(client)
        await push(user, {"kind": "backtestrun", "id": 7, "progress": 0.5})
        await push(user, {"kind": "backtestrun", "id": 7, "progress": 1.0}, seq=12)

        assert (await told(client))["seq"] == 12
        assert await client.receive_nothing(SOON)  # the half-way mark is out of date


async def test_events_of_another_user_are_never_seen() -> None:
    user, other = await make(), await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await push(other, {"kind": "backtestrun", "id": 7}, seq=3)

        assert await client.receive_nothing(SOON)


async def test_client_resumes_after_the_number_it_saw() -> None:
    user, other = await make(), await make()
    publish = sync_to_async(events.publish)
    for words, owner in (("a", user), ("b", user), ("x", other), ("c", user)):
        await publish(owner_id=owner.pk, kind="test.said", payload={"words": words}, now=NOW)
    first = await sync_to_async(
        lambda: events.events_after(owner_id=user.pk, seq=0).values_list("pk", flat=True)[0]
    )()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await client.send_to(json.dumps({"type": "resume", "last_seq": first}))
        words = [(await told(client))["payload"]["words"] for _ in range(2)]

        assert words == ["b", "c"]
        assert await client.receive_nothing(SOON)


async def test_subscription_follows_one_own_job_and_no_foreign_one() -> None:
    user, other = await make(), await make()
    mine = await sync_to_async(make_run)(user)
    theirs = await sync_to_async(make_run)(other)
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        for run in (theirs, mine):
            channel = f"job:backtestrun:{run.pk}"
            await client.send_to(json.dumps({"type": "subscribe", "channel": channel}))
        assert (await told(client))["error"]["code"] == "not_found"
        assert (await told(client))["type"] == "subscribed"
        await push(user, {"kind": "backtestrun", "id": mine.pk + 1000}, seq=1)
        await push(user, {"kind": "backtestrun", "id": mine.pk}, seq=2)

        assert (await told(client))["seq"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "7",
        json.dumps({"type": "unknown"}),
        json.dumps({"type": "resume", "last_seq": "12"}),
        json.dumps({"type": "subscribe", "channel": 5}),
        "[" * 2000,
    ],
)
async def test_message_that_makes_no_sense_is_refused_and_the_socket_lives(text: str) -> None:
    user = await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await client.send_to(text)
        assert (await told(client))["error"]["code"] == "bad_message"

        await client.send_to(json.dumps({"type": "ping"}))
        assert (await told(client))["type"] == "pong"


async def test_message_too_big_closes_the_socket() -> None:
    user = await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await client.send_to("x" * (consumers.MAX_MESSAGE + 1))
        closed = await client.receive_output(timeout=3)

    assert closed == {"type": "websocket.close", "code": consumers.CLOSE_TOO_BIG}


async def test_page_socket_sends_the_fragments_of_a_job() -> None:
    user = await make()
    run = await sync_to_async(make_run)(user, progress=0.25)
    async with socket("/ws/page/", user) as page:
        await page.connect()
        await sync_to_async(_publish_job)(run)
        html = await page.receive_from(timeout=3)

    assert f"{run.kind()}-{run.pk}" in html


def _publish_job(run: Any) -> None:
    from pulse.common.jobs import publish_job  # noqa: PLC0415 -- beside its only use

    publish_job(run, now=NOW)


async def test_resume_gives_everything_however_long_the_client_was_away(monkeypatch) -> None:
    monkeypatch.setattr(events, "RESUME_PAGE", 3)
    user = await make()
    rows = [
        OutboxEvent(owner=user, kind="job.changed", payload={"n": n}, created_at=NOW)
        for n in range(8)
    ]
    await sync_to_async(OutboxEvent.objects.bulk_create)(rows)
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await client.send_json_to({"type": "resume", "last_seq": 0})

        seen = [(await told(client))["payload"]["n"] for _ in range(8)]

    assert seen == list(range(8))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"bytes_data": b"\0"}, id="binary"),
        pytest.param({"text_data": "x" * 4097}, id="4,097 characters"),
    ],
)
async def test_message_of_a_wrong_size_closes_with_a_code_that_servers_may_send(sent: Any) -> None:
    user = await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        await client.send_to(**sent)

        closed = await client.receive_output(timeout=3)

    assert closed["type"] == "websocket.close"
    assert 3000 <= closed["code"] <= 4999  # RFC 6455, 7.4.2: the codes of applications


async def test_fifty_first_message_of_a_second_closes_the_socket(monkeypatch) -> None:
    monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: 7.5))
    user = await make()
    async with socket("/ws/v1/", user) as client:
        await client.connect()
        for _ in range(51):
            await client.send_json_to({"type": "ping"})
        answers = [await client.receive_output(timeout=3) for _ in range(51)]

    assert [one["type"] for one in answers] == ["websocket.send"] * 50 + ["websocket.close"]


async def test_socket_past_the_limit_of_a_user_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(consumers, "MAX_SOCKETS", 1)
    user = await make()
    async with socket("/ws/v1/", user) as first:
        assert (await first.connect())[0]
        async with socket("/ws/v1/", user) as second:
            assert await second.connect() == (False, consumers.CLOSE_TOO_MANY)

    async with socket("/ws/v1/", user) as again:
        assert (await again.connect())[0]


async def test_socket_ends_when_its_user_signs_out(monkeypatch) -> None:
    monkeypatch.setattr(consumers, "RECHECK_EVERY", 0.05)
    user = await make()
    async with socket("/ws/page/", user) as page:
        await page.connect()
        assert await page.receive_nothing(timeout=SOON)

        await sync_to_async(Session.objects.all().delete)()
        closed = await page.receive_output(timeout=3)

    assert (closed["type"], closed["code"]) == ("websocket.close", consumers.CLOSE_UNAUTHORIZED)


async def test_socket_ends_when_its_key_is_revoked(monkeypatch) -> None:
    monkeypatch.setattr(consumers, "RECHECK_EVERY", 0.05)
    user = await make()
    key, secret = await sync_to_async(create_api_key)(
        owner=user, name="n", scopes=["read"], now=NOW
    )
    program = WebsocketCommunicator(
        application, "/ws/v1/", headers=[(b"authorization", f"Bearer {secret}".encode())]
    )
    assert (await program.connect())[0]
    assert await program.receive_nothing(timeout=SOON)

    await sync_to_async(revoke_api_key)(key=key, now=NOW)
    closed = await program.receive_output(timeout=3)

    assert (closed["type"], closed["code"]) == ("websocket.close", consumers.CLOSE_UNAUTHORIZED)
    await program.disconnect()
