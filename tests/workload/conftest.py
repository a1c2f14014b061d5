from collections.abc import Iterator

import pytest

from tests.workload.small_shop import SmallShop, open_shop


@pytest.fixture
def shop() -> Iterator[SmallShop]:
    shop, server = open_shop()
    yield shop
    server.shutdown()
    server.server_close()
