"""Where a stack keeps what, below the instance folders of the state home."""

import dataclasses
import hashlib
import stat
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.base.paths import is_root, state_home

CHECKOUT = Path(__file__).resolve().parents[4]
"""The folder that holds the package `simulator`; Python services start in it."""


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
