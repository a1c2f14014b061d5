"""What the supervisor is told about one service; values only."""

import dataclasses
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from simulator.erpgo.stack.supervisor.paths import CHECKOUT

Check = Callable[[], Awaitable[None]]
"""Returns when the service works; raises NotReady, OSError or TimeoutError with what was observed when not."""


class NotReady(Exception):
    """A service answered, and the answer says that it does not work yet."""


@dataclasses.dataclass(frozen=True)
class Account:
    """The user a server runs as where the supervisor's own will not do."""

    name: str
    uid: int
    gid: int


@dataclasses.dataclass(frozen=True)
class Step:
    """A command that has to succeed once before the service's first start."""

    argv: tuple[str, ...]
    stdin: str = ""


@dataclasses.dataclass(frozen=True)
class Service:
    """One server process: how it starts, when it is ready and how it is asked to stop."""

    name: str
    container: str
    argv: tuple[str, ...]
    ready: Check
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    account: Account | None = None
    cwd: Path = CHECKOUT
    after: tuple[str, ...] = ()
    """Services that must have been ready once before this one first starts."""
    prepare: tuple[Step, ...] = ()
    stale: tuple[Path, ...] = ()
    """Files a killed predecessor leaves behind and a new start would stumble over."""
    stop_signal: signal.Signals = signal.SIGTERM
    chaos: bool = False
    """Opt-in: only such a service may be held."""
