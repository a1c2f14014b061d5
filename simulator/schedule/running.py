"""Starts a slot's run, a `simulator run` of its own, and waits for its end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulator.schedule.checks import command
from simulator.schedule.children import Children
from simulator.schedule.models import Placed
from simulator.schedule.slots import Slot
from simulator.schedule.step import Ended

_SIGNALLED = 128
"""What a shell adds to the number of the signal that ended a program."""


@dataclass(frozen=True)
class Runs:
    """The runs that this process starts."""

    reports: Path
    children: Children
    folder_of: Callable[[str], str]
    """The folder of a slot's run below the reports, by the slot's id; empty: it left none."""
    over: Callable[[Placed], None]
    """What follows a run, however it ended."""

    async def run(self, placed: Placed, slot: Slot) -> Ended:
        """Run it to its end."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command(placed, self.reports),
                *("--slot", slot.id),
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours to pass on
            )
            code = await self.children.ended(process)
        finally:
            self.over(placed)
        return Ended(exit_code=_SIGNALLED - code if code < 0 else code, run=self.folder_of(slot.id))
