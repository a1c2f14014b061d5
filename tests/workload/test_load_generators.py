"""Distributed Locust for real: a worker that is killed, frozen, or late is told to the engine."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.workload.locust_process import CHECKOUT, LocustProcess, free_port, locust
from tests.workload.small_shop import SmallShop

USERS = ("-u", "20", "-r", "20")


def worker_of(running: LocustProcess) -> int:
    """One of the forked workers: they have the master's command line."""
    master = psutil.Process(running.process.pid)
    return next(child.pid for child in master.children() if child.cmdline() == master.cmdline())


@contextlib.contextmanager
def late_worker(port: str) -> Iterator[None]:
    worker = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--worker", "--master-port", port]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(worker, cwd=CHECKOUT, env=os.environ, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_worker_that_is_lost_is_told_and_locust_still_ends(shop: SmallShop, number: signal.Signals) -> None:
    port = free_port()
    two = ("--processes", "2", "--master-bind-port", port, "--master-port", port)
    with locust("--host", shop.url, *USERS, "--gameday", "counts-1", *two) as running:
        running.until("counting")
        os.kill(worker_of(running), number)
        end = running.end()
    assert end.code == 3, end.err
    assert "lost " in end.err
    assert ", 1 left, share " in end.err


def test_a_worker_that_comes_late_is_told(shop: SmallShop) -> None:
    port = free_port()
    one = ("--processes", "1", "--master-bind-port", port, "--master-port", port)
    with locust("--host", shop.url, *USERS, "--gameday", "counts-1", *one) as running:
        running.until("counting")
        with late_worker(port):
            end = running.end()
    assert end.code == 3, end.err
    assert "joined 1, 2 left" in end.err
