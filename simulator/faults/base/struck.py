"""What the faults share that strike the API's sessions while these wait."""

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.doors.postgres import Pulses
from simulator.faults.base.pulsed import PulsedLock, PulsedRecord, PulsedSettings
from simulator.faults.contract import Check


class StruckSettings(PulsedSettings):
    """How many are struck how often. A short lock makes some wait, and of those the victims are chosen."""

    victims: Annotated[int, Field(ge=1, le=100)] = 1
    """In each pulse."""
    hold: Seconds = 0.2
    pause: Seconds = 0.4


S = TypeVar("S", bound=StruckSettings)


class StruckSessions(PulsedLock[S]):
    """In effect once there has been a victim."""

    strike: ClassVar[Literal["cancel", "terminate"]]
    """What becomes of a victim: its statement is cancelled, or its session terminated."""

    def plan(self, settings: S, id: str) -> PulsedRecord:  # noqa: A002  see Fault.plan
        pulses = Pulses(
            table=settings.table,
            hold=settings.hold,
            pause=settings.pause,
            victims=settings.victims,
            strike=self.strike,
        )
        return PulsedRecord(fault=self.name, id=id, pulses=pulses, service=settings.service)

    async def is_effective(self, record: PulsedRecord, doors: Doors) -> Check:
        struck = doors.database(record.service).struck(record.id)
        if struck.gave_up:
            return Check(ok=False, observed=struck.gave_up)
        return Check(
            ok=struck.victims > 0,
            observed=f"{struck.victims} victims ({self.strike}) in {struck.pulses} pulses",
        )
