"""db-pool-exhaust: writers queue behind a table lock until the API's connection pool is full, and stays full."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.locks import Queue
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

API = "erpgo-api"
"""The application name of the API's own database sessions."""


class Settings(FaultSettings):
    """The table whose writers wait, and how many waiting sessions mean that the pool is full."""

    fault: Literal["db-pool-exhaust"] = "db-pool-exhaust"
    table: Literal["orders"] = "orders"
    pool: Annotated[int, Field(ge=1, le=10_000)] = 20
    """The API's MAX_CONNECTIONS."""

    @property
    def touches(self) -> str:
        return "postgres"

    @property
    def upsets(self) -> str:
        return "postgres"


class Record(FaultRecord):
    """The lock to release: its session is tagged with the id."""

    table: str
    pool: int


class DbPoolExhaust(Fault[Settings, Record]):
    """The lock is an ordinary one (EXCLUSIVE: readers and the exporter go on) in a session tagged with the id.

    It ends with its session: on undo, or when the engine dies. It needs order traffic to fill the pool.
    """

    name = "db-pool-exhaust"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, table=settings.table, pool=settings.pool)

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.postgres.hold_lock(record.id, record.table)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        api = await doors.postgres.sessions(API)
        waiting = await doors.erpgo.gauge("erpgo_database_connections", state="waiting")
        return Check(
            # One that is being handed to the next in line belongs to nobody for a moment.
            ok=api.busy >= record.pool - 1 and api.waiting_for_lock > 0 and waiting > 0,
            observed=f"{api.busy} of {record.pool} pooled sessions busy, {api.waiting_for_lock} of them waiting"
            f" for the lock, {waiting:g} requests waiting for a session",
        )

    def queue(self, record: Record, doors: Doors) -> Queue:
        return doors.postgres.queue(record.id)

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.postgres.release_lock(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        held = await doors.postgres.sessions(record.id)
        api = await doors.postgres.sessions(API)
        others = await doors.postgres.in_the_way(API)
        return Check(
            ok=held.total == 0 and api.busy < record.pool,
            observed=f"{held.total} sessions hold the lock; {api.busy} of {record.pool} pooled sessions busy"
            f"{others and '; '}{others}",
        )


FAULT = DbPoolExhaust()
