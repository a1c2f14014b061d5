import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stack.supervisor.binaries import find
from tests.erpgo.servers import (
    NOBODY,
    STARTED_WITHIN,
    Api,
    Postgres,
    RunApi,
    Servers,
    Valkey,
    free_port,
    running,
    settings_of,
    spawn,
)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="erpgo-tests-"))
    folder.chmod(0o711)
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    initdb = [
        str(find("initdb")),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    assert spawn(initdb, folder / "initdb.log").wait(STARTED_WITHIN) == 0
    running = Servers(Postgres(data), Valkey(folder))
    try:
        running.postgres.start()
        running.valkey.start()
        yield running
    finally:
        for server in (running.postgres, running.valkey):
            if server.process is not None:
                server.stop()
        shutil.rmtree(folder)


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
