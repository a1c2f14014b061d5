"""slow-handler: a share of the requests waits for something slow behind the API, holding nothing."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.values import Seconds
from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.erpgo.faults.harmed import HarmedApi, HarmRecord, HarmSettings
from simulator.faults.contract import Check


class Settings(HarmSettings):
    """Which requests wait, and how long."""

    fault: Literal["slow-handler"] = "slow-handler"
    delay: Seconds = 1.4
    share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Of the requests (a ratio 0..1)."""
    path: str = ""
    """Only requests below this path; empty: the whole API."""


class SlowHandler(HarmedApi[Settings]):
    """Nothing is used up meanwhile: neither CPU nor a database connection."""

    name = "slow-handler"
    settings = Settings

    def harm(self, settings: Settings) -> dict[str, str | float | int]:
        return {
            "type": "delay",
            "seconds": settings.delay,
            "share": settings.share,
            "path": settings.path,
        }

    async def is_effective(self, record: HarmRecord, doors: Doors) -> Check:
        on = record.id in await doors.of(Erpgo).harms()
        what = f"{float(record.harm['share']):.0%} of the requests wait {float(record.harm['seconds']):g} s"
        return Check(ok=on, observed=what if on else "the API does not delay requests")


FAULT = SlowHandler()
