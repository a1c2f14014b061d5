from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from tests.erpgo.servers import Api, RunApi, Servers, Valkey, free_port, own_servers, running, settings_of


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with own_servers() as started:
        yield started


@pytest.fixture
def run_api(servers: Servers) -> RunApi:
    """`async with run_api(SETTING="value") as api`."""
    return lambda **environ: running(settings_of(servers, **environ))


@pytest.fixture
async def api(run_api: RunApi) -> AsyncIterator[Api]:
    async with run_api() as started:
        yield started


@pytest.fixture
def own_valkey(servers: Servers) -> Iterator[Valkey]:
    """A Valkey that a test may kill without hurting the others."""
    valkey = replace(servers.valkey, port=free_port(), process=None)
    valkey.start()
    yield valkey
    valkey.stop()
