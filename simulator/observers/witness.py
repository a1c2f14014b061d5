"""How many requests the system itself counts, for a run that sends none: asked of Prometheus, once a scrape."""

from collections.abc import Sequence

from simulator.doors.prometheus import numbers
from simulator.journal.facts import AnyFact
from simulator.journal.fitness import RequestsCounted
from simulator.observers.contract import Observer


class Witness(Observer):
    """Sums what the witness answers; no answer is no sample, and never a nought."""

    source = "witness"

    @property
    def every(self) -> float:
        return self.scene.plan.stack.scrape_interval

    async def look(self) -> Sequence[AnyFact]:
        plan = self.scene.plan
        if plan.stack.sends_traffic or plan.system is None or not plan.system.witness:
            return []
        counted = numbers(await self.scene.doors.prometheus.query(plan.system.witness))
        return [RequestsCounted(requests=sum(counted))] if counted else []


OBSERVER = Witness
