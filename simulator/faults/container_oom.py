"""container-oom: a container's memory limit is lowered below what it needs, until undo: the kernel kills it, again and again."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.doors.container import Memory
from simulator.faults.base.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    running_and_green,
    still_the_same,
)
from simulator.faults.contract import Check

SMALLEST = 6 * 1024 * 1024
"""Bytes: the engine accepts no lower limit."""


class Settings(ContainerSettings):
    """The service that runs out of memory, and the limit that it gets, swap included."""

    fault: Literal["container-oom"] = "container-oom"
    limit_bytes: Annotated[int, Field(ge=SMALLEST)] = 16 * 1024 * 1024


class Record(ContainerRecord):
    """The limits to restore."""

    limit_bytes: int
    memory: Memory | None = None
    started_at: str = ""


class ContainerOom(ContainerFault[Settings, Record]):
    """The limit stays when everything dies, and is restored by the guard or the next start."""

    name = "container-oom"
    act: ClassVar[Act] = "ended"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service, limit_bytes=settings.limit_bytes)

    async def aim(self, record: Record, doors: Doors) -> Record:
        memory = await doors.docker.memory(record.service)
        if memory.limit == 0:
            raise DoorError(
                f"{record.service} has no memory limit, and Docker cannot take one away again; give it one"
            )
        if memory.limit <= record.limit_bytes:
            raise DoorError(
                f"{record.service} has {memory.limit} bytes, and would get {record.limit_bytes}: limit_bytes must be less"
            )
        state = await doors.docker.state(record.service)
        return record.model_copy(
            update={"memory": memory, "started_at": state.started_at, "container": state.id}
        )

    async def inject(self, record: Record, doors: Doors) -> None:
        low = Memory(limit=record.limit_bytes, with_swap=record.limit_bytes)
        try:
            await doors.docker.limit_memory(record.service, low)
        except DoorError:
            # cgroup v1 refuses a limit below what is in use (v2 kills at once): then it meets the limit as it starts.
            await doors.docker.kill(record.service)
            await doors.docker.limit_memory(record.service, low)
            await doors.docker.start(record.service)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        memory = await doors.docker.memory(record.service)
        killed = state.oom_killed or (state.restarts > 0 and state.started_at != record.started_at)
        return Check(
            ok=memory.limit == record.limit_bytes and killed,
            observed=f"container of {record.service} has {memory.limit} bytes, is {state.status}, exit code"
            f" {state.exit_code}, killed for memory: {state.oom_killed}, restarted {state.restarts} times",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        if record.memory is not None and await still_the_same(record, doors):
            await doors.docker.limit_memory(record.service, record.memory)
        await doors.docker.start(record.service)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        memory = await doors.docker.memory(record.service)
        if record.memory not in (None, memory) and await still_the_same(record, doors):
            return Check(ok=False, observed=f"container of {record.service} still has {memory.limit} bytes")
        return await running_and_green(record.service, doors)


FAULT = ContainerOom()
