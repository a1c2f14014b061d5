"""The real stack: on loopback only, with the rights each part needs, and gone when it ends."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import redis

from simulator.erpgo.stack.supervisor import client
from simulator.erpgo.stack.supervisor.descent import descent
from tests.stack.fake_stack import state
from tests.stack.waiting import eventually

pytestmark = pytest.mark.stack


@pytest.fixture
def connection(stack: client.StackInfo) -> Iterator[client.Connection]:
    with client.Connection(stack) as connected:
        yield connected


def pid_of(connection: client.Connection, service: str) -> int:
    pid = connection.status().services[service].pid
    assert pid is not None
    return pid


def answers(info: client.StackInfo) -> bool:
    try:
        with psycopg.connect(info.url("postgres"), connect_timeout=2) as database:
            return database.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def listeners(ports: set[int]) -> set[str]:
    """The addresses, as /proc/net writes them, on which anybody listens on one of the ports."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()
    ]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, port in listening if int(port, 16) in ports}


def test_every_service_is_ready_and_listens_on_loopback_only(
    stack: client.StackInfo, connection: client.Connection
) -> None:
    def all_ready() -> bool:  # a test before this one may have held a service
        return {one.state for one in connection.status().services.values()} == {"ready"}

    eventually("all services are ready", all_ready)
    assert connection.status().services.keys() == stack.services.keys()
    assert stack.instance in httpx.get(f"{stack.url('api')}/health").text
    assert listeners({endpoint.port for endpoint in stack.services.values()}) == {"0100007F"}


def test_the_record_is_for_its_owner_only(stack: client.StackInfo) -> None:
    record = stack.folder / "stack.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert stack.socket.parent.stat().st_mode & 0o777 == 0o700
    assert client.running(stack.folder) == stack


def test_the_receivers_token_is_its_owners_and_is_nowhere_else(
    stack: client.StackInfo, connection: client.Connection
) -> None:
    file = stack.receiver_token_file
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    token = file.read_text().strip()
    assert len(token) >= 43
    pids = [one.pid for one in connection.status().services.values() if one.pid is not None]
    lines = [Path(f"/proc/{pid}/{it}").read_bytes() for pid in pids for it in ("cmdline", "environ")]
    assert not any(token.encode() in line for line in lines)
    holding = [
        path
        for path in stack.folder.rglob("*")
        if path.is_file() and token in path.read_text(errors="ignore")
    ]
    assert holding == [file]


def test_only_who_knows_the_token_reads_pages(stack: client.StackInfo) -> None:
    file = stack.receiver_token_file
    assert file is not None
    asked = f"{stack.url('receiver')}/api/v1/notifications"
    eventually("the receiver", lambda: answered(asked) == 401)
    assert answered(asked, {"Authorization": f"Bearer {file.read_text().strip()}"}) == 200


def answered(url: str, headers: dict[str, str] | None = None) -> int:
    try:
        return httpx.get(url, headers=headers).status_code
    except httpx.TransportError:  # on its way back from the test before
        return 0


def test_the_api_user_is_no_superuser_and_redis_evicts_at_16_mib(stack: client.StackInfo) -> None:
    with psycopg.connect(stack.url("postgres")) as database:
        row = database.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False,)
    with redis.Redis.from_url(stack.url("redis")) as cache:
        assert cache.config_get("maxmemory*")["maxmemory"] == str(16 * 1024 * 1024)
        assert cache.config_get("maxmemory*")["maxmemory-policy"] == "allkeys-lru"


def test_a_killed_database_takes_its_backends_along_and_comes_back(
    stack: client.StackInfo, connection: client.Connection
) -> None:
    with psycopg.connect(stack.url("postgres")) as session:
        family = descent(pid_of(connection, "postgres"))
        assert session.info.backend_pid in family
        connection.hold("postgres", "killed", "test", lease_s=600)
        assert {state(member) for member in family} == {""}
        assert not answers(stack)
    connection.release("test")
    eventually("the database answers", lambda: answers(stack))


def test_a_frozen_database_goes_on_in_the_same_session(
    stack: client.StackInfo, connection: client.Connection
) -> None:
    with psycopg.connect(stack.url("postgres")) as session:
        connection.hold("postgres", "frozen", "test", lease_s=600)
        eventually("its backend is stopped", lambda: state(session.info.backend_pid) == "T")
        connection.release("test")
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_the_dead_mans_switch_pages_reach_the_receiver(stack: client.StackInfo) -> None:
    def pages() -> int | None:
        try:
            answer = httpx.get(f"{stack.url('receiver')}/health")
        except httpx.TransportError:  # on its way back from the test before
            return None
        count: int = answer.json()["dead_mans_switch_pages"]
        return count

    eventually("the receiver", lambda: pages() is not None)
    before = pages() or 0
    eventually("another page", lambda: (pages() or 0) >= before + 1)


def test_a_second_stack_runs_beside_it_and_sigkill_of_its_supervisor_leaves_no_server(
    stack: client.StackInfo,
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="simulator-tests-") as place:  # see conftest
        Path(place).chmod(0o711)
        second = client.up(Path(place) / "second", temporary=True)
        ports = {endpoint.port for endpoint in second.services.values()}
        assert not ports & {endpoint.port for endpoint in stack.services.values()}
        with client.Connection(second) as connection:
            servers = set().union(*(descent(pid_of(connection, name)) for name in second.services))
            assert len(servers) > len(second.services)
            connection.hold(
                "postgres", "frozen", "test", lease_s=600
            )  # its backends cannot notice anything now
            os.kill(second.pid, signal.SIGKILL)
            eventually("all servers are gone", lambda: {state(pid) for pid in servers} == {""})
        assert listeners(ports) == set()
        assert client.running(second.folder) is None
