"""What every fault is: settings, a plain record, and four acts over that record."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from pydantic import ConfigDict

from simulator.base.values import Value
from simulator.doors import Doors
from simulator.doors.locks import Queue

OFFERS = {
    "hold": "a service that can be killed or frozen, and kept so",
    "container": "a service that is a container",
    "shaping": "a service that is a container, and an image with network tools to run beside it",
    "database": "a PostgreSQL database",
    "cache": "a Redis",
    "configuration": "a service whose configuration can be replaced and reloaded",
    "traffic": "traffic that has switches",
    "command": "a service with programs of its own that harm it and give it back",
    "http": "a service with an API of its own that harms it and gives it back",
}
"""What an environment, or a service of it, can offer to faults."""


class FaultSettings(Value):
    """What an experiment file may say about a fault; `fault` is its name."""

    model_config = ConfigDict(allow_inf_nan=False)  # JSON, in which the plan is kept, has no such numbers

    fault: str

    @property
    def touches(self) -> str:
        """The service the fault harms, by its name in the environment; empty for the workload alone."""
        return ""

    @property
    def upsets(self) -> str:
        """The service whose metrics, and those of all that depends on it, say nothing else while the fault lasts.

        Empty where only what the experiment names is moved: then others may run beside it.
        """
        return ""

    def takes(self, replicas: int) -> int:
        """How many of the so many processes or containers of the touched service it harms."""
        return replicas

    @property
    def must_heal_within(self) -> float | None:
        """Seconds from the start of the effective interval for the system to recover by itself; None: it need not."""
        return None


class SoleService(FaultSettings):
    """A fault on a service that need not be named where the environment has only one that can suffer it."""

    service: str = ""
    """By its name in the environment; empty: the only one of its kind."""

    @property
    def touches(self) -> str:
        return self.service


class FaultRecord(Value):
    """All that is needed to undo a fault, from any process, after any crash.

    Written to disk before the fault is injected. `id` is unique over runs and tags whatever the fault
    leaves in the target (a session's application name, a key prefix, a lease's owner).
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    fault: str
    id: str


class Check(Value):
    """The answer of a fault's own check, with what was seen."""

    ok: bool
    observed: str


class Patience(Value):
    """How long an undo may take, in seconds."""

    within: float = 20.0
    """For the harm to be gone and the service's own probe to be green."""
    act: float = 10.0
    """For one act of it: one that hangs must not keep the next try from happening."""


GUARD_ONLY = (
    "guard only: nothing arms the target itself, so if the engine and its guard are both killed, the harm stays until"
    " `simulator undo`"
)
"""What is said of a fault without `arm`."""

S = TypeVar("S", bound=FaultSettings)
R = TypeVar("R", bound=FaultRecord)


class Fault(ABC, Generic[S, R]):
    """One kind of harm, and its undoing.

    Every act may raise `DoorError`. `undo` is idempotent: it runs again after a crash, from another
    process, on a target that may have been restarted or replaced, and on a fault never injected.
    """

    name: ClassVar[str]
    needs: ClassVar[str]
    """What the service that it touches has to offer (`OFFERS`), or the name of an adapter's own offer."""
    lags: ClassVar[bool] = False
    """Its check sees the harm only some time after it began: a negative look proves nothing, and the effective interval
    begins with the request."""
    settings: type[S]
    record: type[R]

    @abstractmethod
    def plan(self, settings: S, id: str) -> R:  # noqa: A002  the word of the field, and of FaultRecord
        """Work out the record. Touches nothing."""

    async def aim(self, record: R, doors: Doors) -> R:  # noqa: ARG002  most faults need nothing of their target
        """Complete the record with what only the target knows and undo has to restore. Touches nothing."""
        return record

    async def overreach(self, record: R, doors: Doors) -> str:  # noqa: ARG002  most faults act on what they name alone
        """Whom it would harm besides what it names, or what of its harm no undo could give back; empty: nothing.

        Asked before the run, and again right before injecting. Touches nothing.
        """
        return ""

    def patience(self, record: R, doors: Doors) -> Patience:  # noqa: ARG002  most are undone at once
        """How long its undo may take."""
        return Patience()

    def guard_only(self, record: R, doors: Doors) -> bool:  # noqa: ARG002  most leave no choice
        """Whether, by choice, nobody but the engine and its guard ends the harm (`GUARD_ONLY`)."""
        return False

    @abstractmethod
    async def inject(self, record: R, doors: Doors) -> None:
        """Do the harm; returns when it was asked for, not when it bites."""

    @abstractmethod
    async def is_effective(self, record: R, doors: Doors) -> Check:
        """Whether the harm bites, read from another source than the alerts' own metric where one exists."""

    async def is_healed(self, record: R, doors: Doors) -> Check:
        """Whether the system has recovered by itself; asked only where the settings say that it must."""
        return await self.is_undone(record, doors)

    def queue(self, record: R, doors: Doors) -> Queue:  # noqa: ARG002  most faults wait for no lock
        """What waiting for its locks has done so far, to others too."""
        return Queue()

    @abstractmethod
    async def undo(self, record: R, doors: Doors) -> None:
        """Take the harm away."""

    @abstractmethod
    async def is_undone(self, record: R, doors: Doors) -> Check:
        """Whether the harm is gone and the service's own probe is green."""
