"""poison-request: a share of the requests crashes its handler, as a bug would that only some requests meet."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.erpgo.faults.harmed import HarmedApi, HarmRecord, HarmSettings
from simulator.faults.contract import Check

COUNTER = "erpgo_panics_total"


class Settings(HarmSettings):
    """Which requests crash."""

    fault: Literal["poison-request"] = "poison-request"
    share: Annotated[float, Field(gt=0, le=1)] = 0.09
    """Of the requests (a ratio 0..1)."""
    path: str = ""
    """Only requests below this path; empty: the whole API."""


class PoisonRequest(HarmedApi[Settings]):
    """The API answers them with 500, counts a panic for each, and goes on."""

    name = "poison-request"
    settings = Settings

    async def aim(self, record: HarmRecord, doors: Doors) -> HarmRecord:
        return record.model_copy(update={"before": await doors.of(Erpgo).gauge(COUNTER, component="http")})

    def harm(self, settings: Settings) -> dict[str, str | float | int]:
        return {"type": "crash", "share": settings.share, "path": settings.path}

    async def is_effective(self, record: HarmRecord, doors: Doors) -> Check:
        on = record.id in await doors.of(Erpgo).harms()
        panics = await doors.of(Erpgo).gauge(COUNTER, component="http")
        # An API that has started anew since counts from nothing.
        new = panics - record.before if panics >= record.before else panics
        return Check(
            ok=on and new > 0,
            observed=f"{new:g} panics counted by the API; poisoning is {'on' if on else 'off'}",
        )


FAULT = PoisonRequest()
