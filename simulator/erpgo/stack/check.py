"""`python -m simulator.erpgo.stack.check`: every configuration file that is mounted into a container, verified by its own program.

A program that this machine does not have is named, not fetched: Loki, Promtail and nginx are in no package that the
stack needs otherwise.
"""

import enum
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import binaries
from simulator.erpgo.stack.supervisor.paths import CHECKOUT

_TIMEOUT_S = 60
_FILE, _SCRATCH = "{file}", "{scratch}"
"""In a command: the file to verify, and an empty folder for what the program wants to write."""


@dataclass(frozen=True)
class Check:
    """One file, by its path in the checkout, and the command that verifies it."""

    file: str
    program: str
    arguments: tuple[str, ...]

    def command(self, program: Path, root: Path, scratch: str) -> list[str]:
        """What is run."""
        places = {_FILE: str(root / self.file), _SCRATCH: scratch}
        return [str(program), *(_filled(argument, places) for argument in self.arguments)]


CHECKS = (
    *(
        Check(
            f"simulator/erpgo/stack/prometheus/rules/{name}.yaml",
            "promtool",
            ("check", "rules", "--lint=all", "--lint-fatal", _FILE),
        )
        for name in ("staging", "staging.debian", "production")
    ),
    # The files it names have their places inside the container.
    Check(
        "simulator/erpgo/stack/prometheus/prometheus.yml",
        "promtool",
        ("check", "config", "--syntax-only", _FILE),
    ),
    Check(
        "simulator/erpgo/stack/prometheus/prometheus.debian.yml",
        "promtool",
        ("check", "config", "--syntax-only", _FILE),
    ),
    Check("simulator/erpgo/stack/alertmanager/alertmanager.yml", "amtool", ("check-config", _FILE)),
    Check("simulator/erpgo/stack/loki/loki.yml", "loki", ("-verify-config", f"-config.file={_FILE}")),
    # Unknown keys are found; what stands inside a pipeline stage is read only when Promtail starts.
    Check(
        "simulator/erpgo/stack/promtail/promtail.yml",
        "promtail",
        ("-check-syntax", "-config.expand-env=true", f"-config.file={_FILE}"),
    ),
    Check("simulator/erpgo/stack/nginx/nginx.conf", "nginx", ("-t", "-q", "-p", _SCRATCH, "-c", _FILE)),
)


class Outcome(enum.StrEnum):
    """What became of a check."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Result:
    """One check's outcome, and what there is to say about it."""

    check: Check
    outcome: Outcome
    words: str

    @property
    def is_failure(self) -> bool:
        """Whether somebody has to act: a program that is absent here is no fault of the file."""
        return self.outcome in (Outcome.INVALID, Outcome.MISSING)

    def __str__(self) -> str:
        return f"{self.outcome:10} {self.check.file}: {self.words}"


def verify(check: Check, root: Path = CHECKOUT) -> Result:
    """Run one check."""
    if not (root / check.file).is_file():
        return Result(check, Outcome.MISSING, "there is no such file")
    program = _find(check.program)
    if program is None:
        return Result(check, Outcome.UNCHECKED, f"{check.program} is not on PATH")
    with tempfile.TemporaryDirectory() as scratch:
        command = check.command(program, root, scratch)
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode:
        return Result(check, Outcome.INVALID, (done.stdout + done.stderr).strip())
    return Result(check, Outcome.VALID, f"accepted by {check.program}")


def report(checks: Iterable[Check], root: Path, say: Callable[[str], None]) -> int:
    """Run all checks and say what became of each; 1 when one of them failed, else 0."""
    failed = False
    for check in checks:
        result = verify(check, root)
        say(str(result))
        failed = failed or result.is_failure
    return int(failed)


def _filled(argument: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        argument = argument.replace(name, place)
    return argument


def _find(program: str) -> Path | None:
    """Where the program is; those that the embedded stack uses are in its cache."""
    if program in binaries.NAMES:
        return binaries.find(program)
    found = shutil.which(program)
    return None if found is None else Path(found)


def main() -> int:
    """Check everything."""
    try:
        return report(CHECKS, CHECKOUT, print)
    except StackError as error:
        print(error, file=sys.stderr)  # noqa: T201  # a command prints
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
