"""exporter-away: an exporter is killed and held down, so that its target is no longer watched."""

from typing import Literal

from simulator.doors import Doors
from simulator.faults.base.held import held_and_silent, released_and_green
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings


class Settings(FaultSettings):
    """What the exporter watches."""

    fault: Literal["exporter-away"] = "exporter-away"
    of: Literal["postgres", "redis"]

    @property
    def touches(self) -> str:
        return f"{self.of}-exporter"


class Record(FaultRecord):
    """The exporter to let start again."""

    exporter: str


class ExporterAway(Fault[Settings, Record]):
    """The service itself goes on; only what is known of it ends."""

    name = "exporter-away"
    needs = "hold"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, exporter=settings.touches)

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.services.hold(record.id, record.exporter, "killed")

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        return await held_and_silent(record.id, record.exporter, doors)

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.services.release(record.id, record.exporter)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        return await released_and_green(record.id, record.exporter, doors)


FAULT = ExporterAway()
