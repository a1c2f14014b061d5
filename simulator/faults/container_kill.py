"""container-kill: a container is killed through the engine and stays down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.containers import ContainerRecord, ContainerSettings, HaltedContainer


class Settings(ContainerSettings):
    """The service whose container is killed."""

    fault: Literal["container-kill"] = "container-kill"


class ContainerKill(HaltedContainer[Settings]):
    """No restart policy starts it again: to the engine somebody wanted it dead. The guard starts it when the engine of the run dies."""

    name = "container-kill"
    settings = Settings
    halted = "exited"

    async def inject(self, record: ContainerRecord, doors: Doors) -> None:
        await doors.docker.kill(record.service)


FAULT = ContainerKill()
