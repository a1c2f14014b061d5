"""container-kill: a container is killed through the engine and stays down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.containers import ContainerFault, ContainerRecord, ContainerSettings, silent
from simulator.faults.contract import Check


class Settings(ContainerSettings):
    """The service whose container is killed."""

    fault: Literal["container-kill"] = "container-kill"


class ContainerKill(ContainerFault[Settings, ContainerRecord]):
    """No restart policy starts it again: to the engine somebody wanted it dead. The guard starts it when the engine of the run dies."""

    name = "container-kill"
    settings = Settings
    record = ContainerRecord

    def plan(self, settings: Settings, id: str) -> ContainerRecord:  # noqa: A002  see Fault.plan
        return ContainerRecord(fault=self.name, id=id, service=settings.service)

    async def inject(self, record: ContainerRecord, doors: Doors) -> None:
        await doors.docker.kill(record.service)

    async def is_effective(self, record: ContainerRecord, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        observed = f"container of {record.service} is {state.status}"
        if state.status != "exited":
            return Check(ok=False, observed=observed)
        return await silent(record.service, doors, observed)


FAULT = ContainerKill()
