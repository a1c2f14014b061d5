"""redis-stall: the cache accepts connections and answers nobody, for as long as the fault lasts."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.faults.contract import Check, Fault, FaultRecord, SoleService

QUICK = 0.2
"""Seconds: the API waits no longer for its cache."""


class Settings(SoleService):
    """How long each pause is; the next one follows as soon as it ends by itself."""

    fault: Literal["redis-stall"] = "redis-stall"
    pause: Annotated[float, Field(ge=0.5, le=1.8)] = 1.5
    """Seconds. A dead engine's last pause ends by itself after as long."""

    @property
    def upsets(self) -> str:
        return self.service


class Record(FaultRecord):
    """The pauses to end."""

    pause: float
    service: str = "redis"


class RedisStall(Fault[Settings, Record]):
    """The server's own CLIENT PAUSE, which it ends by itself: nothing has to be taken back."""

    name = "redis-stall"
    needs = "cache"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, pause=settings.pause, service=settings.service)

    async def inject(self, record: Record, doors: Doors) -> None:
        doors.cache(record.service).pause_often(record.id, record.pause)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        began = doors.clock.elapsed()
        try:
            answer = await doors.cache(record.service).probe()
        except DoorError as silence:
            return Check(ok=doors.cache(record.service).repeated(record.id) > 0, observed=str(silence))
        took = doors.clock.elapsed() - began
        return Check(
            ok=doors.cache(record.service).repeated(record.id) > 0 and took > QUICK,
            observed=f"{answer} after {took:.2f} s{doors.cache(record.service).said(record.id)}",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.cache(record.service).end_repeated(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        if doors.cache(record.service).repeated(record.id):
            return Check(ok=False, observed="still pausing")
        began = doors.clock.elapsed()
        answer = await doors.cache(record.service).probe()
        took = doors.clock.elapsed() - began
        return Check(ok=took < QUICK, observed=f"{answer} after {took:.2f} s")


FAULT = RedisStall()
