"""The base image `debian:bookworm-slim`, made with debootstrap where no registry has it for us."""

import os
import shutil
import tempfile
from pathlib import Path

from simulator.base.dockerhost import DockerHost
from simulator.base.errors import StackError
from simulator.base.paths import cache_home
from simulator.erpgo.stack.compose.tools import Say, debian_mirror, docker, run

NAME = "debian:bookworm-slim"
_RELEASE = "bookworm"
_PULL_WITHIN_S = 60.0
_DEBOOTSTRAP_WITHIN_S = 600.0
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_OWN_CERTIFICATES = Path("/usr/local/share/ca-certificates")


def ensure(engine: DockerHost, say: Say) -> None:
    """Have the base image in the engine.

    Raises:
        StackError: it can neither be pulled nor made.
    """
    if exists(engine, NAME):
        return
    if not pulled(engine, NAME):
        say(f"{NAME} cannot be pulled: made with debootstrap, about a minute, once")
        _make(engine)


def exists(engine: DockerHost, image: str) -> bool:
    """Whether the engine has an image."""
    try:
        docker(engine, "image", "inspect", image)
    except StackError:
        return False
    return True


def pulled(engine: DockerHost, image: str) -> bool:
    """Pull an image; False when the registry cannot be reached or does not have it."""
    try:
        docker(engine, "pull", "-q", image, within_s=_PULL_WITHIN_S)
    except StackError:
        return False
    return True


def _make(engine: DockerHost) -> None:
    archive = cache_home() / "docker" / f"debian-{_RELEASE}.tar"
    if not archive.exists():
        _bootstrap(archive)
    docker(engine, "import", str(archive), NAME, within_s=120)


def _bootstrap(archive: Path) -> None:
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise StackError(
            f"{NAME} cannot be pulled, and to make it needs root and debootstrap: "
            f"apt install debootstrap, then start once as root; or import an image of that name yourself"
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".base-") as work:
        root = Path(work) / "root"
        mirror, _ = debian_mirror()
        run(
            ["debootstrap", "--variant=minbase", _RELEASE, str(root), mirror],
            within_s=_DEBOOTSTRAP_WITHIN_S,
        )
        _adapt(root)
        aside = Path(work) / "image.tar"
        run(["tar", "-C", str(root), "-cf", str(aside), "."], within_s=120)
        aside.rename(archive)


def _adapt(root: Path) -> None:
    """Let builds reach package archives as this machine does: its certificates, and pip told to use them."""
    if not _CERTIFICATES.exists():
        return
    (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
    shutil.copy2(_CERTIFICATES, root / "etc/ssl/certs")
    if _OWN_CERTIFICATES.is_dir():
        shutil.copytree(_OWN_CERTIFICATES, root / "usr/local/share/ca-certificates", dirs_exist_ok=True)
    (root / "etc/pip.conf").write_text(f"[global]\ncert = {_CERTIFICATES}\n", encoding="utf-8")
