"""How long a stream of events may stay open."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncRequestFactory
from django.utils import timezone

from accounts.services import create_api_key, revoke_api_key
from pulse.common import streams
from tests.factories.users import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def ends(lines: AsyncIterator[str]) -> bool:
    return await anext(lines, None) is None


async def test_stream_ends_when_its_key_is_revoked(monkeypatch) -> None:
    monkeypatch.setattr(streams, "RECHECK_EVERY", 0.0)
    monkeypatch.setattr(streams, "KEEP_ALIVE_EVERY", 0.05)
    now = timezone.now()
    user = await sync_to_async(make_user)()
    key, secret = await sync_to_async(create_api_key)(
        owner=user, name="n", scopes=["read"], now=now
    )
    request = AsyncRequestFactory().get(
        "/api/v1/events/stream/", headers={"Authorization": f"Bearer {secret}"}
    )

    lines = aiter((await streams.event_stream(request)).streaming_content)
    first = [await anext(lines) for _ in range(2)]
    await sync_to_async(revoke_api_key)(key=key, now=now)

    assert first == [b"retry: 1000\n\n", b": still here\n\n"]
    assert await asyncio.wait_for(ends(lines), 3)
