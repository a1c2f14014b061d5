"""workload: a switch in the traffic itself: a surge, credential stuffing, no orders, ..."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings


class Settings(FaultSettings):
    """The switch and its own settings; `simulator list` and docs/workload.md name them."""

    fault: Literal["workload"] = "workload"
    switch: str
    settings: dict[str, float] = {}
    events_per_second: Annotated[float, Field(ge=0)] = 0.0
    """The fault bites when the workload reports at least this many of the switch's events a second."""
    events: Annotated[float, Field(ge=0)] = 0.0
    """And, for what comes in bursts, at least this many since the switch was turned on."""


class Record(FaultRecord):
    """The switch to turn off."""

    switch: str
    settings: dict[str, float]
    events_per_second: float
    events: float = 0.0


class WorkloadSwitch(Fault[Settings, Record]):
    """The switch carries a lease that this process renews: without it traffic returns to normal by itself."""

    name = "workload"
    needs = "traffic"
    lags = True  # the workload reports once a second, and what a session did when it has ended
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(
            fault=self.name,
            id=id,
            switch=settings.switch,
            settings=settings.settings,
            events_per_second=settings.events_per_second,
            events=settings.events,
        )

    async def inject(self, record: Record, doors: Doors) -> None:
        await doors.workload.switch_on(record.id, record.switch, record.settings)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        await doors.workload.fresh()
        seen = doors.workload.events_per_second(record.switch)
        if seen is None:
            return Check(ok=False, observed=f"the workload does not report {record.switch} as on")
        total = doors.workload.events(record.switch)
        return Check(
            ok=seen >= record.events_per_second and total >= record.events,
            observed=f"{record.switch}: {seen:g} events/s reported, {record.events_per_second:g} wanted;"
            f" {total:g} in all, {record.events:g} wanted",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.workload.switch_off(record.id, record.switch)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        traffic = await doors.workload.fresh()
        on = record.switch in traffic.switches
        return Check(ok=not on, observed=f"{record.switch} is {'still on' if on else 'off'} in the workload")


FAULT = WorkloadSwitch()
