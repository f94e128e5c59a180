"""What every test shares: a user, signed-in clients, a data folder of its own."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.factories.users import make_user


def pytest_configure() -> None:
    """Make the folder of the test database, which a fresh checkout does not have."""
    (Path(__file__).parents[1] / "build").mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _own_data_dir(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture(autouse=True)
def _plain_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def other_user(db: None) -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> Client:
    """A browser in which `user` is signed in."""
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture
def request_key() -> uuid.UUID:
    return uuid.uuid4()
