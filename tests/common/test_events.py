"""Events: stored in the order in which they commit, and never pushed before."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from pulse.common import events
from pulse.common.models import OutboxEvent
from tests.factories.runs import NOW
from tests.factories.users import make_user


def publish(user: User, words: str) -> None:
    events.publish(owner_id=user.pk, kind="test.said", payload={"words": words}, now=NOW)


def told_after(user: User, seq: int) -> list[str]:
    return [row.payload["words"] for row in events.events_after(owner_id=user.pk, seq=seq)]


@pytest.mark.django_db(transaction=True)
def test_later_number_never_commits_before_a_lower_one() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")
    user = make_user()
    began, may_end, second_done = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            publish(user, "first")
            began.set()
            may_end.wait(10)
        connection.close()

    def quick() -> None:
        publish(user, "second")
        second_done.set()
        connection.close()

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    threads[0].start()
    assert began.wait(10)
    threads[1].start()
    # the second waits for the first: a client cannot see number 2 while number 1 is to come
    assert not second_done.wait(0.5)
    assert told_after(user, 0) == []
    may_end.set()
    for thread in threads:
        thread.join(10)

    assert told_after(user, 0) == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_events_of_two_users_do_not_wait_for_each_other() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")
    one, other = make_user(), make_user()
    done = threading.Event()

    def quick() -> None:
        publish(other, "theirs")
        done.set()
        connection.close()

    with transaction.atomic():
        publish(one, "ours")
        thread = threading.Thread(target=quick)
        thread.start()
        assert done.wait(5)
    thread.join(5)

    assert told_after(other, 0) == ["theirs"]


@pytest.mark.django_db
def test_resume_gives_what_came_after_and_nothing_of_others(user: User, other_user: User) -> None:
    for words in ("a", "b", "c"):
        publish(user, words)
        publish(other_user, f"not {words}")
    second = OutboxEvent.objects.filter(owner=user).order_by("pk")[1]

    assert told_after(user, second.pk) == ["c"]


@pytest.mark.django_db(transaction=True)
def test_event_of_a_transaction_that_fails_is_neither_stored_nor_pushed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = make_user()
    pushed: list[Any] = []
    monkeypatch.setattr(events, "_send", lambda _owner_id, event: pushed.append(event))

    def fails() -> None:
        with transaction.atomic():
            publish(user, "never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    publish(user, "kept")
    assert [event["payload"]["words"] for event in pushed] == ["kept"]
    assert told_after(user, 0) == ["kept"]
