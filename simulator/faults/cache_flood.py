"""cache-flood: junk pushes the application's keys out of a bounded cache, for as long as the fault lasts."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.redis import Flood
from simulator.faults.contract import Check, Fault, FaultRecord, SoleService

LOOK = 0.5
"""Seconds over which the server's own misses are counted."""


class Settings(SoleService):
    """How fast junk is written; the defaults fill 16 MB eight times a second."""

    fault: Literal["cache-flood"] = "cache-flood"
    rate: Annotated[float, Field(ge=10, le=5000)] = 1000.0
    """Values a second; also the cap on the CPU that the flood may take."""
    value_bytes: Annotated[int, Field(ge=1024, le=1024 * 1024)] = 128 * 1024
    hit_rate_below: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """The fault bites when fewer than this share of look-ups hit (a ratio 0..1)."""

    @property
    def upsets(self) -> str:
        return self.service


class Record(FaultRecord):
    """The flood to stop, whose keys carry its prefix."""

    flood: Flood
    hit_rate_below: float
    service: str = "redis"


class CacheFlood(Fault[Settings, Record]):
    """Every junk key carries a prefix of its own and a time to live of 4 s: a dead engine leaves nothing."""

    name = "cache-flood"
    needs = "cache"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        flood = Flood(prefix=f"{id}:", value_bytes=settings.value_bytes, rate=settings.rate, ttl=4.0)
        return Record(
            fault=self.name,
            id=id,
            flood=flood,
            hit_rate_below=settings.hit_rate_below,
            service=settings.service,
        )

    async def overreach(self, record: Record, doors: Doors) -> str:
        room = await doors.cache(record.service).room()
        if room.limit == 0:
            return f"{record.service} has no maxmemory: junk would push nothing out and take the machine's memory"
        if room.policy == "noeviction":
            return (
                f"{record.service} pushes nothing out (noeviction): the application's own writes would fail"
            )
        return ""

    async def inject(self, record: Record, doors: Doors) -> None:
        doors.cache(record.service).flood(record.flood)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        cache = doors.cache(record.service)
        hits, misses = await cache.lookups()
        await doors.clock.sleep(LOOK)
        later_hits, later_misses = await cache.lookups()
        looked_up = later_hits - hits + later_misses - misses
        rate = (later_hits - hits) / looked_up if looked_up else 1.0
        keys = await cache.count(cache.prefix)
        return Check(
            ok=rate < record.hit_rate_below,
            observed=f"{rate:.0%} of {looked_up} look-ups hit over {LOOK:g} s, {keys} application keys left"
            f"{cache.said(record.flood.prefix)}",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.cache(record.service).drain(record.flood.prefix)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        junk = await doors.cache(record.service).count(record.flood.prefix)
        return Check(ok=junk == 0, observed=f"{junk} junk keys, {await doors.cache(record.service).probe()}")


FAULT = CacheFlood()
