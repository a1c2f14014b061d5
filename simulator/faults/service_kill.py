"""service-kill: a service is killed with SIGKILL and held down until undo."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings
from simulator.faults.held import held_and_silent, released_and_green


class Settings(FaultSettings):
    """The service to kill, by its name in the environment."""

    fault: Literal["service-kill"] = "service-kill"
    service: str

    @property
    def touches(self) -> str:
        return self.service


class Record(FaultRecord):
    """The service to let start again."""

    service: str


class ServiceKill(Fault[Settings, Record]):
    """The hold is a lease: it ends when this process dies, and then the service is started again."""

    name = "service-kill"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service)

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.services.hold(record.id, record.service, "killed")

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        return await held_and_silent(record.id, record.service, doors)

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.services.release(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        return await released_and_green(record.id, record.service, doors)


FAULT = ServiceKill()
