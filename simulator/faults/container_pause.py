"""container-pause: every process of a container is frozen until undo: it keeps its ports and answers nothing."""

from typing import ClassVar, Literal

from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.faults.base.containers import HaltedContainer, HaltedRecord, HaltedSettings


class Settings(HaltedSettings):
    """The service whose container is frozen."""

    fault: Literal["container-pause"] = "container-pause"


class ContainerPause(HaltedContainer[Settings]):
    """The cgroup freezer, which no process can notice or refuse. The guard lets it go on when the engine of the run dies."""

    name = "container-pause"
    settings = Settings
    halted = "paused"
    act: ClassVar[Act] = "frozen"

    async def inject(self, record: HaltedRecord, doors: Doors) -> None:
        for replica in record.replicas:
            await doors.docker.pause(replica)


FAULT = ContainerPause()
