"""Where the stack keeps what: instance folders under the state home, binaries under the cache home."""

import dataclasses
import hashlib
import os
import stat
from pathlib import Path

from simulator.base.errors import BadInput

CHECKOUT = Path(__file__).resolve().parents[4]
"""The folder that holds the package `simulator`; Python services start in it."""


def is_root() -> bool:
    """Whether servers have to be started as another user, because they refuse to run as root."""
    return os.geteuid() == 0


def state_home() -> Path:
    """`$XDG_STATE_HOME/simulator`; root's default follows the FHS, because a dropped user cannot enter /root."""
    return _home("XDG_STATE_HOME", for_root=Path("/var/lib"), for_users=Path("~/.local/state")) / "simulator"


def stop_file() -> Path:
    """The stop sign of this user: one for all stacks."""
    return state_home() / "stop"


def cache_home() -> Path:
    """`$XDG_CACHE_HOME/simulator`, with the same exception for root as `state_home`."""
    return _home("XDG_CACHE_HOME", for_root=Path("/var/cache"), for_users=Path("~/.cache")) / "simulator"


def _home(variable: str, *, for_root: Path, for_users: Path) -> Path:
    chosen = os.environ.get(variable, "")
    if Path(chosen).is_absolute():  # the XDG specification: relative values are to be ignored
        return Path(chosen)
    return for_root if is_root() else for_users.expanduser()


def embedded_instance(checkout: Path = CHECKOUT) -> str:
    """The name of this checkout's embedded stack: two checkouts never share state."""
    return f"embedded-{hashlib.sha256(bytes(checkout.resolve())).hexdigest()[:8]}"


def embedded_folder() -> Path:
    """The instance folder of this checkout's embedded stack."""
    return state_home() / embedded_instance()


@dataclasses.dataclass(frozen=True)
class StackFolder:
    """The stack's part of an instance folder; the rest of the folder belongs to the simulator."""

    instance_folder: Path

    @property
    def instance(self) -> str:
        return self.instance_folder.name

    @property
    def info_file(self) -> Path:
        return self.instance_folder / "stack.json"

    @property
    def up_lock(self) -> Path:
        return self.instance_folder / "up.lock"

    @property
    def root(self) -> Path:
        return self.instance_folder / "stack"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def previous_logs(self) -> Path:
        return self.root / "logs.previous"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def secrets(self) -> Path:
        """What servers must know and others must not; only those who run servers may enter."""
        return self.root / "secrets"

    @property
    def receiver_token(self) -> Path:
        return self.secrets / "receiver-token"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"


def open_to_others(path: Path) -> bool:
    """Whether a user without rights of its own can reach what lies below `path`."""
    return blocking_folder(path) is None


def blocking_folder(path: Path) -> Path | None:
    """The first folder on the way down to `path` that others may not enter, if there is one."""
    resolved = path.resolve()
    for folder in (*reversed(resolved.parents), resolved):
        if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def check_reachable(folder: Path) -> None:
    """Refuse a folder that the servers could not enter.

    Raises:
        BadInput: root asked for a folder below one that only its owner may enter.
    """
    blocked = blocking_folder(folder) if is_root() else None
    if blocked is not None:
        raise BadInput(
            f"stack folder {folder} cannot be used as root: the database refuses to run as root, and the user it "
            f"runs as may not enter {blocked}; choose another XDG_STATE_HOME or run chmod o+x {blocked}"
        )


def write_private(path: Path, text: str) -> None:
    """Readable by the owner only (it holds passwords), and there at once or not at all."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    aside.replace(path)
