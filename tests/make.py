"""Runs a target of the Makefile as a user types it. The set-up before it is left out: the gate began with it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.checkout import ROOT

INHERITED = ("MAKE", "MFLAGS", "PYTEST_")
"""What the gate's own make and pytest leave in the environment, and what they start would obey."""


def typed(target: str, where: Path = ROOT, venv: Path = Path(sys.prefix)) -> list[str]:
    """The command; `-o` has make take the set-up for done, however old it looks."""
    return ["make", "-C", str(where), "-o", str(venv / ".installed"), f"VENV={venv}", target]


def surroundings(**variables: str) -> dict[str, str]:
    """The environment of whoever types it, and these variables, as in `SOAK=10m make soak`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(INHERITED)}
    return kept | variables


def attempt(
    target: str, *, within: float, where: Path = ROOT, venv: Path = Path(sys.prefix), **variables: str
) -> subprocess.CompletedProcess[str]:
    """How the target ended, within so many seconds, and all that it printed."""
    return subprocess.run(
        typed(target, where, venv),
        env=surroundings(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within,
        check=False,
    )


def make(
    target: str, *, within: float, where: Path = ROOT, venv: Path = Path(sys.prefix), **variables: str
) -> str:
    """What the target printed; it fails the test when it does not leave with 0."""
    done = attempt(target, within=within, where=where, venv=venv, **variables)
    assert done.returncode == 0, f"make {target} left with {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout
