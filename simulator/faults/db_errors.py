"""db-errors: sessions of the API are terminated while they work."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.postgres import Pulses
from simulator.faults.contract import Check
from simulator.faults.pulsed import PulsedLock, PulsedRecord, PulsedSettings
from simulator.values import Seconds


class Settings(PulsedSettings):
    """How many are struck how often. A short lock makes some wait, and of those the victims are chosen."""

    fault: Literal["db-errors"] = "db-errors"
    table: str = "orders"
    victims: Annotated[int, Field(ge=1, le=100)] = 1
    """In each pulse."""
    hold: Seconds = 0.2
    pause: Seconds = 0.4


class DbErrors(PulsedLock[Settings]):
    """A terminated session is an error of the query it ran; the pool replaces it."""

    name = "db-errors"
    settings = Settings

    def plan(self, settings: Settings, id: str) -> PulsedRecord:  # noqa: A002  see Fault.plan
        pulses = Pulses(
            table=settings.table,
            hold=settings.hold,
            pause=settings.pause,
            victims=settings.victims,
            strike="terminate",
        )
        return PulsedRecord(fault=self.name, id=id, pulses=pulses)

    async def is_effective(self, record: PulsedRecord, doors: Doors) -> Check:
        struck = doors.postgres.struck(record.id)
        return Check(
            ok=struck.victims > 0,
            observed=f"{struck.victims} terminated in {struck.pulses} pulses",
        )


FAULT = DbErrors()
