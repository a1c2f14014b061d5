"""memory-pressure: the API's resident memory grows to a share of its limit."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.erpgo.faults.harmed import HarmedApi, HarmRecord, HarmSettings
from simulator.faults.contract import Check

GAUGE = "erpgo_system_memory_bytes"
SLACK = 0.02
"""Of the limit: garbage collection gives and takes as much."""


class Settings(HarmSettings):
    """How far memory grows; it is really taken, so the machine must have it."""

    fault: Literal["memory-pressure"] = "memory-pressure"
    share: Annotated[float, Field(gt=0, le=0.99)] = 0.88
    """Of the API's limit (a ratio 0..1)."""


class MemoryPressure(HarmedApi[Settings]):
    """Chunks of memory that the API takes and writes to, until it lets go of them."""

    name = "memory-pressure"
    settings = Settings

    def harm(self, settings: Settings) -> dict[str, str | float | int]:
        return {"type": "memory", "share": settings.share}

    async def is_effective(self, record: HarmRecord, doors: Doors) -> Check:
        used = await doors.of(Erpgo).gauge(GAUGE, type="alloc")
        limit = await doors.of(Erpgo).gauge(GAUGE, type="sys")
        wanted = float(record.harm["share"])
        return Check(
            ok=used / limit >= wanted - SLACK,
            observed=f"{used / 1e6:.0f} MB resident of {limit / 1e6:.0f} MB, {used / limit:.0%}; {wanted:.0%} wanted",
        )


FAULT = MemoryPressure()
