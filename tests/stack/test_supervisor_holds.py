"""Holds and leases as clients see them, against a real supervisor with cheap servers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.erpgo.stack.supervisor import client
from simulator.erpgo.stack.supervisor.descent import descent
from simulator.erpgo.stack.supervisor.protocol import LINE_LIMIT, State
from tests.stack.fake_stack import processes, start, state
from tests.stack.waiting import eventually


@pytest.fixture
def info(tmp_path: Path) -> Iterator[client.StackInfo]:
    started = start(tmp_path)
    yield started
    client.down(tmp_path)


@pytest.fixture
def connection(info: client.StackInfo) -> Iterator[client.Connection]:
    with client.Connection(info) as connected:
        yield connected


def now(connection: client.Connection, service: str) -> tuple[State, int | None]:
    status = connection.status().services[service]
    return status.state, status.pid


def test_a_killed_service_and_all_that_came_from_it_stay_down_until_released(
    connection: client.Connection,
) -> None:
    _, pid = now(connection, "backend")
    assert pid is not None
    family = descent(pid)
    assert len(family) == 2
    connection.hold("backend", "killed", "test", lease_s=600)
    assert {state(member) for member in family} == {""}
    assert now(connection, "backend") == ("held", None)
    connection.release("test")
    assert now(connection, "backend")[1] is not None
    assert connection.status().services["backend"].restarts == 0


def test_a_frozen_service_stops_with_all_that_came_from_it_and_goes_on_after_release(
    connection: client.Connection,
) -> None:
    _, pid = now(connection, "backend")
    assert pid is not None
    connection.hold("backend", "frozen", "test", lease_s=600)
    eventually("all are stopped", lambda: {state(member) for member in descent(pid)} == {"T"})
    connection.release("test")
    eventually("none is stopped", lambda: "T" not in {state(member) for member in descent(pid)})
    assert now(connection, "backend") == ("ready", pid)


def test_release_takes_the_owner_from_any_connection_and_may_be_repeated(
    info: client.StackInfo, connection: client.Connection
) -> None:
    connection.hold("web", "killed", "test", lease_s=600)
    with client.Connection(info) as other:
        other.release("somebody else")
        assert [hold.owner for hold in other.holds()] == ["test"]
        other.release("test")
        other.release("test")
        assert other.holds() == ()
    eventually("web is back", lambda: now(connection, "web")[0] == "ready")


def test_a_second_hold_is_refused_by_the_name_of_the_owner(connection: client.Connection) -> None:
    connection.hold("web", "frozen", "experiment one", lease_s=600)
    with pytest.raises(client.Refused, match="already frozen by experiment one"):
        connection.hold("web", "killed", "experiment two")


def test_only_services_that_opted_in_can_be_held(connection: client.Connection) -> None:
    with pytest.raises(client.Refused, match="shy is not open to faults"):
        connection.hold("shy", "killed", "test")
    with pytest.raises(client.Refused, match="known are backend, web, shy"):
        connection.hold("wob", "killed", "test")


HOLDER = """
import sys
from pathlib import Path
from simulator.erpgo.stack.supervisor import client
connection = client.Connection(client.running(Path(sys.argv[1])))
connection.hold("web", "killed", "a process", lease_s=600)
connection.hold("backend", "frozen", "a process", lease_s=600)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_holder_that_is_killed_releases_long_before_its_lease_ends(
    tmp_path: Path, connection: client.Connection
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert len(connection.holds()) == 2
        holder.kill()
        eventually("nothing is held", lambda: connection.holds() == ())
        eventually("web is back", lambda: now(connection, "web")[0] == "ready")
        eventually("backend is back", lambda: now(connection, "backend")[0] == "ready")


def test_a_holder_that_does_not_renew_loses_its_hold_and_one_that_does_keeps_it(
    info: client.StackInfo, connection: client.Connection
) -> None:
    with client.Connection(info) as silent:
        silent.hold("backend", "frozen", "silent", lease_s=0.5)
        connection.hold("web", "killed", "alive", lease_s=3)

        began = time.monotonic()

        def both_leases_have_passed() -> bool:
            connection.renew()
            return now(connection, "backend")[0] == "ready" and time.monotonic() > began + 3.5

        eventually("the silent one has lost its hold", both_leases_have_passed)
        assert [hold.owner for hold in connection.holds()] == ["alive"]
        assert now(connection, "web")[0] == "held"


def test_a_service_killed_while_frozen_starts_again_with_the_release(connection: client.Connection) -> None:
    _, pid = now(connection, "web")
    assert pid is not None
    connection.hold("web", "frozen", "test", lease_s=600)
    os.kill(pid, signal.SIGKILL)
    eventually("its death is known", lambda: now(connection, "web") == ("held", None))
    connection.release("test")
    eventually("web is back", lambda: now(connection, "web")[0] == "ready")


def test_a_crash_takes_the_whole_service_down_and_it_comes_back_ever_more_slowly(
    connection: client.Connection,
) -> None:
    def crash() -> float:
        _, pid = now(connection, "backend")
        assert pid is not None
        family = descent(pid)
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        eventually("another process", lambda: now(connection, "backend")[1] not in {pid, None})
        assert {state(member) for member in family} == {""}
        return time.monotonic() - began

    delays = [crash() for _ in range(4)]
    assert connection.status().services["backend"].restarts == 4
    assert delays[3] >= 0.8  # 0.1, 0.2, 0.4, 0.8: a container's policy


@pytest.mark.parametrize(
    "junk",
    [
        b"\xff\xfe\n",
        b"{}\n",
        b"[1]\n",
        b'{"request": "hold", "service": 3}\n',
        b'{"request": "renew", "x": 1}\n',
    ],
)
def test_junk_is_refused_with_a_reason_and_ends_the_connection(info: client.StackInfo, junk: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(5)
        raw.connect(str(info.socket))
        raw.sendall(junk)
        with raw.makefile("rb") as answers:
            refused = json.loads(answers.readline())
            assert refused["answer"] == "refused"
            assert "not a request" in refused["reason"]
            assert answers.readline() == b""


def connect(info: client.StackInfo, within_s: float = 60) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(within_s)
    raw.connect(str(info.socket))
    return raw


def send_for_ever(raw: socket.socket, what: bytes) -> None:
    while True:
        raw.sendall(what)


def test_half_lines_endless_lines_and_floods_harm_nobody(
    info: client.StackInfo, connection: client.Connection
) -> None:
    with connect(info) as half, connect(info) as endless, connect(info, within_s=1) as flood:
        half.sendall(b'{"request": "sta')
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            send_for_ever(endless, b"x" * LINE_LIMIT)
        # It never reads its answers, so the supervisor stops reading its requests.
        with pytest.raises(TimeoutError):
            send_for_ever(flood, b'{"request": "status"}\n' * 100)
        began = time.monotonic()
        for _ in range(20):
            connection.status()
        assert time.monotonic() - began < 5


def test_down_leaves_no_process_no_socket_and_no_record(tmp_path: Path, info: client.StackInfo) -> None:
    with client.Connection(info) as connection:
        connection.hold("backend", "frozen", "test", lease_s=600)
        assert client.down(tmp_path)
    eventually("nothing is left", lambda: not processes(tmp_path) and not info.socket.parent.exists())
    assert not (tmp_path / "stack.json").exists()
    assert client.running(tmp_path) is None
    assert not client.down(tmp_path)
