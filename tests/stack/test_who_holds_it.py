"""Whoever has to wait for a lock of ours is told who holds it."""

import fcntl
import os
from pathlib import Path

import pytest

from simulator.base.errors import StackError, Unsafe
from simulator.erpgo.stack.compose import client
from simulator.erpgo.stack.supervisor.launch import exclusive
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.safety.runlock import run_lock


def test_the_lock_of_a_start_names_its_process_however_many_wait(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    folder.up_lock.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder):
        for _ in range(2):
            with (
                pytest.raises(StackError, match=rf"process {os.getpid()} has been starting it for 0\.1 s"),
                exclusive(folder, within_s=0.1),
            ):
                pytest.fail("two at a time")
    with exclusive(folder):
        assert folder.up_lock.read_text() == f"{os.getpid()}\n"


def test_stopping_containers_under_a_run_names_the_run(tmp_path: Path) -> None:
    with (tmp_path / "run.lock").open("w") as lock:
        lock.write("4711 run\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(
                StackError, match=r"a run is under way on it \(run, process 4711\); end that first"
            ),
            client._unused(StackFolder(tmp_path)),
        ):
            pytest.fail("it is in use")
    assert (tmp_path / "run.lock").read_text() == "4711 run\n"


def test_a_run_that_begins_while_containers_are_stopped_is_told_so(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    lock.write_text("4711 run\n")  # as a run left it that was killed
    with client._unused(StackFolder(tmp_path)):
        with (
            pytest.raises(Unsafe, match=rf"another stack down \(process {os.getpid()}\) is under way"),
            run_lock(lock),
        ):
            pytest.fail("a run on containers that are being removed")
        with (
            pytest.raises(StackError, match=rf"\(stack down, process {os.getpid()}\); end that first"),
            client._unused(StackFolder(tmp_path)),
        ):
            pytest.fail("stopped twice at a time")
    assert lock.read_text() == ""
