"""What the faults share that lock a table in pulses."""

from typing import TypeVar

from simulator.doors import Doors
from simulator.doors.locks import Queue
from simulator.doors.postgres import Pulses
from simulator.faults.contract import Check, Fault, FaultRecord, SoleService


class PulsedSettings(SoleService):
    """A fault of a database, on one of its tables."""

    table: str = ""
    """The table whose writers wait; empty: the one that the environment names for such faults."""


class PulsedRecord(FaultRecord):
    """The pulses to end; their session carries the id as its application name."""

    pulses: Pulses
    service: str = "postgres"


S = TypeVar("S", bound=PulsedSettings)


class PulsedLock(Fault[S, PulsedRecord]):
    """Each lock lives as long as its session: the server ends it within 3 s of our freezing, at once when we die."""

    needs = "database"
    record = PulsedRecord

    async def aim(self, record: PulsedRecord, doors: Doors) -> PulsedRecord:
        table = await doors.database(record.service).aimed(record.pulses.table)
        return record.model_copy(update={"pulses": record.pulses.model_copy(update={"table": table})})

    async def inject(self, record: PulsedRecord, doors: Doors) -> None:
        await doors.database(record.service).pulse(record.id, record.pulses)

    def queue(self, record: PulsedRecord, doors: Doors) -> Queue:
        return doors.database(record.service).queue(record.id)

    async def undo(self, record: PulsedRecord, doors: Doors) -> None:
        await doors.database(record.service).release_lock(record.id)

    async def is_undone(self, record: PulsedRecord, doors: Doors) -> Check:
        ours = await doors.database(record.service).sessions(record.id)
        if ours.total:
            return Check(ok=False, observed=f"{ours.total} sessions of ours are left")
        return Check(ok=True, observed=await doors.database(record.service).probe())
