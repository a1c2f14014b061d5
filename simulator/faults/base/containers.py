"""What the faults on containers share: their service, and that undoing means running and green."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.bounds import Act, overreach
from simulator.faults.base.held import ServiceSettings
from simulator.faults.contract import Check, Fault, FaultRecord


class ContainerSettings(ServiceSettings):
    """The service whose container is meant, by its name in the environment."""

    service: str
    """By its name in the environment; its container must carry the opt-in label."""


class ContainerRecord(FaultRecord):
    """The service whose container is to run again. By service: the container may be another one by then."""

    service: str
    container: str = ""
    """The id of the one that was changed. One that was made anew has its own settings, and none of ours."""


class HaltedSettings(ContainerSettings):
    """The service, and how many of its containers are meant."""

    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the service's containers (a ratio 0..1), rounded down, but at least one."""

    def takes(self, replicas: int) -> int:
        return _part(replicas, self.share)


class HaltedRecord(ContainerRecord):
    """Which containers of the service are to run again."""

    share: float
    replicas: tuple[str, ...] = ()
    """As the door to Docker knows them."""
    there: int = 0
    """How many the service had."""


S = TypeVar("S", bound=ContainerSettings)
R = TypeVar("R", bound=ContainerRecord)
H = TypeVar("H", bound=HaltedSettings)


class ContainerFault(Fault[S, R]):
    """A fault on one container."""

    needs = "container"
    act: ClassVar[Act]
    """What becomes of the container."""

    async def overreach(self, record: R, doors: Doors) -> str:
        return overreach(await doors.docker.bounds(record.service), self.act)

    async def undo(self, record: R, doors: Doors) -> None:
        await doors.docker.start(record.service)

    async def is_undone(self, record: R, doors: Doors) -> Check:
        return await running_and_green(record.service, doors)


class HaltedContainer(ContainerFault[H, HaltedRecord]):
    """Containers that are brought into a state in which they are silent, until undo."""

    halted: ClassVar[str]
    """What the engine calls that state."""
    act: ClassVar[Act] = "ended"
    record = HaltedRecord

    def plan(self, settings: H, id: str) -> HaltedRecord:  # noqa: A002  see Fault.plan
        return HaltedRecord(fault=self.name, id=id, service=settings.service, share=settings.share)

    async def aim(self, record: HaltedRecord, doors: Doors) -> HaltedRecord:
        there = await doors.docker.replicas(record.service)
        meant = there[: _part(len(there), record.share)]
        return record.model_copy(update={"replicas": meant, "there": len(there)})

    async def overreach(self, record: HaltedRecord, doors: Doors) -> str:
        meant = record.replicas or await doors.docker.replicas(record.service)
        found = [overreach(await doors.docker.bounds(replica), self.act) for replica in meant]
        return "; ".join(filter(None, found))

    async def is_effective(self, record: HaltedRecord, doors: Doors) -> Check:
        """All of them are in that state; and where none is left over, the service is silent."""
        observed = await _states(record.replicas, doors)
        if any(status != self.halted for status in observed.values()):
            return Check(ok=False, observed=_told(observed))
        if len(record.replicas) < record.there:
            return Check(ok=True, observed=f"{_told(observed)}, of {record.there}")
        return await silent(record.service, doors, _told(observed))

    async def undo(self, record: HaltedRecord, doors: Doors) -> None:
        troubles = []
        for replica in record.replicas:
            try:
                await doors.docker.start(replica)
            except DoorError as error:  # one that cannot be started must not keep the others down
                troubles.append(str(error))
        if troubles:
            raise DoorError("; ".join(troubles))

    async def is_undone(self, record: HaltedRecord, doors: Doors) -> Check:
        """All of them run, and the service answers its own probe."""
        observed = await _states(record.replicas, doors)
        if any(status != "running" for status in observed.values()):
            return Check(ok=False, observed=_told(observed))
        return await _green(record.service, doors)


def _part(replicas: int, share: float) -> int:
    # A third, written as 0.33, is still one of three; what 0.1 * 30 lacks in floating point is made up for.
    return max(1, math.floor(replicas * share + 1e-9))


async def _states(replicas: Sequence[str], doors: Doors) -> dict[str, str]:
    return {replica: (await doors.docker.state(replica)).status for replica in replicas}


def _told(states: Mapping[str, str]) -> str:
    return ", ".join(f"container {replica} is {status}" for replica, status in states.items())


async def still_the_same(record: ContainerRecord, doors: Doors) -> bool:
    """Where the container was not made anew meanwhile."""
    # A record of an older version does not say which it was.
    return record.container in ("", (await doors.docker.state(record.service)).id)


async def running_and_green(service: str, doors: Doors) -> Check:
    """The container runs, and the service in it answers its own probe."""
    state = await doors.docker.state(service)
    if state.status != "running":
        return Check(ok=False, observed=f"container of {service} is {state.status}")
    return await _green(service, doors)


async def _green(service: str, doors: Doors) -> Check:
    try:
        return Check(ok=True, observed=await doors.services.probe(service))
    except DoorError as error:
        return Check(ok=False, observed=str(error))


async def silent(service: str, doors: Doors, observed: str) -> Check:
    """Given that the container was seen to be as the fault wants it: the service answers no probe either."""
    try:
        answer = await doors.services.probe(service)
    except DoorError as silence:
        return Check(ok=True, observed=f"{observed}; {silence}")
    return Check(ok=False, observed=f"{observed}, yet {service} answers: {answer}")
