"""network-cut: a container is taken off its networks until undo, and its names with it."""

from typing import ClassVar, Literal

from simulator.doors import Doors
from simulator.doors.bounds import Act
from simulator.doors.container import Attachment
from simulator.faults.base.containers import (
    ContainerFault,
    ContainerRecord,
    ContainerSettings,
    running_and_green,
    silent,
    still_the_same,
)
from simulator.faults.contract import Check


class Settings(ContainerSettings):
    """The service that nobody reaches any more, and that reaches nobody."""

    fault: Literal["network-cut"] = "network-cut"


class Record(ContainerRecord):
    """The networks to put it back on, each with all that was chosen for it there."""

    attachments: tuple[Attachment, ...] = ()


class NetworkCut(ContainerFault[Settings, Record]):
    """The process goes on. It stays cut off when everything dies, until the guard or the next start."""

    name = "network-cut"
    act: ClassVar[Act] = "cut off"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, service=settings.service)

    async def aim(self, record: Record, doors: Doors) -> Record:
        state = await doors.docker.state(record.service)
        return record.model_copy(
            update={"attachments": await doors.docker.attachments(record.service), "container": state.id}
        )

    async def overreach(self, record: Record, doors: Doors) -> str:
        """Besides, what is on no network as a whole could not be put back: there is nothing to remember it by."""
        further = await super().overreach(record, doors)
        if further or await doors.docker.attachments(record.service):
            return further
        return (
            f"container of {record.service} is on no network, or half connected to one (its ports are not bound):"
            " there is nothing to cut off and to give back; restart it"
        )

    async def inject(self, record: Record, doors: Doors) -> None:
        for attachment in record.attachments:
            await doors.docker.disconnect(record.service, attachment.network)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        left = await doors.docker.attachments(record.service)
        if left or not record.attachments:
            return Check(ok=False, observed=f"{record.service} is on {len(left)} networks")
        return await silent(record.service, doors, f"{record.service} is on no network")

    async def undo(self, record: Record, doors: Doors) -> None:
        if await still_the_same(record, doors):
            for attachment in record.attachments:
                await doors.docker.connect(record.service, attachment)
        await doors.docker.start(record.service)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        there = {one.network: one for one in await doors.docker.attachments(record.service)}
        if await still_the_same(record, doors):
            for attachment in record.attachments:
                found = there.get(attachment.network)
                if found is None or not found.has_all_of(attachment):
                    return Check(
                        ok=False, observed=f"{record.service} is not on {attachment.network} as it was before"
                    )
        return await running_and_green(record.service, doors)


FAULT = NetworkCut()
