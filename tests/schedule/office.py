"""Schedules, and hands that only write down what they are asked to do."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.models import Placed, Schedule
from simulator.schedule.slots import Slot
from simulator.schedule.step import Ended, Hands
from tests.fakes.clock import FakeClock

TUESDAY = datetime(2026, 11, 3, 8, 59, 30, tzinfo=UTC)
"""Half a minute before the slots of `weekly`, in Berlin's winter."""


def weekly(**said: Any) -> Schedule:
    """Tuesdays at ten in Berlin."""
    return Schedule.model_validate(
        {
            "name": "weekly",
            "run": "smoke",
            "at": "0 10 * * TUE",
            "zone": "Europe/Berlin",
            "dry_run_first": False,
            **said,
        }
    )


def placed(schedule: Schedule, folder: Path) -> Placed:
    return Placed(schedule=schedule, scenarios=folder)


class Killed(BaseException):
    """What stands for kill -9: nobody catches it."""


@dataclass
class Diary:
    """What was done, and by whom it was asked."""

    clock: FakeClock
    refuses: str = ""
    code: int = 0
    lasts: float = 60.0
    dies: Callable[[], None] = lambda: None
    ran: list[str] = field(default_factory=list)
    told: list[SlotRecord] = field(default_factory=list)

    def hands(self) -> Hands:
        return Hands(self._refusal, self._run, self._tell)

    async def _refusal(self, _placed: Placed, _slot: Slot) -> str:
        self.dies()
        return self.refuses

    async def _run(self, _placed: Placed, slot: Slot) -> Ended:
        self.dies()
        self.ran.append(slot.id)
        await self.clock.sleep(self.lasts)
        self.dies()
        return Ended(exit_code=self.code, run=f"run-{len(self.ran)}")

    def _tell(self, _placed: Placed, record: SlotRecord) -> None:
        self.dies()
        self.told.append(record)


class DyingBook(Book):
    """A book whose keeper is killed before, or after, each thing that is written."""

    def __init__(self, reports: Path, schedule: str, dies: Callable[[], None]) -> None:
        super().__init__(reports, schedule)
        self._dies = dies

    def die(self) -> None:
        """What the kernel does when a process ends: its locks are let go."""
        for handle in self._held.values():
            os.close(handle)
        self._held.clear()

    def claim(self, record: SlotRecord) -> bool:
        self._dies()
        done = super().claim(record)
        self._dies()
        return done

    def change(self, record: SlotRecord) -> None:
        self._dies()
        super().change(record)
        self._dies()

    def has_looked(self, until: datetime) -> None:
        self._dies()
        super().has_looked(until)
        self._dies()
