"""One of the stack's servers in a Docker container, without a registry: its image is empty, its files are this machine's."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.foreign.foreign import Foreign
from tests.foreign.servers import SERVICES
from tests.stack.waiting import eventually

SYSTEM = (Path("/usr"), Path("/lib"), Path("/lib64"), Path("/bin"), Path("/etc"))


@contextmanager
def contained(
    foreign: Foreign, server: str, name: str, labels: Mapping[str, str], folder: Path
) -> Iterator[None]:
    """Until the end of the block a container of that name, with these labels, runs it; nothing of it is left then."""
    image = f"{name}-image"
    _import_empty(image, folder)
    mounts = [f"--volume={path}:{path}:ro" for path in _read()]
    marks = [f"--label={key}={value}" for key, value in labels.items()]
    listed = json.loads((foreign.folder / "programs.json").read_text(encoding="utf-8"))
    (one,) = (each for each in listed if each["name"] == server)
    environment = folder / "environment"
    environment.touch(mode=0o600)
    environment.write_text("".join(f"{key}={value}\n" for key, value in one["env"].items()), encoding="utf-8")
    assert foreign.run(foreign.down, server) == 0
    try:
        options = ("--detach", "--network=host", "--restart=unless-stopped", f"--name={name}")
        _docker("run", *options, f"--env-file={environment}", *marks, *mounts, image, *one["argv"])
        eventually(f"{name} answers", lambda: foreign.run(foreign.is_down, server) == 1)
        yield
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=False, capture_output=True, timeout=60)
        subprocess.run(["docker", "rmi", image], check=False, capture_output=True, timeout=60)
        assert foreign.run(foreign.up, server) == 0


def is_running(name: str) -> bool:
    """By Docker's own word."""
    return _docker("inspect", "--format={{.State.Running}}", name).strip() == "true"


def _import_empty(image: str, folder: Path) -> None:
    with tarfile.open(folder / "empty.tar", "w"):
        pass
    _docker("import", str(folder / "empty.tar"), image)


def _read() -> list[Path]:
    """What a Python service reads: the system, Python, its environment, and its own file."""
    python = Path(sys.executable).resolve().parents[1]
    wanted = [*SYSTEM, python, Path(sys.prefix), SERVICES]
    there = dict.fromkeys(path for path in wanted if path.exists())
    return [path for path in there if not any(other in path.parents for other in there)]


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"docker {words[0]}: {done.stderr}"
    return done.stdout
