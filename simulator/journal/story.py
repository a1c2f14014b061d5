"""What a plan lets its journal say: no run of it can have written anything else."""

from collections import Counter

from simulator.base.names import nearest, shown
from simulator.journal.facts import AnyFact, ExperimentEnded, ExperimentStarted, FaultRequested
from simulator.plan.models import Plan


class Story:
    """Follows a journal, fact by fact. The judge may rest on what it has let pass."""

    def __init__(self, plan: Plan) -> None:
        self._faults = {experiment.name: len(experiment.faults) for experiment in plan.experiments}
        self._turns = Counter(experiment.name for experiment in plan.experiments)
        self._repeat = plan.repeat
        self._started: Counter[str] = Counter()
        self._requested: Counter[str] = Counter()

    def objection(self, fact: AnyFact) -> str:
        """Why the plan rules the fact out; empty when it does not."""
        name = fact.experiment
        if name and name not in self._faults:
            return f"the plan has no experiment {shown(name)}{nearest(name, self._faults)}"
        match fact:
            case ExperimentStarted():
                self._started[name] += 1
                most = self._turns[name] * self._repeat
                if self._started[name] > most:
                    return f"experiment {shown(name)} starts again, planned are {most} times"
            case FaultRequested():
                self._requested[name] += 1
                if self._requested[name] > self._faults.get(name, 0):
                    return f"experiment {shown(name)} asks for a fault beyond the {self._faults.get(name, 0)} planned"
            case ExperimentEnded():
                self._requested[name] = 0
            case _:
                pass
        return ""
