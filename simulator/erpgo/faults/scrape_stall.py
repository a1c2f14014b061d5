"""scrape-stall: the API's metrics page hangs, while the API itself serves as ever."""

from typing import Literal

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.erpgo.faults.harmed import API, HarmedApi, HarmRecord, HarmSettings
from simulator.faults.contract import Check

PAGE = "/metrics"
STALL = 30.0
"""Seconds that the page takes; a scrape waits one."""


class Settings(HarmSettings):
    """There is nothing to set."""

    fault: Literal["scrape-stall"] = "scrape-stall"

    @property
    def upsets(self) -> str:
        return API


class ScrapeStall(HarmedApi[Settings]):
    """What Prometheus sees is a service that is down; what users see is one that works."""

    name = "scrape-stall"
    settings = Settings

    def harm(self, settings: Settings) -> dict[str, str | float | int]:  # noqa: ARG002  nothing to set
        return {"type": "delay", "seconds": STALL, "path": PAGE}

    async def is_effective(self, record: HarmRecord, doors: Doors) -> Check:
        on = record.id in await doors.of(Erpgo).harms()
        serves = await doors.services.probe("api")
        try:
            await doors.of(Erpgo).gauge("erpgo_goroutines")
        except DoorError as silence:
            return Check(ok=on, observed=f"{silence}; meanwhile {serves}")
        return Check(ok=False, observed="the metrics page answers")


FAULT = ScrapeStall()
