"""Numbers of objects are written as they are: addresses and fields never get a thousands comma."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories.runs import make_run

pytestmark = pytest.mark.django_db


def test_addresses_of_the_thousandth_job_hold_its_plain_number(client: Client, user: User) -> None:
    run = make_run(user, pk=12_345)

    for path in ("/jobs/", run.get_absolute_url(), "/backtests/"):
        page = client.get(path).content.decode()
        assert "12345" in page
        assert "12,345" not in page
