"""cpu-throttle: a container gets only a small part of a core until undo."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.doors.container import CPU_PERIOD, Cpu
from simulator.faults.containers import ContainerFault, ContainerRecord, ContainerSettings, running_and_green
from simulator.faults.contract import Check

LOOK = 0.5
"""Seconds over which held-back periods are counted."""


class Settings(ContainerSettings):
    """The service that is held back, and the part of one core that it keeps."""

    fault: Literal["cpu-throttle"] = "cpu-throttle"
    cores: Annotated[float, Field(ge=0.01, le=64)] = 0.05


class Record(ContainerRecord):
    """The limits to restore, and the quota that is ours (microseconds of CPU per period)."""

    quota: int
    cpu: Cpu | None = None


class CpuThrottle(ContainerFault[Settings, Record]):
    """The quota stays when everything dies, and is restored by the guard or the next start."""

    name = "cpu-throttle"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        quota = max(1000, int(settings.cores * CPU_PERIOD))  # the kernel's least
        return Record(fault=self.name, id=id, service=settings.service, quota=quota)

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"cpu": await doors.docker.cpu(record.service)})

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.docker.limit_cpu(record.service, Cpu(period=CPU_PERIOD, quota=record.quota))

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        cpu = await doors.docker.cpu(record.service)
        before = await doors.docker.throttled(record.service)
        await doors.clock.sleep(LOOK)
        held_back = await doors.docker.throttled(record.service) - before
        return Check(
            ok=cpu.quota == record.quota and held_back > 0,
            observed=f"{record.service} has {cpu.quota} of {cpu.period} us and was held back"
            f" {held_back} times in {LOOK:g} s",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        if record.cpu is not None:
            await doors.docker.limit_cpu(record.service, record.cpu)
        await doors.docker.start(record.service)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        cpu = await doors.docker.cpu(record.service)
        if record.cpu is not None and cpu != record.cpu:
            return Check(ok=False, observed=f"{record.service} still has {cpu.quota} us a period")
        return await running_and_green(record.service, doors)


FAULT = CpuThrottle()
