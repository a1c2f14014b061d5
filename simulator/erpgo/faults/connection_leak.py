"""connection-leak: the API checks out database connections and never gives them back."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.erpgo.faults.harmed import HarmedApi, HarmRecord, HarmSettings
from simulator.faults.contract import Check

GAUGE = "erpgo_database_connections"


class Settings(HarmSettings):
    """How many connections leak; ERPGo's pool has 20."""

    fault: Literal["connection-leak"] = "connection-leak"
    connections: Annotated[int, Field(ge=1, le=1000)] = 18


class ConnectionLeak(HarmedApi[Settings]):
    """The leaked sessions are idle: they hold no lock, and PostgreSQL does not suffer."""

    name = "connection-leak"
    settings = Settings

    def harm(self, settings: Settings) -> dict[str, str | float | int]:
        return {"type": "leak", "connections": settings.connections}

    async def is_effective(self, record: HarmRecord, doors: Doors) -> Check:
        out = await doors.of(Erpgo).gauge(GAUGE, state="active")
        most = await doors.of(Erpgo).gauge(GAUGE, state="max")
        return Check(
            ok=out >= float(record.harm["connections"]),
            observed=f"{out:g} of {most:g} connections checked out, {record.harm['connections']} of them leaked",
        )


FAULT = ConnectionLeak()
