"""The environment's abort conditions, asked of Prometheus once a second."""

from collections.abc import Sequence

from simulator.errors import DoorError
from simulator.journal.facts import AbortDue, AnyFact
from simulator.observers.contract import Observer


class AbortConditions(Observer):
    """A condition is true while it gives any sample."""

    source = "abort conditions"

    @property
    def every(self) -> float:
        return 1.0

    async def look(self) -> Sequence[AnyFact]:
        nets = self.scene.plan.stack.nets
        due: list[AbortDue] = []
        unasked: list[str] = []
        for condition in nets.abort_when if nets.hold("abort") else ():
            try:
                found = await self.scene.doors.prometheus.query(condition.expr)
            except DoorError as error:  # must not keep the others from being asked
                unasked.append(f"{condition.name}: {error}")
                continue
            for series in found[:1]:
                observed = f"{series.samples[-1][1]:g}"
                due.append(AbortDue(condition=condition.name, expr=condition.expr, observed=observed))
        if unasked and not due:
            raise DoorError("; ".join(unasked))
        return due


OBSERVER = AbortConditions
