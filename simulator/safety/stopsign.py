"""The stop sign: a file that ends every run on this machine, and keeps new ones from beginning until it is cleared."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from simulator.base.errors import HarnessError, Unsafe
from simulator.base.paths import state_home

UNSAID = "no reason given"
LONGEST = 500
"""Characters of a reason that are read: the file may be anybody's."""


@dataclass(frozen=True)
class StopSign:
    """Set by `simulator stop`, by SIGUSR1, or by hand: that the file exists is what counts."""

    path: Path

    def read(self) -> str:
        """Why everything is stopped; empty while nothing is.

        A sign that is there and cannot be read still stops.
        """
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                return " ".join(file.read(LONGEST).split()) or UNSAID
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.path} cannot be read: {error.strerror}"

    def set(self, reason: str) -> None:
        """Stop. The first reason stays.

        Raises:
            HarnessError: the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(" ".join(reason.split()) + "\n")
        except OSError as error:
            raise HarnessError(
                f"the stop sign {self.path} cannot be set: {error.strerror}; end the run with Ctrl-C or SIGTERM"
            ) from None

    def clear(self) -> bool:
        """Allow runs again; returns whether there was a sign.

        Raises:
            HarnessError: the file cannot be removed.
        """
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise HarnessError(f"the stop sign {self.path} cannot be removed: {error.strerror}") from None
        return True

    def refuse(self) -> None:
        """Keep a run from beginning.

        Raises:
            Unsafe: everything is stopped.
        """
        reason = self.read()
        if reason:
            raise Unsafe(
                f"no run begins while everything is stopped ({reason}); allow it: simulator stop --clear"
            )


def stop_sign() -> StopSign:
    """The one stop sign of this machine's user, whichever environment runs."""
    return StopSign(state_home() / "stop")
