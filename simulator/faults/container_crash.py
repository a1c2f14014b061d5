"""container-crash: a container's processes die by themselves, as in a crash; its restart policy has to bring it back."""

from typing import ClassVar, Literal

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.faults.base.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    running_and_green,
)
from simulator.faults.contract import Check


class Settings(ContainerSettings):
    """The service whose container crashes, and how soon it must have healed itself."""

    fault: Literal["container-crash"] = "container-crash"
    heals_within: Seconds = 15.0
    """From the start of the effective interval until it runs and answers its own probe again, without our undo."""

    @property
    def must_heal_within(self) -> float | None:
        return self.heals_within


class Record(ContainerRecord):
    """The container as it ran before the crash."""

    started_at: str = ""


class ContainerCrash(ContainerFault[Settings, Record]):
    """SIGKILL from inside the container, so that the engine takes it for a crash. Undo starts it if nothing else did."""

    name = "container-crash"
    act: ClassVar[Act] = "crashed"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service)

    async def aim(self, record: Record, doors: Doors) -> Record:
        state = await doors.docker.state(record.service)
        return record.model_copy(update={"started_at": state.started_at})

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.docker.crash(record.service)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        gone = state.status in ("restarting", "exited")
        return Check(
            ok=gone or state.started_at != record.started_at,
            observed=f"container of {record.service} is {state.status}, {state.restarts} restarts,"
            f" started at {state.started_at}",
        )

    async def is_healed(self, record: Record, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        if state.started_at == record.started_at:
            return Check(ok=False, observed=f"container of {record.service} has not crashed yet")
        return await running_and_green(record.service, doors)


FAULT = ContainerCrash()
