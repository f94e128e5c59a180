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


def test_api_key_command_lists_and_revokes(user: User, other_user: User) -> None:
    now = timezone.now()
    key, secret = create_api_key(owner=user, name="notebook", scopes=["read"], now=now)
    out = StringIO()

    call_command("api_key", "--list", user=user.email, stdout=out)
    with pytest.raises(CommandError, match="has no key"):
        call_command("api_key", "--revoke", str(key.pk), user=other_user.email)
    call_command("api_key", "--revoke", str(key.pk), user=user.email, stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[0] == f"{key.pk}  {key.hint}  read  used never UTC  notebook"
    assert lines[1] == f"Key {key.hint} of {user.email} is revoked."
    assert use_api_key(secret=secret, now=now) is None


def test_api_key_command_makes_a_key_that_expires(user: User) -> None:
    out = StringIO()

    call_command("api_key", "--days", "2", user=user.email, stdout=out)

    secret = out.getvalue().split()[-1]
    now = timezone.now()
    assert use_api_key(secret=secret, now=now + timedelta(days=1)) is not None
    assert use_api_key(secret=secret, now=now + timedelta(days=2)) is None


@pytest.mark.parametrize("days", ["0", "-1", "99999999999"])
def test_api_key_command_refuses_days_that_cannot_be(user: User, days: str) -> None:
    with pytest.raises(CommandError):
        call_command("api_key", f"--days={days}", user=user.email)


def test_admin_of_a_key_shows_no_digest_and_cannot_widen_it(user: User) -> None:
    key, _ = create_api_key(owner=user, name="n", scopes=["read"], now=timezone.now())
    staff = User.objects.create_superuser("root@example.com", "x")
    browser = Client()
    browser.force_login(staff)
    page = f"/admin/accounts/apikey/{key.pk}/change/"

    assert key.digest not in browser.get(page).content.decode()
    browser.post(page, {"name": "m", "scopes": '["read", "trade"]'})

    key.refresh_from_db()
    assert (key.name, key.scopes) == ("m", ["read"])
