"""connection-flood: connections that begin a request and never finish it, until the API's tasks pile up."""

from typing import Annotated, Literal

from pydantic import Field

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

GAUGE = "erpgo_goroutines"
API = "api"


class Settings(FaultSettings):
    """How many connections; each is one task in the API and one file on either side."""

    fault: Literal["connection-flood"] = "connection-flood"
    connections: Annotated[int, Field(ge=100, le=15_000)] = 1500
    rate: Annotated[float, Field(ge=10, le=5000)] = 800.0
    """Connections opened a second; also the cap on the CPU that this takes."""

    @property
    def touches(self) -> str:
        return API


class Record(FaultRecord):
    """The connections to close, and how many tasks the API had without them."""

    connections: int
    rate: float
    before: float = 0.0


class ConnectionFlood(Fault[Settings, Record]):
    """Costs the API memory and files, and hardly any CPU. Ends with this process, however that ends.

    A container is flooded at its own address, which only its own machine can reach: Docker's proxy of the published port
    needs six files for each connection, and once it has reached its limit it ends for good.
    """

    name = "connection-flood"
    needs = "erpgo-api"
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, connections=settings.connections, rate=settings.rate)

    async def aim(self, record: Record, doors: Doors) -> Record:
        return record.model_copy(update={"before": await doors.of(Erpgo).gauge(GAUGE)})

    async def inject(self, record: Record, doors: Doors) -> None:
        place = await doors.services.address(API)
        doors.connections.hold(record.id, place, record.connections, record.rate)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        tasks = await doors.of(Erpgo).gauge(GAUGE)
        held = doors.connections.held(record.id)
        return Check(
            ok=held >= record.connections and tasks >= record.connections,
            observed=f"{held} of {record.connections} connections held, {tasks:g} tasks in flight in the API",
        )

    async def undo(self, record: Record, doors: Doors) -> None:
        await doors.connections.let_go(record.id)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        held = doors.connections.held(record.id)
        try:
            tasks = await doors.of(Erpgo).gauge(GAUGE)
        except DoorError as error:
            return Check(ok=False, observed=str(error))
        return Check(
            # Traffic comes and goes: what has gone is more than half of what came.
            ok=held == 0 and tasks < max(2 * record.before, record.before + record.connections / 2),
            observed=f"{held} connections held, {tasks:g} tasks in flight in the API",
        )


FAULT = ConnectionFlood()
