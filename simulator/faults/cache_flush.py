"""cache-flush: the application's keys are deleted, all at once, again and again."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

LOOK = 0.5
"""Seconds over which the server's own misses are counted."""


class Settings(FaultSettings):
    """How often, and which keys."""

    fault: Literal["cache-flush"] = "cache-flush"
    every: Seconds = 3.0
    prefix: Annotated[str, Field(min_length=1)] = "erpgo:"
    """Of the keys that are deleted: what the application caches, and nothing else that may live there."""

    @property
    def touches(self) -> str:
        return "redis"


class Record(FaultRecord):
    """Nothing of ours stays in the cache; the deleted keys come back with the next reads."""

    every: float
    prefix: str


class CacheFlush(Fault[Settings, Record]):
    """Ends with this process: a dead engine deletes nothing more."""

    name = "cache-flush"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, every=settings.every, prefix=settings.prefix)

    async def inject(self, record: Record, doors: Doors) -> None:
        doors.redis.flush_often(record.id, record.prefix, record.every)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        flushes = doors.redis.repeated(record.id)
        _, misses = await doors.redis.lookups()
        await doors.clock.sleep(LOOK)
        _, later = await doors.redis.lookups()
        return Check(
            ok=flushes > 0 and later > misses,
            observed=f"{flushes} flushes so far, {later - misses} look-ups missed in the last {LOOK:g} s",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.redis.end_repeated(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        on = doors.redis.repeated(record.id) > 0
        return Check(ok=not on, observed="still flushing" if on else await doors.redis.probe())


FAULT = CacheFlush()
