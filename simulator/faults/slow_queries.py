"""slow-queries: writers wait for a lock again and again, briefly enough that the pool does not fill."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.doors.postgres import Pulses
from simulator.faults.base.pulsed import PulsedLock, PulsedRecord, PulsedSettings
from simulator.faults.contract import Check


class Settings(PulsedSettings):
    """How long each lock is held, and the pause after it."""

    fault: Literal["slow-queries"] = "slow-queries"
    hold: Seconds = 1.2
    pause: Seconds = 0.1
    most: Annotated[int, Field(ge=1)] = 17
    """So many waiting sessions end a pulse early."""


class SlowQueries(PulsedLock[Settings]):
    """The pool must not stay full: that is another alert's. So a pulse ends when 17 of its 20 connections wait.

    With 17 writes a second that is after a second, and 8 of those who waited did so for more than half of one.
    """

    name = "slow-queries"
    lags = True  # who waits is counted at the end of a pulse
    settings = Settings

    def plan(self, settings: Settings, id: str) -> PulsedRecord:  # noqa: A002  see Fault.plan
        pulses = Pulses(table=settings.table, hold=settings.hold, pause=settings.pause, most=settings.most)
        return PulsedRecord(fault=self.name, id=id, pulses=pulses, service=settings.service)

    async def is_effective(self, record: PulsedRecord, doors: Doors) -> Check:
        struck = doors.database(record.service).struck(record.id)
        if struck.gave_up:
            return Check(ok=False, observed=struck.gave_up)
        return Check(
            ok=struck.waited > 0,
            observed=f"{struck.waited} sessions of the API waited at the end of pulse {struck.pulses},"
            f" each {record.pulses.hold:g} s long at most",
        )


FAULT = SlowQueries()
