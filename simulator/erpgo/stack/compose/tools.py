"""The programs that start containers: Docker's client, and Compose v2, fetched where the machine has none."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.base.dockerhost import LOCAL, DockerHost
from simulator.base.errors import StackError, Unsafe
from simulator.base.paths import cache_home

_SUITE = "trixie"
"""Debian 13, the first release with Compose v2; its program runs on Debian 12 as well."""
_PACKAGE = "docker-compose"
_PLUGIN = Path("usr/libexec/docker/cli-plugins/docker-compose")
_OLDEST = (2, 24, 4)
"""`!override`, which compose.debian.yaml needs, came with 2.24.4."""
_QUICK_S = 20.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Ran:
    """A program that has ended well; what it printed."""

    out: str


def docker(engine: DockerHost, *arguments: str, within_s: float = _QUICK_S) -> Ran:
    """Run Docker's client against one engine.

    Raises:
        StackError: it is not there, failed, or took too long; the message has its last words.
    """
    return run(["docker", *arguments], within_s=within_s, environment=engine.environment(os.environ))


def check_engine(engine: DockerHost) -> str:
    """The version of the Docker engine, which must answer and be on this machine.

    Raises:
        StackError: it does not answer.
        Unsafe: it is on another machine, where nothing is asked or started.
    """
    if not engine.is_here:
        raise Unsafe(
            f"environment compose needs a Docker engine on this machine, where its ports and files are; {engine.found_by}"
            f" leads to {', '.join(engine.hosts)}. Choose the local one: DOCKER_HOST={LOCAL.url}"
        )
    if shutil.which("docker") is None:
        raise StackError("environment compose needs Docker: no `docker` on PATH; run: apt install docker.io")
    try:
        return docker(engine, "version", "--format", "{{.Server.Version}}").out.strip()
    except StackError as error:
        raise StackError(f"environment compose needs a running Docker engine: {error}") from None


def compose_command(say: Say) -> list[str]:
    """How Compose v2 is called on this machine; fetched from Debian 13 where it is missing or too old.

    Raises:
        StackError: it is nowhere to be had.
    """
    for command in (["docker", "compose"], ["docker-compose"], [str(_fetched())]):
        if shutil.which(command[0]) and _recent(command):
            return command
    say(f"fetching Compose v2: package {_PACKAGE} of Debian 13")
    _fetch()
    return [str(_fetched())]


def run(command: Sequence[str], *, within_s: float, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a program to its end.

    Raises:
        StackError: as for `docker`.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=within_s, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"`{' '.join(command[:3])}`: {error}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StackError(f"`{' '.join(command[:3])}` failed: {said[-1] if said else done.returncode}")
    return Ran(done.stdout)


def debian_mirror() -> tuple[str, str]:
    """The machine's own address of Debian's main archive, and the release it runs.

    Raises:
        StackError: apt knows none.
    """
    listed = run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(CODENAME) $(ORIGIN) $(COMPONENT)",
            "Created-By: Packages",
        ],
        within_s=_QUICK_S,
    ).out
    for line in listed.splitlines():
        address, codename, origin, component = line.split(" ", 3)
        if origin == "Debian" and component == "main" and "-" not in codename:
            return address, codename
    raise StackError("apt knows no archive of Debian on this machine (`apt-get update` first?)")


def _fetched() -> Path:
    return cache_home() / "docker" / "docker-compose"


def _recent(command: Sequence[str]) -> bool:
    try:
        version = re.search(
            r"(\d+)\.(\d+)\.(\d+)", run([*command, "version", "--short"], within_s=_QUICK_S).out
        )
    except StackError:
        return False
    return version is not None and tuple(map(int, version.groups())) >= _OLDEST


def _fetch() -> None:
    """Download and unpack without root and beside the machine's own package lists."""
    folder = cache_home() / "docker"
    work = folder / f"fetch-{os.getpid()}"
    (work / "lists/partial").mkdir(parents=True)
    try:
        (work / "sources.list").write_text(f"deb {debian_mirror()[0]} {_SUITE} main\n", encoding="utf-8")
        options = [
            *(
                "-q",
                "-o",
                f"Dir::Etc::sourcelist={work}/sources.list",
                "-o",
                "Dir::Etc::sourceparts=/dev/null",
            ),
            *("-o", f"Dir::State::lists={work}/lists", "-o", f"Dir::Cache={work}"),
        ]
        run(["apt-get", *options, "update"], within_s=120)
        run(
            ["sh", "-c", 'cd "$0" && exec apt-get "$@"', str(work), *options, "download", _PACKAGE],
            within_s=120,
        )
        deb = next(work.glob("*.deb"))
        run(["dpkg-deb", "-x", str(deb), str(work / "unpacked")], within_s=60)
        (work / "unpacked" / _PLUGIN).rename(_fetched())
    except (StackError, OSError, StopIteration) as error:
        raise StackError(
            f"Compose {'.'.join(map(str, _OLDEST))} or newer is not on this machine and cannot be fetched ({error}); "
            "install Docker's compose plugin"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
