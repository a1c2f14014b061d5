"""cpu-throttle: a container gets only a small part of a core until undo."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.doors.container import CPU_PERIOD, Cpu
from simulator.faults.base.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    running_and_green,
    still_the_same,
)
from simulator.faults.contract import Check

LEAST = 1000
"""Microseconds: the kernel's least quota."""
LOOK = 0.5
"""Seconds over which held-back periods are counted."""


class Settings(ContainerSettings):
    """The service that is held back, and the part of one core that it keeps."""

    fault: Literal["cpu-throttle"] = "cpu-throttle"
    cores: Annotated[float, Field(ge=0.01, le=64)] = 0.05


class Record(ContainerRecord):
    """The limits to restore, and those that are ours."""

    quota: int
    """Microseconds of CPU in a period of the kernel's default length."""
    cpu: Cpu | None = None
    low: Cpu | None = None


class CpuThrottle(ContainerFault[Settings, Record]):
    """The quota stays when everything dies, and is restored by the guard or the next start."""

    name = "cpu-throttle"
    act: ClassVar[Act] = "limited"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        quota = max(LEAST, int(settings.cores * CPU_PERIOD))
        return Record(fault=self.name, id=id, service=settings.service, quota=quota)

    async def aim(self, record: Record, doors: Doors) -> Record:
        cpu = await doors.docker.cpu(record.service)
        cores = record.quota / CPU_PERIOD
        if 0 < cpu.cores <= cores:
            raise DoorError(
                f"{record.service} may use {cpu.cores:g} cores, and would get {cores:g}: cores must be less"
            )
        low = (
            cpu.model_copy(update={"nano": round(cores * 1e9)})
            if cpu.nano
            else cpu.model_copy(update={"quota": max(LEAST, round(cores * cpu.period))})
        )
        state = await doors.docker.state(record.service)
        return record.model_copy(update={"cpu": cpu, "low": low, "container": state.id})

    async def inject(self, record: Record, doors: Doors) -> None:
        if record.low is not None:
            await doors.docker.limit_cpu(record.service, record.low)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        cpu = await doors.docker.cpu(record.service)
        before = await doors.docker.throttled(record.service)
        await doors.clock.sleep(LOOK)
        held_back = await doors.docker.throttled(record.service) - before
        return Check(
            ok=cpu == record.low and held_back > 0,
            observed=f"{record.service} may use {cpu.cores:g} cores and was held back"
            f" {held_back} times in {LOOK:g} s",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        if record.cpu is not None and await still_the_same(record, doors):
            await doors.docker.limit_cpu(record.service, record.cpu)
        await doors.docker.start(record.service)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        cpu = await doors.docker.cpu(record.service)
        if record.cpu not in (None, cpu) and await still_the_same(record, doors):
            return Check(ok=False, observed=f"{record.service} may still use {cpu.cores:g} cores only")
        return await running_and_green(record.service, doors)


FAULT = CpuThrottle()
