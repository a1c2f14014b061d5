"""container-pause: every process of a container is frozen until undo: it keeps its ports and answers nothing."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.containers import ContainerFault, ContainerRecord, ContainerSettings, silent
from simulator.faults.contract import Check


class Settings(ContainerSettings):
    """The service whose container is frozen."""

    fault: Literal["container-pause"] = "container-pause"


class ContainerPause(ContainerFault[Settings, ContainerRecord]):
    """The cgroup freezer, which no process can notice or refuse. The guard lets it go on when the engine of the run dies."""

    name = "container-pause"
    settings = Settings
    record = ContainerRecord

    def plan(self, settings: Settings, id: str) -> ContainerRecord:  # noqa: A002  see Fault.plan
        return ContainerRecord(fault=self.name, id=id, service=settings.service)

    async def inject(self, record: ContainerRecord, doors: Doors) -> None:
        await doors.docker.pause(record.service)

    async def is_effective(self, record: ContainerRecord, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        observed = f"container of {record.service} is {state.status}"
        if state.status != "paused":
            return Check(ok=False, observed=observed)
        return await silent(record.service, doors, observed)


FAULT = ContainerPause()
