"""However a stack ends, nothing of it is left."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import client
from tests.stack.fake_stack import command, processes, start
from tests.stack.waiting import eventually


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.parametrize("victim", ["supervisor", "keeper"])
@pytest.mark.parametrize("how", ["frozen", "running"])
def test_sigkill_of_the_supervisor_or_its_keeper_leaves_nothing(
    tmp_path: Path, victim: str, how: str
) -> None:
    info = start(tmp_path)
    with client.Connection(info) as connection:
        if how == "frozen":  # a frozen child in a session of its own notices nothing by itself
            connection.hold("backend", "frozen", "test", lease_s=600)
        os.kill(info.pid if victim == "supervisor" else parent(info.pid), signal.SIGKILL)
        eventually("nothing is left", lambda: not processes(tmp_path) and not info.socket.parent.exists())
    assert client.running(tmp_path) is None
    assert client.has_ended(info) == (victim == "keeper")  # then the supervisor itself ends all in order


def test_a_stack_that_was_killed_can_be_started_again(tmp_path: Path) -> None:
    first = start(tmp_path)
    os.kill(first.pid, signal.SIGKILL)
    eventually("nothing is left", lambda: not processes(tmp_path))
    second = start(tmp_path)
    assert client.running(tmp_path) == second != first
    assert client.down(tmp_path)


def test_a_stack_that_cannot_start_says_which_service_and_why_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"service web ended 4 times(?s:.*)web\.log(?s:.*)no luck"):
        start(tmp_path, "crashes")
    assert processes(tmp_path) == set()
    assert not (tmp_path / "stack.json").exists()


def test_a_starter_that_goes_away_before_the_stack_is_ready_takes_it_along(tmp_path: Path) -> None:
    (tmp_path / "stack/logs").mkdir(parents=True)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with subprocess.Popen(
            command(tmp_path, "hangs"), stdin=theirs.fileno(), start_new_session=True
        ) as detaching:
            assert detaching.wait(timeout=60) == 0
        theirs.close()
        ours.settimeout(60)
        assert b"starting" in ours.recv(1000)
        assert processes(tmp_path)
        ours.close()
        eventually("nothing is left", lambda: not processes(tmp_path))


def test_a_temporary_stack_ends_with_its_last_lease(tmp_path: Path) -> None:
    info = start(tmp_path, "works", "--temporary")
    with client.Connection(info) as first:
        first.lease("first", period_s=600)
        with client.Connection(info) as second:
            second.lease("second", period_s=600)
            assert set(second.status().leases) == {"first", "second"}
        eventually("one lease is gone", lambda: first.status().leases == ("first",))
    eventually("nothing is left", lambda: not processes(tmp_path))
    assert client.has_ended(info)


def test_a_temporary_stack_outlives_its_leases_once_it_was_told_to_stay(tmp_path: Path) -> None:
    info = start(tmp_path, "works", "--temporary")
    with client.Connection(info) as connection:
        connection.lease("first", period_s=600)
        connection.keep()
        connection.lease("first", period_s=0.2)
        eventually("the lease has run out", lambda: connection.status().leases == ())
    assert client.running(tmp_path) is not None
    assert client.down(tmp_path)


def test_sigterm_is_a_clean_end(tmp_path: Path) -> None:
    info = start(tmp_path)
    os.kill(parent(info.pid), signal.SIGTERM)
    eventually("nothing is left", lambda: not processes(tmp_path) and not info.socket.parent.exists())
    assert not (tmp_path / "stack.json").exists()
