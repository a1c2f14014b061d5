"""The processes that somebody has started, and that have to end when they are told to: a step its runs, the server its steps."""

import asyncio
import contextlib
import signal
from dataclasses import dataclass, field


@dataclass
class Children:
    """They are sent SIGTERM, each once: a second signal would hurry an undo."""

    ending: bool = False
    """Whether nothing may be begun any more."""
    _going: set[asyncio.subprocess.Process] = field(default_factory=set)

    async def ended(self, process: asyncio.subprocess.Process) -> int:
        """Wait until it has ended; returns its code, as Python tells it."""
        self._going.add(process)
        if self.ending:  # the signal came while it was being started
            _tell(process)
        try:
            return await process.wait()
        finally:
            self._going.discard(process)

    def end(self) -> None:
        """Have every one of them undo what it has injected, and end."""
        if not self.ending:
            self.ending = True
            for process in self._going:
                _tell(process)


def _tell(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
