"""container-kill: a container is killed through the engine and stays down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.base.containers import HaltedContainer, HaltedRecord, HaltedSettings


class Settings(HaltedSettings):
    """The service whose container is killed."""

    fault: Literal["container-kill"] = "container-kill"


class ContainerKill(HaltedContainer[Settings]):
    """No restart policy starts it again: to the engine somebody wanted it dead. The guard starts it when the engine of the run dies."""

    name = "container-kill"
    settings = Settings
    halted = "exited"

    async def inject(self, record: HaltedRecord, doors: Doors) -> None:
        for replica in record.replicas:
            await doors.docker.kill(replica)


FAULT = ContainerKill()
