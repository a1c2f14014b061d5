from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.workload.small_shop import SmallShop, open_shop


@contextmanager
def an_open_shop() -> Iterator[SmallShop]:
    shop, server = open_shop()
    yield shop
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop() -> Iterator[SmallShop]:
    with an_open_shop() as shop:
        yield shop


@pytest.fixture
def another_shop() -> Iterator[SmallShop]:
    with an_open_shop() as shop:
        yield shop
