"""What happened, told to its owner: pages, WebSocket clients and event streams.

``publish`` is the only way out. Durable events are stored in the same transaction and carry a
number; a client that was away asks for what came after it. Others (progress) are only pushed.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypedDict

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from pulse.common.models import OutboxEvent

logger = logging.getLogger(__name__)

RESUME_PAGE = 1000


class Event(TypedDict):
    """One event as it is sent; ``seq`` is None where the event is not stored."""

    seq: int | None
    kind: str
    at: str
    payload: dict[str, Any]


def group_of(user_id: int) -> str:
    """Return the channel group of a user; made by the server, never taken from a client."""
    return f"user.{user_id}"


def publish(
    *, owner_id: int, kind: str, payload: Mapping[str, Any], now: datetime, durable: bool = True
) -> None:
    """Tell the owner's pages and clients, once the surrounding transaction has committed.

    Parameters
    ----------
    owner_id : int
        Who may see it.
    kind : str
        Dotted name, such as ``job.changed``.
    payload : mapping
        Plain JSON values.
    now : datetime
        When it happened, aware.
    durable : bool
        Store it, so that clients can resume after it.
    """
    seq = None
    with transaction.atomic():
        if durable:
            _one_at_a_time(owner_id)
            row = OutboxEvent.objects.create(
                owner_id=owner_id, kind=kind, payload=dict(payload), created_at=now
            )
            seq = row.pk
        event = Event(seq=seq, kind=kind, at=now.isoformat(), payload=dict(payload))
        transaction.on_commit(partial(_send, owner_id, event))


def _one_at_a_time(owner_id: int) -> None:
    """Let the events of a user commit in the order of their numbers.

    A client resumes after the highest number it saw; one that committed later under a lower
    number would be lost to it. The owner's row is held until the transaction ends, in the mode
    that rows referring to it do not wait for.
    """
    users = get_user_model()._default_manager.filter(pk=owner_id)
    users.select_for_update(no_key=True).values_list("pk", flat=True).first()


def events_after(*, owner_id: int, seq: int) -> QuerySet[OutboxEvent]:
    """Return the stored events of a user with a number above `seq`, oldest first."""
    return OutboxEvent.objects.filter(owner_id=owner_id, pk__gt=seq).order_by("pk")


def as_event(row: OutboxEvent) -> Event:
    """Return a stored event in the form in which it was pushed."""
    return Event(
        seq=row.pk, kind=row.kind, at=row.created_at.isoformat(), payload=dict(row.payload)
    )


async def missed_events(*, owner_id: int, seq: int) -> AsyncIterator[Event]:
    """Yield the stored events of a user with a number above `seq`, oldest first.

    They are read by pages, between which no connection to the database stays open: a client that
    listens for a day holds none.
    """
    while page := await database_sync_to_async(_page_after)(owner_id, seq):
        for event in page:
            yield event
        seq = page[-1]["seq"] or seq


def _page_after(owner_id: int, seq: int) -> list[Event]:
    return [as_event(row) for row in events_after(owner_id=owner_id, seq=seq)[:RESUME_PAGE]]


def _send(owner_id: int, event: Event) -> None:
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(group_of(owner_id), {"type": "event", "event": event})
    except Exception:  # any fault of the layer: a client that missed the push reads the rows
        logger.warning("Event not pushed", exc_info=True, extra={"kind": event["kind"]})
