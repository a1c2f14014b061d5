"""Runs Locust as a process of its own, as users do, and never longer than a deadline."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from simulator.erpgo.stack.supervisor import client
from simulator.erpgo.stack.supervisor.paths import embedded_instance
from tests.stack.fake_stack import start

CHECKOUT = Path(__file__).parents[2]
WITHIN = 120.0
"""Seconds; more than the workload gives the undo in the place of an engine that died."""


@dataclass
class Ended:
    code: int
    out: str
    err: str


@dataclass
class LocustProcess:
    """A running Locust."""

    process: subprocess.Popen[str]
    seen: list[str]

    def until(self, text: str) -> None:
        """Read its stderr until a line holds this text; the process's end is a failure."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.seen.append(line)
            if text in line:
                return
        raise AssertionError(f"{text!r} never came:\n{''.join(self.seen)}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Ended:
        try:
            out, err = self.process.communicate(timeout=WITHIN)
        except subprocess.TimeoutExpired as late:
            said = "".join(self.seen) + (late.stderr or b"").decode()
            raise AssertionError(f"Locust did not end within {WITHIN:g} s. It said:\n{said}") from late
        return Ended(self.process.returncode, out or "", "".join(self.seen) + err)


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> str:
    with taken_port() as port:
        return str(port)


@cache
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="simulator-tests-", dir="/tmp"))
    home.chmod(0o711)  # as root a stack's servers drop their rights
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@cache
def _lease(stack: int) -> client.Connection:
    """Keeps this stack, by its supervisor's id, until this process ends."""
    info = client.running(_folder())
    assert info is not None
    assert info.pid == stack
    connection = client.Connection(info)
    connection.lease("the test process", period_s=3600)
    return connection


def _folder() -> Path:
    return _home() / "simulator" / embedded_instance()


def a_home_with_a_stack() -> Path:
    """A state home in which an embedded stack without any servers runs: enough for the scripted engine."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    info = client.running(folder) or start(folder, "empty", "--temporary")
    _lease(info.pid)
    return _home()


def announced() -> str:
    """Where Prometheus would find a Locust's metrics, the canary among them; one that was killed has left its own there."""
    file = _folder() / "simulator.json"
    return file.read_text() if file.exists() else ""


@contextlib.contextmanager
def locust(
    *arguments: str,
    web: bool = False,
    locustfile: str = "locustfile.py",
    out: IO[bytes] | None = None,
    **variables: str,
) -> Iterator[LocustProcess]:
    """Start Locust with our locustfile and the scripted engine; it is killed if the test leaves early.

    `out` is its stdout, if the test does not want to read that.
    """
    environment = os.environ | {
        "LOCUST_SIMULATOR_ENGINE": "tests.workload.scripted_engine",
        "XDG_STATE_HOME": str(a_home_with_a_stack()),
        **variables,
    }
    headless = () if web else ("--headless",)
    process = subprocess.Popen(
        # A test run started in the background or by nohup ignores these, and so would everything it starts.
        [
            "env",
            "--default-signal=INT,HUP",
            sys.executable,
            "-m",
            "locust",
            "-f",
            locustfile,
            *headless,
            *arguments,
        ],
        cwd=CHECKOUT,
        env=environment,
        stdout=out or subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield LocustProcess(process, [])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
