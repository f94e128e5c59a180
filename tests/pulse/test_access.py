"""Who may open what, for every address of the route table."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User

PUBLIC = re.compile(
    r"^/(health/|accounts/|api/v1/schema/|admin/)"  # the admin has a sign-in of its own
)
FOREIGN = "987654321"


def addresses(resolver: URLResolver | None = None, prefix: str = "/") -> list[str]:
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern).lstrip("^").rstrip("$")
        found += addresses(entry, address) if isinstance(entry, URLResolver) else [address]
        assert isinstance(entry, URLResolver | URLPattern)
    return found


def filled(address: str) -> str:
    address = address.replace("<slug:kind>", "backtestrun").replace("<slug:name>", "sma_cross")
    return re.sub(r"<slug:\w+>", "delta", re.sub(r"<int:\w+>", FOREIGN, address))


OURS = sorted({a for a in addresses() if not PUBLIC.match(a)})
WITH_NUMBER = [a for a in OURS if "<int:" in a]


def test_the_route_table_is_read() -> None:
    assert len(OURS) > 30
    assert len(WITH_NUMBER) > 15


@pytest.mark.django_db
@pytest.mark.parametrize("address", OURS)
def test_nobody_sees_anything_without_sign_in(address: str) -> None:
    if address.endswith("events/stream/"):
        return  # an async view: refused in the tests of the running server
    response = Client().get(filled(address))

    if address.startswith("/api/v1/"):
        assert response.status_code == 401
    else:
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", WITH_NUMBER)
def test_number_that_is_not_ones_own_is_not_found(
    method: str, address: str, client: Client, user: User
) -> None:
    more = {"data": "{}", "content_type": "application/json"} if method == "post" else {}

    response = getattr(client, method)(filled(address), **more)

    assert response.status_code in (404, 405)


def test_page_that_does_not_exist_tells_the_request_id(client: Client) -> None:
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert response.headers["X-Request-ID"] in response.content.decode()


@pytest.mark.django_db
def test_form_without_its_token_is_refused_on_our_own_page() -> None:
    client = Client(enforce_csrf_checks=True)

    page = client.post("/accounts/login/", {"login": "a@example.com", "password": "x"})

    assert page.status_code == 403
    assert "This form was open for too long" in page.content.decode()


@pytest.mark.django_db
def test_thirty_first_try_to_sign_in_within_a_minute_is_told_to_wait() -> None:
    client = Client()

    answers = [
        client.post("/accounts/login/", {"login": f"u{place}@example.com", "password": "x"})
        for place in range(31)
    ]

    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].content.decode()
