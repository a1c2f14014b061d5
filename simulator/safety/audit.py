"""The audit trail: who ran, stopped or undid what, when, from where. One line a deed, only ever appended."""

import os
import pwd
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from simulator.base.clock import Clock
from simulator.base.errors import HarnessError
from simulator.base.paths import state_home
from simulator.base.values import Value

Deed = Literal["run began", "run ended", "run refused", "undone", "not undone", "stop set", "stop cleared"]


class Entry(Value):
    """One line of the trail."""

    at: datetime
    """UTC."""
    who: str
    """The account, and behind `sudo` the one it was called from."""
    where: str
    """This host, and the terminal or the address a remote login came from."""
    process: int
    deed: Deed
    what: str
    """The run or the fault."""
    environment: str = ""
    detail: str = ""


@dataclass(frozen=True)
class AuditTrail:
    """The file, readable and writable by its owner only; what is written concerns one environment."""

    path: Path
    clock: Clock
    environment: str = ""

    def write(self, deed: Deed, what: str, detail: str = "") -> None:
        """Append a line; it is on disk when this returns.

        Raises:
            HarnessError: it cannot be written.
        """
        entry = Entry(
            at=self.clock.now(),
            who=who(),
            where=where(),
            process=os.getpid(),
            deed=deed,
            what=what,
            environment=self.environment,
            detail=detail,
        )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # One write to a file opened for appending: lines of several processes do not mix.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, entry.model_dump_json().encode("utf-8", "replace") + b"\n")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise HarnessError(
                f"the audit trail {self.path} cannot be written: {error.strerror}; nothing is done without it"
            ) from None

    def read(self) -> list[Entry]:
        """All entries, the oldest first; a line that is none is passed over.

        Raises:
            HarnessError: the file cannot be read.
        """
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise HarnessError(f"the audit trail {self.path} cannot be read: {error.strerror}") from None
        return [entry for line in lines if (entry := _entry(line)) is not None]


def _entry(line: str) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None


def who() -> str:
    """The account, and behind `sudo` the one it was called from."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        name = f"uid {os.getuid()}"
    called_from = os.environ.get("SUDO_USER", "")
    return f"{name} (sudo by {called_from})" if called_from else name


def where() -> str:
    """This host, and the terminal or the address a remote login came from.

    SSH says in `SSH_CONNECTION` who has connected: address, port, our address, our port.
    """
    client = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    try:
        terminal = os.ttyname(2)
    except OSError:
        terminal = "no terminal"
    return f"{socket.gethostname()}, {f'ssh from {client}' if client else terminal}"


def audit_trail(clock: Clock, environment: str = "") -> AuditTrail:
    """The one audit trail of this machine's user, for entries on an environment."""
    return AuditTrail(state_home() / "audit.jsonl", clock, environment)
