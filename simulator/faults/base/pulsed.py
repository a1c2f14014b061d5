"""What the faults share that lock a table in pulses."""

from typing import TypeVar

from simulator.doors import Doors
from simulator.doors.locks import Queue
from simulator.doors.postgres import Pulses
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

API = "erpgo-api"
"""The application name of the API's sessions."""


class PulsedSettings(FaultSettings):
    """A fault of the database."""

    @property
    def touches(self) -> str:
        return "postgres"


class PulsedRecord(FaultRecord):
    """The pulses to end; their session carries the id as its application name."""

    pulses: Pulses


S = TypeVar("S", bound=PulsedSettings)


class PulsedLock(Fault[S, PulsedRecord]):
    """Each lock lives as long as its session: the server ends it within 3 s of our freezing, at once when we die."""

    record = PulsedRecord

    async def inject(self, record: PulsedRecord, doors: Doors) -> None:
        await doors.postgres.pulse(record.id, record.pulses, API)

    def queue(self, record: PulsedRecord, doors: Doors) -> Queue:
        return doors.postgres.queue(record.id)

    async def undo(self, record: PulsedRecord, doors: Doors) -> None:
        await doors.postgres.release_lock(record.id)

    async def is_undone(self, record: PulsedRecord, doors: Doors) -> Check:
        ours = await doors.postgres.sessions(record.id)
        if ours.total:
            return Check(ok=False, observed=f"{ours.total} sessions of ours are left")
        return Check(ok=True, observed=await doors.postgres.probe())
