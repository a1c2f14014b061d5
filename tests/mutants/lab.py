"""Runs a mutant on a real stack, with a real engine, and judges its journal."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.judge.verdict import RunVerdict
from tests.fakes.locust import FakeLocust
from tests.mutants.mutant import Mutant
from tests.mutants.sabotage import Sabotage
from tests.stack.waiting import eventually
from tests.starved import STARVED, causes

ATTEMPTS = 3
RUN_WITHIN = 300.0
"""Seconds for one run; a steady state that never comes takes 120 of them."""


@dataclass(frozen=True)
class Lab:
    """A stack, and a folder for what its runs leave."""

    stack: StackInfo
    folder: Path

    def run(self, mutant: Mutant) -> RunVerdict:
        """Run it; where the machine was too busy to prove anything it is run again, and that is said."""
        for attempt in range(ATTEMPTS):
            verdict = self._once(mutant, self.folder / f"attempt-{attempt}")
            if STARVED not in causes(verdict):
                break
            print(f"{mutant.name}: {said(verdict)}: running it once more", file=sys.__stderr__)
        return verdict

    def _once(self, mutant: Mutant, folder: Path) -> RunVerdict:
        folder.mkdir()
        experiment = folder / "a-mutant.yaml"
        experiment.write_text(mutant.experiment)
        with ExitStack() as until_the_end:
            harm = Sabotage(self.stack, folder, until_the_end)
            mutant.harm(harm)
            locust = FakeLocust(self.stack, experiment, folder / "reports", harm.root)
            harm.for_locust(locust)
            locust.run(harm.react, within=RUN_WITHIN)
        self._await_all_ready()
        journal = next((folder / "reports").glob("*/journal.jsonl"))
        if harm.for_the_journal:
            lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
            journal.write_text("".join(harm.for_the_journal(lines)), encoding="utf-8")
        return judge(read_journal(journal))

    def _await_all_ready(self) -> None:
        """The next run finds the stack as this one did."""
        with Connection(self.stack) as connection:

            def all_ready() -> bool:
                return all(service.state == "ready" for service in connection.status().services.values())

            eventually("every service is ready", all_ready, 30.0)


def said(verdict: RunVerdict) -> str:
    """All reasons of a verdict, those of the run first."""
    reasons = [reason for experiment in verdict.experiments for reason in experiment.reasons]
    return "; ".join(reason.text for reason in [*verdict.reasons, *reasons])
