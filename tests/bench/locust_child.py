"""Runs a bench's own locustfile in a Locust process and reads the result it leaves."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")
RESULT = "BENCH_RESULT"
CHECKOUT = Path(__file__).parents[2]
STARTED_WITHIN = 120


class Arrivals(msgspec.Struct):
    """What a Locust process of the arrivals bench saw."""

    starts: list[float] = []
    """Of sessions that ended well: their intended starts, or the actual ones where nothing else is known; monotonic."""
    offered: int = 0
    achieved: int = 0
    actual_p95_ms: int = 0
    """From the actual start."""
    intended_p95_ms: int = 0
    """From the intended start."""


class Cost(msgspec.Struct):
    """What a Locust process of the workload bench spent."""

    cpu_seconds: float
    requests: int
    failures: int
    reasons: list[str]
    """Each once."""


def run_locust(locustfile: str, user: str, seconds: int, arguments: list[str], kind: type[T]) -> T:
    """Run one user class for so long; what it wrote, as a value.

    Raises:
        RuntimeError: Locust failed; the message holds the end of its log.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [
            sys.executable,
            "-m",
            "locust",
            "-f",
            f"tests/bench/{locustfile}",
            "--headless",
            "--only-summary",
        ]
        ended = subprocess.run(
            [*command, "-t", f"{seconds}s", *arguments, user],
            cwd=CHECKOUT,
            env=os.environ | {RESULT: str(result), "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=seconds + STARTED_WITHIN,
            check=False,
        )
        if not result.exists():
            raise RuntimeError(
                f"{locustfile} {user} left no result (code {ended.returncode}): {ended.stderr[-2000:]}"
            )
        return msgspec.json.decode(result.read_bytes(), type=kind)


def leave(value: msgspec.Struct) -> None:
    """Called in the Locust process: hand a result to the bench."""
    Path(os.environ[RESULT]).write_bytes(msgspec.json.encode(value))
