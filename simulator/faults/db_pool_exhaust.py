"""db-pool-exhaust: writers queue behind a table lock until the API's connection pool is full, and stays full."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.locks import Queue
from simulator.faults.contract import Check, Fault, FaultRecord, SoleService


class Settings(SoleService):
    """The table whose writers wait, and how many waiting sessions mean that the pool is full."""

    fault: Literal["db-pool-exhaust"] = "db-pool-exhaust"
    table: str = ""
    """Empty: the one that the environment names for such faults."""
    pool: Annotated[int, Field(ge=1, le=10_000)] = 20
    """How many sessions the application's pool has."""

    @property
    def upsets(self) -> str:
        return self.service


class Record(FaultRecord):
    """The lock to release: its session is tagged with the id."""

    table: str
    pool: int
    service: str = "postgres"


class DbPoolExhaust(Fault[Settings, Record]):
    """The lock is an ordinary one (EXCLUSIVE: readers and the exporter go on) in a session tagged with the id.

    It ends with its session: on undo, or when the engine dies. It needs writers on that table to fill the pool.
    """

    name = "db-pool-exhaust"
    needs = "database"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(
            fault=self.name, id=id, table=settings.table, pool=settings.pool, service=settings.service
        )

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"table": await doors.database(record.service).aimed(record.table)})

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.database(record.service).hold_lock(record.id, record.table)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        database = doors.database(record.service)
        pooled = await database.sessions(database.client.name)
        waiting = await database.client.waiting() if database.client.waiting else None
        told = "" if waiting is None else f", {waiting:g} requests waiting for a session"
        return Check(
            # One that is being handed to the next in line belongs to nobody for a moment.
            ok=pooled.busy >= record.pool - 1 and pooled.waiting_for_lock > 0 and waiting != 0,
            observed=f"{pooled.busy} of {record.pool} pooled sessions busy, {pooled.waiting_for_lock} of them waiting"
            f" for the lock{told}",
        )

    def queue(self, record: Record, doors: Doors) -> Queue:
        return doors.database(record.service).queue(record.id)

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.database(record.service).release_lock(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        database = doors.database(record.service)
        held = await database.sessions(record.id)
        pooled = await database.sessions(database.client.name)
        others = await database.in_the_way(database.client.name)
        return Check(
            ok=held.total == 0 and pooled.busy < record.pool,
            observed=f"{held.total} sessions hold the lock; {pooled.busy} of {record.pool} pooled sessions busy"
            f"{others and '; '}{others}",
        )


FAULT = DbPoolExhaust()
