"""One of the stack's servers as a systemd unit, of a real manager, which its owners ask through their `systemctl`."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attached.manager import NoManager, systemd
from tests.foreign.foreign import Foreign
from tests.stack.waiting import eventually

FILE = "[Service]\nExecStart=/bin/sh {script}\nRestart=always\nRestartSec=0\n"
SYSTEMCTL = '#!/bin/sh\nunset DBUS_SESSION_BUS_ADDRESS\nXDG_RUNTIME_DIR={run} exec {real} --user "$@"\n'
"""Theirs is the manager of the machine; this one is asked by the same words."""


@contextmanager
def as_unit(foreign: Foreign, server: str, folder: Path) -> Iterator[Path]:
    """Until the end of the block a unit, `shop-SERVER.service`, runs it; the folder of the `systemctl` that knows it.

    Raises:
        NoManager: no systemd can be started here, and the server runs as before.
    """
    real, unit = shutil.which("systemctl"), unit_of(server)
    if real is None:
        raise NoManager("there is no systemctl")
    home, run, programs = (folder / name for name in ("home", "run", "bin"))
    for one in (home, run, programs):
        one.mkdir(parents=True)
    _executable(programs / "systemctl", SYSTEMCTL.format(run=shlex.quote(str(run)), real=real))
    _executable(folder / server, _started(foreign, server))
    with systemd(home, run, unit, FILE.format(script=folder / server)):
        assert foreign.run(foreign.down, server) == 0
        try:
            _ask(programs, "start", unit)
            eventually(f"{unit} answers", lambda: foreign.run(foreign.is_down, server) == 1)
            yield programs
        finally:
            _ask(programs, "stop", unit)
            assert foreign.run(foreign.up, server) == 0


def unit_of(server: str) -> str:
    return f"shop-{server}.service"


def is_active(programs: Path, server: str) -> bool:
    """By systemd's own word."""
    asked = [str(programs / "systemctl"), "is-active", "--quiet", unit_of(server)]
    return subprocess.run(asked, check=False, timeout=60).returncode == 0


def _started(foreign: Foreign, server: str) -> str:
    """A script, which nobody else may read: it has what the server finds in its environment."""
    listed = json.loads((foreign.folder / "programs.json").read_text(encoding="utf-8"))
    (one,) = (each for each in listed if each["name"] == server)
    exported = [f"export {name}={shlex.quote(value)}" for name, value in one["env"].items()]
    return "\n".join(["#!/bin/sh", *exported, f"exec {shlex.join(one['argv'])}", ""])


def _executable(path: Path, text: str) -> None:
    path.touch(mode=0o700)
    path.write_text(text, encoding="utf-8")


def _ask(programs: Path, *words: str) -> None:
    subprocess.run([programs / "systemctl", *words], check=True, timeout=60)
