"""container-stop: a container is stopped politely (its stop signal, then SIGKILL after 5 s) and stays down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.containers import ContainerRecord, ContainerSettings, HaltedContainer


class Settings(ContainerSettings):
    """The service whose container is stopped."""

    fault: Literal["container-stop"] = "container-stop"


class ContainerStop(HaltedContainer[Settings]):
    """What a planned shutdown looks like: requests under way are finished. The guard starts it when the engine of the run dies."""

    name = "container-stop"
    settings = Settings
    halted = "exited"

    async def inject(self, record: ContainerRecord, doors: Doors) -> None:
        await doors.docker.stop(record.service)


FAULT = ContainerStop()
