"""What the faults share that the API does to itself on request, where its stack allows that."""

from abc import abstractmethod
from typing import TypeVar

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.erpgo.door import Erpgo
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

API = "api"


class HarmSettings(FaultSettings):
    """A fault of the API itself."""

    @property
    def touches(self) -> str:
        return API


class HarmRecord(FaultRecord):
    """The harm as the API takes it (simulator/erpgo/api/chaos); it ends by its id."""

    harm: dict[str, str | float | int]
    before: float = 0.0
    """What the API's own count of such harm was at, where it has one that never goes down."""


S = TypeVar("S", bound=HarmSettings)


class HarmedApi(Fault[S, HarmRecord]):
    """Ends when it is ended, and 3 s after this process has stopped renewing it. Only on the simulator's own stacks."""

    needs = "erpgo-api"
    record = HarmRecord

    @abstractmethod
    def harm(self, settings: S) -> dict[str, str | float | int]:
        """What the API is asked to do."""

    def plan(self, settings: S, id: str) -> HarmRecord:  # noqa: A002  see Fault.plan
        return HarmRecord(fault=self.name, id=id, harm=self.harm(settings))

    async def inject(self, record: HarmRecord, doors: Doors) -> None:
        await doors.of(Erpgo).harm(record.id, record.harm)

    async def undo(self, record: HarmRecord, doors: Doors) -> None:
        await doors.of(Erpgo).end_harm(record.id)

    async def is_undone(self, record: HarmRecord, doors: Doors) -> Check:
        if record.id in await doors.of(Erpgo).harms():
            return Check(ok=False, observed=f"the API still does {record.harm['type']}")
        try:
            return Check(ok=True, observed=await doors.services.probe(API))
        except DoorError as error:
            return Check(ok=False, observed=str(error))
