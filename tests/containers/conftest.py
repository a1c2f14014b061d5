"""A Docker engine, started where none runs, and the compose stack on it for the whole session.

Only `make test-containers` gets here: the plain gate never starts an engine.
"""

import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.base.dockerhost import current_docker_host
from simulator.base.errors import StackError
from simulator.erpgo.stack.compose import client
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.stack.compose.tools import check_engine

ENGINE_WITHIN = 30.0
FIRST_START_WITHIN = 1500.0
"""Seconds: whichever test comes first waits for the base image, the images and the stack."""
PID_FILE = Path("/var/run/docker.pid")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.containers)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(FIRST_START_WITHIN))


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The version of the Docker engine that answers; one that this session started ends with it."""
    why = ""
    try:
        version = check_engine(current_docker_host())
    except StackError as error:
        why = str(error)
    if not why:
        yield version
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        pytest.skip(f"{why}; none can be started here: dockerd and root are needed")
    with tempfile.TemporaryFile() as log:
        daemon = _start(log.fileno())
        try:
            yield _answering(daemon)
        finally:
            daemon.terminate()
            daemon.wait(60)


def _start(log: int) -> "subprocess.Popen[bytes]":
    # A stale pid file keeps the engine from starting; nobody answered, so whoever wrote it is gone.
    if PID_FILE.exists() and not _is_dockerd(PID_FILE.read_text().strip()):
        PID_FILE.unlink()
    return subprocess.Popen(
        ["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )


def _is_dockerd(pid: str) -> bool:
    comm = Path(f"/proc/{pid}/comm")
    return comm.exists() and comm.read_text().strip() == "dockerd"


def _answering(daemon: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + ENGINE_WITHIN
    while True:
        try:
            return check_engine(current_docker_host())
        except StackError as error:
            if daemon.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"dockerd did not come up: {error}")
            select.select([], [], [], 0.2)


@pytest.fixture(scope="session")
def compose(engine: str) -> Iterator[ComposeInfo]:
    """The compose stack from Debian's packages; taken down at the end unless it was there before."""
    assert engine
    stack = client.up(print, "debian")
    yield stack.info
    if stack.started:
        client.down()
