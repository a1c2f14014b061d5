"""Runs Locust as a process of its own, as users do, and never longer than a deadline."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
        "XDG_STATE_HOME": "/nowhere",  # no stack runs there, whoever else has one
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
