"""Where what outlives a run is kept: state and cache of this user, by the XDG specification."""

import os
from pathlib import Path


def is_root() -> bool:
    """Whether servers have to be started as another user, because they refuse to run as root."""
    return os.geteuid() == 0


def state_home() -> Path:
    """`$XDG_STATE_HOME/simulator`; root's default follows the FHS, because a dropped user cannot enter /root."""
    return _home("XDG_STATE_HOME", for_root=Path("/var/lib"), for_users=Path("~/.local/state")) / "simulator"


def cache_home() -> Path:
    """`$XDG_CACHE_HOME/simulator`, with the same exception for root as `state_home`."""
    return _home("XDG_CACHE_HOME", for_root=Path("/var/cache"), for_users=Path("~/.cache")) / "simulator"


def _home(variable: str, *, for_root: Path, for_users: Path) -> Path:
    chosen = os.environ.get(variable, "")
    if Path(chosen).is_absolute():  # the XDG specification: relative values are to be ignored
        return Path(chosen)
    return for_root if is_root() else for_users.expanduser()


def write_private(path: Path, text: str) -> None:
    """Readable by the owner only (it holds passwords), and there at once or not at all."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    aside.replace(path)
