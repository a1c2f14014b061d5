"""A virtual environment with the built wheel in it, and of what this one has nothing but what the wheel asks for."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

from tests.checkout import ROOT
from tests.cli.commands import Left

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def built(project: Path, into: Path) -> Path:
    """The wheel of a project, built offline."""
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    _must(*PIP, "wheel", "-q", *offline, "-w", str(into), str(project))
    (wheel,) = into.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Fresh:
    """An installation, and the folder in which its user works."""

    folder: Path
    work: Path
    state: Path

    @classmethod
    def of(cls, wheel: Path, home: Path, *extras: str) -> "Fresh":
        """Install a wheel with these extras, in a folder that others may enter: as root the servers drop their rights."""
        one = cls(home / "venv", home / "work", home / "state")
        one.work.mkdir(parents=True)
        one.state.mkdir(mode=0o711)
        venv.create(one.folder, with_pip=False, symlinks=True)
        one.install(wheel)
        (ours,) = (each for each in distributions(path=[str(one.site)]) if each.name == "erpgo-simulator")
        for each in _wanted(ours, extras):
            _link(each, one.site)
        return one

    @property
    def site(self) -> Path:
        """Its site-packages."""
        (folder,) = self.folder.glob("lib/python*/site-packages")
        return folder

    def install(self, wheel: Path) -> None:
        """Install one more, without what it needs."""
        python = str(self.folder / "bin/python")
        _must(*PIP, "--python", python, "install", "-q", "--no-index", "--no-deps", str(wheel))

    def run(self, program: str, *words: str, at: Path | None = None) -> Left:
        """Run a program of the installation in its user's folder, as a terminal would."""
        done = subprocess.run(
            [self.folder / "bin" / program, *words],
            cwd=at or self.work,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
                "XDG_STATE_HOME": str(self.state),
                "COLUMNS": "200",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Left(done.returncode, done.stdout, done.stderr)

    def simulator(self, *words: str, at: Path | None = None) -> Left:
        return self.run("simulator", *words, at=at)


def _must(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _wanted(asking: Distribution, extras: Iterable[str]) -> Iterator[Distribution]:
    """All distributions of this environment that another asks for, and those ask for in turn."""
    seen = set()
    asked = [(asking, tuple(extras))]
    while asked:
        one, chosen = asked.pop()
        for line in one.requires or ():
            need = Requirement(line)
            applies = need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in ("", *chosen)
            )
            what = (need.name, *sorted(need.extras))
            if applies and what not in seen:
                seen.add(what)
                found = distribution(need.name)
                asked.append((found, tuple(need.extras)))
                yield found


def _link(one: Distribution, site: Path) -> None:
    tops = {file.parts[0] for file in one.files or ()} - {"..", "__pycache__"}
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(str(one.locate_file(top)))
