"""cpu-throttle: a container gets only a small part of a core until undo."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.docker import Limits
from simulator.faults.containers import ContainerFault, ContainerRecord, ContainerSettings, running_and_green
from simulator.faults.contract import Check

PERIOD = 100_000
"""Microseconds: the kernel's default."""
LOOK = 0.5
"""Seconds over which held-back periods are counted."""


class Settings(ContainerSettings):
    """The service that is held back, and the part of one core that it keeps."""

    fault: Literal["cpu-throttle"] = "cpu-throttle"
    cores: Annotated[float, Field(ge=0.01, le=64)] = 0.05


class Record(ContainerRecord):
    """The limits to restore, and the quota that is ours (microseconds of CPU per period)."""

    quota: int
    limits: Limits | None = None


class CpuThrottle(ContainerFault[Settings, Record]):
    """The quota stays when everything dies, and is restored by the guard or the next start."""

    name = "cpu-throttle"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        quota = max(1000, int(settings.cores * PERIOD))  # the kernel's least
        return Record(fault=self.name, id=id, service=settings.service, quota=quota)

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"limits": await doors.docker.limits(record.service)})

    async def inject(self, record: Record, doors: Doors) -> None:
        before = record.limits or await doors.docker.limits(record.service)
        await doors.docker.limit(
            record.service, before.model_copy(update={"cpu_quota": record.quota, "cpu_period": PERIOD})
        )

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        limits = await doors.docker.limits(record.service)
        before = await doors.docker.throttled(record.service)
        await doors.clock.sleep(LOOK)
        held_back = await doors.docker.throttled(record.service) - before
        return Check(
            ok=limits.cpu_quota == record.quota and held_back > 0,
            observed=f"{record.service} has {limits.cpu_quota} of {limits.cpu_period} us and was held back"
            f" {held_back} times in {LOOK:g} s",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        if record.limits is not None:
            await doors.docker.limit(record.service, record.limits)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        limits = await doors.docker.limits(record.service)
        if record.limits is not None and limits.cpu_quota != record.limits.cpu_quota:
            return Check(ok=False, observed=f"{record.service} still has {limits.cpu_quota} us a period")
        return await running_and_green(record.service, doors)


FAULT = CpuThrottle()
