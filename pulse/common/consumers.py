"""The two sockets: `/ws/page/` sends HTML fragments to pages, `/ws/v1/` JSON to programs.

Both listen to the group of their own user; the group's name is made here, never taken from a
client. Progress is coalesced: the latest state of each job at most four times a second.
"""

import asyncio
import contextlib
import json
import time
from collections import Counter
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from pulse.common import events
from pulse.common.jobs import job_models, n_active_jobs_of
from pulse.common.sessions import session_holds

FLUSH_EVERY = 0.2
CLOSE_UNAUTHORIZED = 4401
CLOSE_TOO_BIG = 4413
CLOSE_TOO_MANY = 4429
RECHECK_EVERY = 60.0
MAX_SOCKETS = 20
MAX_MESSAGES_A_SECOND = 50
MAX_MESSAGE = 4096


_open_here: Counter[int] = Counter()  # sockets of each user in this process


class UserConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # untyped base
    """A socket of one signed-in user; it closes when the sign-in or the key ends."""

    async def connect(self) -> None:
        self.user = self.scope.get("user")
        self._pending: dict[str, events.Event] = {}
        self._flusher: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        if not self.user or not self.user.is_authenticated:
            await self.close(code=CLOSE_UNAUTHORIZED)
            return
        if _open_here[self.user.pk] >= MAX_SOCKETS:
            await self.close(code=CLOSE_TOO_MANY)
            return
        _open_here[self.user.pk] += 1
        self._watcher = asyncio.create_task(self._watch())
        await self.channel_layer.group_add(events.group_of(self.user.pk), self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if self._flusher:
            self._flusher.cancel()
        if self._watcher:
            self._watcher.cancel()
            _open_here[self.user.pk] -= 1
            await self.channel_layer.group_discard(events.group_of(self.user.pk), self.channel_name)

    async def _watch(self) -> None:
        """Close the socket soon after its sign-in or key ends."""
        while True:
            await asyncio.sleep(RECHECK_EVERY)
            if not await database_sync_to_async(self._may_stay)():
                await self.close(code=CLOSE_UNAUTHORIZED)
                return

    def _may_stay(self) -> bool:
        by_key = self.scope.get("key_holds")
        if by_key:
            return bool(by_key())
        return session_holds(session_key=self.scope["session"].session_key, user_id=self.user.pk)

    async def event(self, message: dict[str, Any]) -> None:
        """Send a stored event at once; keep only the latest progress of each job."""
        event: events.Event = message["event"]
        subject = f"{event['payload'].get('kind')}-{event['payload'].get('id')}"
        if event["seq"] is not None:
            self._pending.pop(subject, None)
            await self.deliver(event)
            return
        self._pending[subject] = event
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self._pending:
            waiting, self._pending = self._pending, {}
            for event in waiting.values():
                await self.deliver(event)
            await asyncio.sleep(FLUSH_EVERY)

    async def deliver(self, event: events.Event) -> None:
        raise NotImplementedError


class NotFoundConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # untyped base
    """A socket at an address that does not exist is refused, without a traceback."""

    async def connect(self) -> None:
        await self.close(code=4404)


class PageConsumer(UserConsumer):
    """Fragments for the pages of a user, rendered from the partials that the pages use."""

    async def deliver(self, event: events.Event) -> None:
        if event["kind"].startswith("job."):
            html = await database_sync_to_async(_job_fragments)(event, self.user.pk)
            await self.send(text_data=html)


class ApiConsumer(UserConsumer):
    """Events as JSON.

    A client may send `{"type": "resume", "last_seq": 12}` to get what it missed and
    `{"type": "subscribe", "channel": "job:backtestrun:7"}` to follow one job only
    (`"channel": "events"`, the default, is everything of its own).
    """

    channel: ClassVar[str] = "events"

    async def connect(self) -> None:
        self.followed: str | None = None
        self.second, self.n_messages = 0, 0
        await super().connect()

    async def deliver(self, event: events.Event) -> None:
        payload = event["payload"]
        if self.followed in (None, f"job:{payload.get('kind')}:{payload.get('id')}"):
            await self.send(text_data=json.dumps({"type": "event", **event}))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None or len(text_data or "") > MAX_MESSAGE:
            await self.close(code=CLOSE_TOO_BIG)
            return
        if self._is_flooded():
            await self.close(code=CLOSE_TOO_MANY)
            return
        message: Any = None
        with contextlib.suppress(ValueError, RecursionError):
            message = json.loads(text_data or "")
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "resume" and isinstance(message.get("last_seq"), int):
            await self._resume(message["last_seq"])
        elif kind == "subscribe" and isinstance(message.get("channel"), str):
            await self._subscribe(message["channel"])
        elif kind == "ping":
            await self.send(text_data=json.dumps({"type": "pong"}))
        else:
            await self._refuse("bad_message", "Send resume, subscribe or ping as JSON.")

    def _is_flooded(self) -> bool:
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.n_messages = second, 0
        self.n_messages += 1
        return self.n_messages > MAX_MESSAGES_A_SECOND

    async def _resume(self, last_seq: int) -> None:
        async for event in events.missed_events(owner_id=self.user.pk, seq=last_seq):
            await self.deliver(event)

    async def _subscribe(self, channel: str) -> None:
        if channel != "events" and not await database_sync_to_async(_owns)(self.user.pk, channel):
            await self._refuse("not_found", "There is no such channel that you may follow.")
            return
        self.followed = None if channel == "events" else channel
        await self.send(text_data=json.dumps({"type": "subscribed", "channel": channel}))

    async def _refuse(self, code: str, message: str) -> None:
        await self.send(
            text_data=json.dumps({"type": "error", "error": {"code": code, "message": message}})
        )


def _job_fragments(event: events.Event, owner_id: int) -> str:
    payload = event["payload"]
    announce = event["seq"] is not None
    context = {
        "job": {**payload, "pk": payload["id"], "get_absolute_url": payload["url"]},
        "announce": announce,
        "n_active": n_active_jobs_of(owner_id) if announce else 0,
    }
    return render_to_string("common/job_event.html", context)


def _owns(owner_id: int, channel: str) -> bool:
    word, _, rest = channel.partition(":")
    kind, _, pk = rest.partition(":")
    model = job_models().get(kind)
    if word != "job" or model is None or not pk.isdecimal() or len(pk) > 18:  # noqa: PLR2004 -- bigint
        return False
    return bool(model._default_manager.filter(pk=int(pk), owner_id=owner_id).exists())
