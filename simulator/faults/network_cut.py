"""network-cut: a container is taken off its networks until undo, and its names with it."""

from typing import Literal

from simulator.doors import Doors
from simulator.doors.container import Attachment
from simulator.faults.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    running_and_green,
    silent,
)
from simulator.faults.contract import Check


class Settings(ContainerSettings):
    """The service that nobody reaches any more, and that reaches nobody."""

    fault: Literal["network-cut"] = "network-cut"


class Record(ContainerRecord):
    """The networks to put it back on, each with the names it is known by there."""

    attachments: tuple[Attachment, ...] = ()


class NetworkCut(ContainerFault[Settings, Record]):
    """The process goes on. It stays cut off when everything dies, until the guard or the next start."""

    name = "network-cut"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service)

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"attachments": await doors.docker.attachments(record.service)})

    async def inject(self, record: Record, doors: Doors) -> None:
        for attachment in record.attachments:
            await doors.docker.disconnect(record.service, attachment.network)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        left = await doors.docker.attachments(record.service)
        if left or not record.attachments:
            return Check(ok=False, observed=f"{record.service} is on {len(left)} networks")
        return await silent(record.service, doors, f"{record.service} is on no network")

    async def undo(self, record: Record, doors: Doors) -> None:
        for attachment in record.attachments:
            await doors.docker.connect(record.service, attachment)
        await doors.docker.start(record.service)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        there = {
            attachment.network: set(attachment.aliases)
            for attachment in await doors.docker.attachments(record.service)
        }
        for attachment in record.attachments:
            if not set(attachment.aliases) <= there.get(attachment.network, set()):
                return Check(
                    ok=False, observed=f"{record.service} is not on {attachment.network} under all its names"
                )
        return await running_and_green(record.service, doors)


FAULT = NetworkCut()
