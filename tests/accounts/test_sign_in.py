import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Profile, User
from tests.factories.users import PASSWORD


def test_sign_in_with_email_opens_dashboard(anonymous: Client, user: User) -> None:
    response = anonymous.post(
        "/accounts/login/", {"login": user.email.upper(), "password": PASSWORD}, follow=True
    )

    assert response.redirect_chain[-1] == ("/", 302)
    assert response.status_code == 200


def test_sign_in_with_wrong_password_keeps_email(anonymous: Client, user: User) -> None:
    response = anonymous.post("/accounts/login/", {"login": user.email, "password": "wrong"})

    assert response.status_code in (200, 422)
    assert user.email in response.content.decode()


def test_sign_in_after_many_failures_is_throttled(anonymous: Client, user: User) -> None:
    for _ in range(6):
        anonymous.post("/accounts/login/", {"login": user.email, "password": "wrong"})

    response = anonymous.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert "_auth_user_id" not in anonymous.session
    assert response.status_code in (200, 422, 429)


@pytest.mark.django_db
def test_sign_up_needs_verified_address(anonymous: Client) -> None:
    form = {
        "email": "new@example.com",
        "password1": "long-enough-pass-1",
        "password2": "long-enough-pass-1",
    }
    anonymous.post("/accounts/signup/", form)
    assert "_auth_user_id" not in anonymous.session

    link = re.search(r"/accounts/confirm-email/\S+", mail.outbox[0].body)
    assert link is not None
    anonymous.post(link.group())
    anonymous.post("/accounts/login/", {"login": form["email"], "password": form["password1"]})

    assert "_auth_user_id" in anonymous.session


def test_reset_mails_a_link(anonymous: Client, user: User) -> None:
    anonymous.post("/accounts/password/reset/", {"email": user.email})

    assert [message.to for message in mail.outbox] == [[user.email]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body


def test_profile_form_stores_zone_and_theme(client: Client, user: User) -> None:
    form = {"time_zone": "Europe/Berlin", "theme": "dark", "palette": "cb", "density": "compact"}

    client.post("/accounts/profile/", form)

    profile = Profile.objects.get(user=user)
    assert (profile.time_zone, profile.theme, profile.shortcuts_enabled) == (
        "Europe/Berlin", "dark", False,
    )  # fmt: skip


def test_profile_form_with_unknown_zone_is_refused(client: Client) -> None:
    form = {"time_zone": "Mars/Olympus", "theme": "dark", "palette": "cb", "density": "compact"}

    assert client.post("/accounts/profile/", form).status_code == 422


def test_theme_is_stored_by_key(client: Client, user: User) -> None:
    assert client.post("/accounts/theme/", {"theme": "light"}).status_code == 204
    assert Profile.objects.get(user=user).theme == "light"
    assert client.post("/accounts/theme/", {"theme": "pink"}).status_code == 422


def test_every_page_needs_sign_in(anonymous: Client) -> None:
    response = anonymous.get("/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"
