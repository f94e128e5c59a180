"""What people read when an address is confirmed or a password forgotten."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User

NEW = "Correct-horse-77"


@pytest.mark.django_db
def test_mail_of_a_new_account_names_the_product_and_leads_in(anonymous: Client) -> None:
    form = {"email": "new@example.com", "password1": NEW, "password2": NEW}
    anonymous.post("/accounts/signup/", form)

    message = mail.outbox[0]
    assert message.subject == "PulseEngine: Confirm your e-mail address"
    assert "new@example.com" in message.body
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", message.body)
    assert link is not None
    assert message.body.count("testserver") == 1
    anonymous.post(link[1])
    answer = anonymous.post("/accounts/login/", {"login": "new@example.com", "password": NEW})
    assert answer.headers["Location"] == "/"


def test_mail_of_a_forgotten_password_leads_to_a_form(anonymous: Client, user: User) -> None:
    anonymous.post("/accounts/password/reset/", {"email": user.email})

    message = mail.outbox[0]
    assert message.subject == "PulseEngine: Choose a new password"
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.body)
    assert link is not None
    assert message.body.count("testserver") == 1
    page = anonymous.get(link[1], follow=True)
    assert 'name="password1"' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/accounts/confirm-email/", "/accounts/password/reset/done/"])
@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("console", "This server sends no mail: it prints it."),
        ("smtp", "look into the spam folder"),
    ],
)
def test_page_says_where_the_mail_is(page: str, backend: str, words: str, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    assert words in Client().get(page).content.decode()
