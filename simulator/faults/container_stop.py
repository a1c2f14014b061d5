"""container-stop: a container is stopped politely (its stop signal, then SIGKILL after 5 s) and stays down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.base.containers import HaltedContainer, HaltedRecord, HaltedSettings


class Settings(HaltedSettings):
    """The service whose container is stopped."""

    fault: Literal["container-stop"] = "container-stop"


class ContainerStop(HaltedContainer[Settings]):
    """What a planned shutdown looks like: requests under way are finished. The guard starts it when the engine of the run dies."""

    name = "container-stop"
    settings = Settings
    halted = "exited"

    async def inject(self, record: HaltedRecord, doors: Doors) -> None:
        for replica in record.replicas:
            await doors.docker.stop(replica)


FAULT = ContainerStop()
