"""What the faults on one container share: its service, and that undoing means running and green."""

from typing import ClassVar, TypeVar

from simulator.doors import Doors
from simulator.errors import DoorError
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings, StackKind


class ContainerSettings(FaultSettings):
    """The service whose container is meant, by its name in the environment."""

    service: str
    """By its name in the environment; its container must carry the opt-in label."""

    @property
    def touches(self) -> str:
        return self.service

    @property
    def upsets(self) -> str:
        return self.service


class ContainerRecord(FaultRecord):
    """The service whose container is to run again. By service: the container may be another one by then."""

    service: str


S = TypeVar("S", bound=ContainerSettings)
R = TypeVar("R", bound=ContainerRecord)


class ContainerFault(Fault[S, R]):
    """A fault on one container."""

    kinds: ClassVar[tuple[StackKind, ...]] = ("compose",)

    async def undo(self, record: R, doors: Doors) -> None:
        await doors.docker.start(record.service)

    async def is_undone(self, record: R, doors: Doors) -> Check:
        return await running_and_green(record.service, doors)


class HaltedContainer(ContainerFault[S, ContainerRecord]):
    """A container that is brought into a state in which its service is silent, until undo."""

    halted: ClassVar[str]
    """What the engine calls that state."""
    record = ContainerRecord

    def plan(self, settings: S, id: str) -> ContainerRecord:  # noqa: A002  see Fault.plan
        return ContainerRecord(fault=self.name, id=id, service=settings.service)

    async def is_effective(self, record: ContainerRecord, doors: Doors) -> Check:
        state = await doors.docker.state(record.service)
        observed = f"container of {record.service} is {state.status}"
        if state.status != self.halted:
            return Check(ok=False, observed=observed)
        return await silent(record.service, doors, observed)


async def running_and_green(service: str, doors: Doors) -> Check:
    """The container runs, and the service in it answers its own probe."""
    state = await doors.docker.state(service)
    if state.status != "running":
        return Check(ok=False, observed=f"container of {service} is {state.status}")
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
