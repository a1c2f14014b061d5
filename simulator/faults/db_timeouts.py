"""db-timeouts: statements of the API are cancelled while they wait, as its statement timeout would."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.postgres import Pulses
from simulator.faults.contract import Check
from simulator.faults.pulsed import PulsedLock, PulsedRecord, PulsedSettings
from simulator.values import Seconds


class Settings(PulsedSettings):
    """How many are struck how often. A short lock makes some wait, and of those the victims are chosen."""

    fault: Literal["db-timeouts"] = "db-timeouts"
    table: str = "orders"
    victims: Annotated[int, Field(ge=1, le=100)] = 1
    """In each pulse."""
    hold: Seconds = 0.2
    pause: Seconds = 0.4


class DbTimeouts(PulsedLock[Settings]):
    """A cancelled statement is a timeout to the API, which cannot tell who cancelled it."""

    name = "db-timeouts"
    settings = Settings

    def plan(self, settings: Settings, id: str) -> PulsedRecord:  # noqa: A002  see Fault.plan
        pulses = Pulses(
            table=settings.table,
            hold=settings.hold,
            pause=settings.pause,
            victims=settings.victims,
            strike="cancel",
        )
        return PulsedRecord(fault=self.name, id=id, pulses=pulses)

    async def is_effective(self, record: PulsedRecord, doors: Doors) -> Check:
        struck = doors.postgres.struck(record.id)
        return Check(
            ok=struck.victims > 0,
            observed=f"{struck.victims} cancelled in {struck.pulses} pulses",
        )


FAULT = DbTimeouts()
