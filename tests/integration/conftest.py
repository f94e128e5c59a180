"""The running product, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.live import Server, server


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def live(product: Server) -> Iterator[Server]:
    yield product
    product.close_clients()
