"""What the faults on a held service share: all but their name, and whether it is killed or frozen."""

from typing import ClassVar, TypeVar

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.services import How
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings


class ServiceSettings(FaultSettings):
    """The service to hold, by its name in the environment."""

    service: str

    @property
    def touches(self) -> str:
        return self.service

    @property
    def upsets(self) -> str:
        return self.service


class ServiceRecord(FaultRecord):
    """The service to let go."""

    service: str


S = TypeVar("S", bound=ServiceSettings)


class HeldService(Fault[S, ServiceRecord]):
    """A service held `how`, under a lease of this process where the stack has leases."""

    needs = "hold"
    how: ClassVar[How]
    record = ServiceRecord

    def plan(self, settings: S, id: str) -> ServiceRecord:  # noqa: A002  see Fault.plan
        return ServiceRecord(fault=self.name, id=id, service=settings.service)

    async def overreach(self, record: ServiceRecord, doors: Doors) -> str:
        return await doors.services.overreach(record.service, self.how)

    async def inject(self, record: ServiceRecord, doors: Doors) -> None:
        await doors.services.hold(record.id, record.service, self.how)

    async def is_effective(self, record: ServiceRecord, doors: Doors) -> Check:
        return await held_and_silent(record.id, record.service, doors)

    async def undo(self, record: ServiceRecord, doors: Doors) -> None:
        await doors.services.release(record.id, record.service)

    async def is_undone(self, record: ServiceRecord, doors: Doors) -> Check:
        return await released_and_green(record.id, record.service, doors)


async def held_and_silent(owner: str, service: str, doors: Doors) -> Check:
    """Our hold is in force, and the service does not answer its own probe."""
    if not await doors.services.is_held(owner, service):
        return Check(ok=False, observed=f"{service} is not held by {owner}")
    try:
        answer = await doors.services.probe(service)
    except DoorError as silence:
        return Check(ok=True, observed=str(silence))
    return Check(ok=False, observed=f"{service} still answers: {answer}")


async def released_and_green(owner: str, service: str, doors: Doors) -> Check:
    """Nothing of ours is held, and the service answers its own probe."""
    if await doors.services.is_held(owner, service):
        return Check(ok=False, observed=f"{service} is still held by {owner}")
    try:
        return Check(ok=True, observed=await doors.services.probe(service))
    except DoorError as error:
        return Check(ok=False, observed=str(error))
