"""The command line and the engine as processes, and what they left behind."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.plan.request import RunRequest
from tests.checkout import ROOT


@dataclass(frozen=True)
class Left:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Its one error message; fails when there is none, more than one, or a traceback."""
        assert "Traceback" not in self.err + self.out, self.err
        messages = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(messages) == 1, self.err
        return messages[0].removeprefix("error: ")

    @property
    def only_complaint(self) -> str:
        """As `complaint`, when nothing else was said on stderr, in whatever number of lines."""
        complaint = self.complaint
        assert self.err.startswith("error: "), self.err
        return complaint


def simulator(*arguments: str, state: Path | None = None) -> Left:
    """Run `simulator`; with `state` in a state home of its own, in which no stack runs."""
    return _run("simulator.cli", arguments, state)


def engine(request: RunRequest, state: Path | None = None) -> Left:
    """Run the engine without any Locust: its stdin is at its end from the start."""
    return _run("simulator.engine", (request.text(),), state)


def _run(module: str, arguments: tuple[str, ...], state: Path | None) -> Left:
    elsewhere = {"XDG_STATE_HOME": str(state)} if state else {}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100", **elsewhere},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return Left(done.returncode, done.stdout, done.stderr)


def injected(stack: StackInfo) -> list[str]:
    """What is left in the stack: open-fault records and holds."""
    with Connection(stack) as connection:
        holds = [f"{hold.service} held by {hold.owner}" for hold in connection.holds()]
    return [*(path.name for path in (stack.folder / "open").glob("*")), *holds]
