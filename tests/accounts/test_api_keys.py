from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import (
    TooManyKeys,
    UnknownScope,
    create_api_key,
    revoke_api_key,
    use_api_key,
)


def test_create_api_key_stores_hash_and_hint_only(user: User) -> None:
    key, secret = create_api_key(owner=user, name="n", scopes=["read"], now=timezone.now())

    stored = ApiKey.objects.values().get(pk=key.pk)
    assert secret not in str(stored)
    assert stored["hint"] == f"{secret[:4]}…{secret[-4:]}"


def test_create_api_key_with_unknown_scope_is_refused(user: User) -> None:
    with pytest.raises(UnknownScope):
        create_api_key(owner=user, name="n", scopes=["admin"], now=timezone.now())


def test_create_api_key_number_fifty_one_is_refused(user: User) -> None:
    for number in range(50):
        create_api_key(owner=user, name=str(number), scopes=["read"], now=timezone.now())

    with pytest.raises(TooManyKeys):
        create_api_key(owner=user, name="51", scopes=["read"], now=timezone.now())


def test_use_api_key_after_revocation_opens_nothing(user: User) -> None:
    now = timezone.now()
    key, secret = create_api_key(owner=user, name="n", scopes=["read"], now=now)

    revoke_api_key(key=key, now=now)

    assert use_api_key(secret=secret, now=now) is None


def test_use_api_key_after_expiry_opens_nothing(user: User) -> None:
    now = timezone.now()
    later = now + timedelta(hours=1)
    _, secret = create_api_key(owner=user, name="n", scopes=["read"], now=now, expires_at=later)

    assert use_api_key(secret=secret, now=now) is not None
    assert use_api_key(secret=secret, now=later) is None


def test_use_api_key_of_inactive_user_opens_nothing(user: User) -> None:
    now = timezone.now()
    _, secret = create_api_key(owner=user, name="n", scopes=["read"], now=now)
    user.is_active = False
    user.save()

    assert use_api_key(secret=secret, now=now) is None


def test_api_key_command_prints_key_as_last_word(user: User) -> None:
    out = StringIO()

    call_command("api_key", user=user.email, scopes="read,trade", stdout=out)

    secret = out.getvalue().strip().splitlines()[-1].split()[-1]
    key = use_api_key(secret=secret, now=timezone.now())
    assert key is not None
    assert key.scopes == ["read", "trade"]


def test_api_key_command_for_unknown_user_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="There is no user"):
        call_command("api_key", user="nobody@example.com")


def test_api_key_page_shows_secret_once(client: Client, user: User) -> None:
    made = client.post("/accounts/api-keys/", {"name": "notebook", "scopes": ["read"]})

    secret = use_of(made.content.decode(), user)
    assert secret not in client.get("/accounts/api-keys/").content.decode()


def use_of(page: str, user: User) -> str:
    """Return the secret on a page, which must open a key of `user`."""
    start = page.index(ApiKey.PREFIX)
    secret = page[start : start + 46]
    key = use_api_key(secret=secret, now=timezone.now())
    assert key is not None
    assert key.owner == user
    return secret


def test_api_key_revoke_of_another_user_is_not_found(client: Client, other_user: User) -> None:
    key, _ = create_api_key(owner=other_user, name="n", scopes=["read"], now=timezone.now())

    response = client.post(f"/accounts/api-keys/{key.pk}/revoke/")

    assert response.status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_api_key_form_refused_keeps_values(client: Client) -> None:
    response = client.post("/accounts/api-keys/", {"name": "kept name", "scopes": []})

    assert response.status_code == 422
    assert 'value="kept name"' in response.content.decode()
