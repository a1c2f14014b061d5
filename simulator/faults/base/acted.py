"""What the faults share that carry out acts of the user's own: the harm is theirs, the promises are ours."""

from abc import abstractmethod
from typing import TypeVar

from simulator.base.errors import DoorError
from simulator.doors import Doors
from simulator.doors.acts import ActFailed, Acts
from simulator.doors.groups import GONE_WITHIN
from simulator.faults.base.held import ServiceSettings
from simulator.faults.contract import Check, Fault, FaultRecord, Patience

LOOK_EVERY = 0.5
"""Seconds between two looks at whether an undone harm comes back."""
REHEARSAL = "rehearsal"
"""What the acts are told instead of a fault's id."""


class ActedSettings(ServiceSettings):
    """The service whose acts are meant; what they are, the environment says."""


class ActedRecord(FaultRecord):
    """The acts, all of them: an undo needs no environment."""

    service: str
    acts: Acts | None = None
    """As they were ready to be carried out."""


S = TypeVar("S", bound=ActedSettings)
R = TypeVar("R", bound=ActedRecord)


class ActedFault(Fault[S, R]):
    """Harm by acts of the user's own, believed by their own check alone."""

    @abstractmethod
    def given(self, service: str, doors: Doors) -> Acts:
        """The acts that the environment gives for a service; raises DoorError where it gives none."""

    def plan(self, settings: S, id: str) -> R:  # noqa: A002  see Fault.plan
        return self.record(fault=self.name, id=id, service=settings.service)

    async def aim(self, record: R, doors: Doors) -> R:
        return record.model_copy(update={"acts": self._acts(record, doors).ready()})

    def patience(self, record: R, doors: Doors) -> Patience:
        acts = self._acts(record, doors)
        # What is still at it, the undo, and then a check throughout one timeout, whose last look may take another.
        act = GONE_WITHIN + 2 * acts.timeout
        return Patience(within=2 * acts.timeout + acts.undo_within, act=act)

    def guard_only(self, record: R, doors: Doors) -> bool:
        return not self._acts(record, doors).is_armed

    async def inject(self, record: R, doors: Doors) -> None:
        """Arm, where that is given, and then inject; each must succeed within its time."""
        await self._acts(record, doors).inject(record.id)

    async def is_effective(self, record: R, doors: Doors) -> Check:
        """The check says that it bites. An error is no answer."""
        bites = await self._acts(record, doors).bites(record.id)
        return Check(ok=bites, observed="check: it bites" if bites else "check: it does not bite")

    async def undo(self, record: R, doors: Doors) -> None:
        """End what is still injecting, with all its children, and then undo."""
        acts = self._acts(record, doors)
        await acts.stop(record.id, doors.clock)
        await acts.undo(record.id)

    async def is_undone(self, record: R, doors: Doors) -> Check:
        """The check says throughout one more timeout that it does not bite: a remote effect may come late."""
        acts = self._acts(record, doors)
        if acts.is_at_work(record.id):
            return Check(ok=False, observed="it is still being injected")

        async def bites() -> bool | None:
            return await acts.bites(record.id) or None

        if await doors.clock.until(bites, within=acts.timeout, every=LOOK_EVERY):
            return Check(ok=False, observed="check: it bites")
        return Check(ok=True, observed=f"check: it does not bite, throughout {acts.timeout:g} s")

    def _acts(self, record: R, doors: Doors) -> Acts:
        return record.acts or self.given(record.service, doors)


async def rehearse(given: Acts) -> Check:
    """On a healthy system: the undo succeeds, and the check says that nothing bites. Says what it saw, never raises a door's error."""
    try:
        acts = given.ready()
        await acts.undo(REHEARSAL)
        bites = await acts.bites(REHEARSAL)
    except ActFailed as error:
        return Check(ok=False, observed=f"rehearsal: {error}{error.said and ': '}{error.said}")
    except DoorError as error:
        return Check(ok=False, observed=f"rehearsal: {error}")
    if bites:
        return Check(
            ok=False, observed="rehearsal: after the undo, on a healthy system, check says that it bites"
        )
    return Check(ok=True, observed="rehearsal: undo succeeded, check says that it does not bite")
