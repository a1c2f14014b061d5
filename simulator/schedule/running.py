"""Starts a slot's run, a `simulator run` of its own, and passes on to it that it has to end."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from simulator.schedule.checks import command
from simulator.schedule.models import Placed
from simulator.schedule.slots import Slot
from simulator.schedule.step import Ended

_SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program."""


@dataclass
class Runs:
    """The runs that this process has started."""

    reports: Path
    folder_of: Callable[[str], str]
    """The folder of a slot's run below the reports, by the slot's id; empty: it left none."""
    over: Callable[[Placed], None]
    """What follows a run, however it ended."""
    _going: set[asyncio.subprocess.Process] = field(default_factory=set)
    ending: bool = False
    """Whether nothing may be begun any more."""

    async def run(self, placed: Placed, slot: Slot) -> Ended:
        """Run it to its end."""
        process = await asyncio.create_subprocess_exec(
            *command(placed, self.reports),
            *("--slot", slot.id),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to pass on: a second signal would hurry its undo
        )
        self._going.add(process)
        if self.ending:  # the signal came while it was being started
            process.send_signal(signal.SIGTERM)
        try:
            code = await process.wait()
        finally:
            self._going.discard(process)
            self.over(placed)
        return Ended(exit_code=_SIGNALLED - code if code < 0 else code, run=self.folder_of(slot.id))

    def end(self) -> None:
        """Have every run undo what it has injected, and end."""
        if self.ending:
            return
        self.ending = True
        for process in self._going:
            process.send_signal(signal.SIGTERM)
