"""cache-flush: the application's keys are deleted, all at once, again and again."""

from typing import Literal

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.faults.contract import Check, Fault, FaultRecord, SoleService

LOOK = 0.5
"""Seconds over which the server's own misses are counted."""


class Settings(SoleService):
    """How often, and which keys."""

    fault: Literal["cache-flush"] = "cache-flush"
    every: Seconds = 3.0
    prefix: str = ""
    """Of the keys that are deleted; empty: those of the application, as the environment names them."""


class Record(FaultRecord):
    """Nothing of ours stays in the cache; the deleted keys come back with the next reads."""

    every: float
    prefix: str
    service: str = "redis"


class CacheFlush(Fault[Settings, Record]):
    """Ends with this process: a dead engine deletes nothing more."""

    name = "cache-flush"
    needs = "cache"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(
            fault=self.name, id=id, every=settings.every, prefix=settings.prefix, service=settings.service
        )

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"prefix": doors.cache(record.service).prefix_of(record.prefix)})

    async def inject(self, record: Record, doors: Doors) -> None:
        doors.cache(record.service).flush_often(record.id, record.prefix, record.every)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        flushes = doors.cache(record.service).repeated(record.id)
        _, misses = await doors.cache(record.service).lookups()
        await doors.clock.sleep(LOOK)
        _, later = await doors.cache(record.service).lookups()
        return Check(
            ok=flushes > 0 and later > misses,
            observed=f"{flushes} flushes so far, {later - misses} look-ups missed in the last {LOOK:g} s"
            f"{doors.cache(record.service).said(record.id)}",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.cache(record.service).end_repeated(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        on = doors.cache(record.service).repeated(record.id) > 0
        return Check(
            ok=not on, observed="still flushing" if on else await doors.cache(record.service).probe()
        )


FAULT = CacheFlush()
