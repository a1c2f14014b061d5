"""When the processes that Prometheus scrapes were started: one that is restarted forgets what it counted."""

from collections.abc import Sequence

from simulator.journal.facts import AnyFact
from simulator.journal.fitness import ProcessSeen
from simulator.observers.contract import Observer, Scene

STARTED = "max by (job) (process_start_time_seconds)"


class Processes(Observer):
    """Asks once a scrape for the youngest process of each job."""

    source = "processes"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._known: dict[str, float] = {}

    @property
    def every(self) -> float:
        return self.scene.plan.stack.scrape_interval

    async def look(self) -> Sequence[AnyFact]:
        now = {
            series.labels.get("job", ""): series.samples[-1][1]
            for series in await self.scene.doors.prometheus.query(STARTED)
        }
        changed = {job: started for job, started in now.items() if self._known.get(job) != started}
        self._known |= now
        return [ProcessSeen(job=job, started_epoch=started) for job, started in sorted(changed.items())]


OBSERVER = Processes
