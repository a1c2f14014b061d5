"""The environment's abort conditions, asked of Prometheus once a second, and whether they still see anything."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.base.errors import DoorError
from simulator.doors.prometheus import numbers
from simulator.journal.blindness import ConditionBlind, ConditionSighted
from simulator.journal.facts import AbortDue, AnyFact
from simulator.observers.contract import Observer, Scene
from simulator.plan.sight import rests_on
from simulator.safety.nets import BLIND_TOLERATED, Condition


class _Part(NamedTuple):
    """One thing that a condition compares, as a query."""

    condition: str
    query: str


class AbortConditions(Observer):
    """A condition is true while it gives any number, and counts as true once it has lost what it compares."""

    source = "abort conditions"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._had: set[_Part] = set()
        self._blind_since: dict[_Part, float] = {}
        self._untold: list[AnyFact] = []

    @property
    def every(self) -> float:
        return 1.0

    async def look(self) -> Sequence[AnyFact]:
        nets = self.scene.plan.stack.nets
        facts, self._untold = self._untold, []
        unasked: list[str] = []
        for condition in nets.abort_when if nets.hold("abort") else ():
            try:
                facts += await self._ask(condition)
            except DoorError as error:  # must not keep the others from being asked
                unasked.append(f"{condition.name}: {error}")
        if unasked and not any(isinstance(fact, AbortDue) for fact in facts):
            self._untold = facts  # told with the next answer
            raise DoorError("; ".join(unasked))
        return facts

    async def _ask(self, condition: Condition) -> list[AnyFact]:
        found = numbers(await self.scene.doors.prometheus.query(condition.expr))
        if found:
            return [AbortDue(condition=condition.name, expr=condition.expr, observed=f"{found[0]:g}")]
        facts: list[AnyFact] = []
        for query in rests_on(condition.expr):
            facts += await self._look_at(condition, _Part(condition.name, query))
        return facts

    async def _look_at(self, condition: Condition, part: _Part) -> list[AnyFact]:
        """What is new of one part. That a comparison gives nothing is good news only while there is something to compare."""
        now = self.scene.doors.clock.elapsed()
        if numbers(await self.scene.doors.prometheus.query(part.query)):
            self._had.add(part)
            was_blind = self._blind_since.pop(part, None) is not None
            return [ConditionSighted(**part._asdict())] if was_blind else []
        had = part in self._had
        if part not in self._blind_since:
            self._blind_since[part] = now
            return [ConditionBlind(**part._asdict(), had=had)]
        blind_for = now - self._blind_since[part]
        if had and condition.absent == "abort" and blind_for > BLIND_TOLERATED:
            lost = f"no value any more, {' '.join(part.query.split())} has had none for {blind_for:.0f} s"
            return [AbortDue(condition=condition.name, expr=condition.expr, observed=lost, blind=True)]
        return []


OBSERVER = AbortConditions
