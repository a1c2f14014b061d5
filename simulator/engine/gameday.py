"""Runs a game day: preflight, canary, then one wave of experiments after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from simulator.base.errors import BadInput, DoorError, Unsafe
from simulator.doors import Doors
from simulator.engine.experiment import Act, Equipment, run_wave
from simulator.engine.gates import Gates
from simulator.engine.injection import Injector
from simulator.engine.ledger import Ledger
from simulator.engine.watch import Watch
from simulator.environments.system import System
from simulator.faults import fault_named
from simulator.journal.facts import Note, RunEnded
from simulator.journal.file import Journal
from simulator.plan.build import injection_phase, plan_faults
from simulator.plan.models import Experiment, Plan
from simulator.preflight import look_at_rules
from simulator.preflight.clocks import measure_clocks
from simulator.preflight.nets import (
    check_blackout,
    check_identity,
    check_run_time,
    check_shares,
    conditions_blind_now,
)
from simulator.preflight.reach import check_reach


@dataclass(frozen=True)
class GameDay:
    """A planned run with everything it is run with."""

    plan: Plan
    doors: Doors
    journal: Journal
    injector: Injector
    watch: Watch
    system: System

    async def run(self) -> RunEnded:
        """Run all of it; says how it ended. A verdict is not among the things that can go wrong here.

        Raises:
            HarnessError: the journal or an open-fault record cannot be written; everything that could be
                undone is undone, and `injector.left` names the rest.
        """
        watch = self.watch
        gates = Gates(self.plan, self.doors, self.journal, watch)
        in_time = partial(check_time, self.plan, self.doors)
        try:
            async with watch.watching():
                await self._prepare(gates)
                equipment = Equipment(
                    self.doors, self.journal, gates, self.injector, watch, in_time, self.plan.policy
                )
                ledger = Ledger(self.doors, self.journal, self.system.ledger)
                for round_ in range(self.plan.repeat):
                    for wave in self.plan.waves:
                        for name in wave:
                            in_time(self.plan.experiment(name))
                        await check_shares(self.plan, wave, self.doors)
                        await self._wave(equipment, ledger, [self._act(name, round_) for name in wave])
        except (BadInput, Unsafe, DoorError) as error:
            return RunEnded(status="aborted", reason=" ".join(str(error).split()))
        return RunEnded(status="completed")

    async def _wave(self, equipment: Equipment, ledger: Ledger, acts: Sequence[Act]) -> None:
        began = self.doors.clock.elapsed()
        # Whether a panel is back is asked of all that it did; without such a panel only what gates look back at counts.
        back = any(act.experiment.panels for act in acts)
        looks_back = self.plan.policy.panels.looks_back
        self.journal.forget(lambda: (began if back else self.doors.clock.elapsed()) - looks_back)
        try:
            await run_wave(equipment, acts)
        finally:
            # What a wave that was aborted has asked for was acknowledged all the same.
            await ledger.reconcile([act.experiment.name for act in acts], began)
        await self.injector.undo_left()
        self._stop_if_left()

    def _act(self, name: str, round_: int) -> Act:
        experiment = self.plan.experiment(name)
        records = plan_faults(self.plan, experiment, round_)
        return Act(experiment, records, injection_phase(self.plan, experiment, round_))

    async def _prepare(self, gates: Gates) -> None:
        await check_identity(self.plan, self.doors)
        names = [one.name for one in self.plan.experiments]
        await check_shares(self.plan, names, self.doors)
        await check_reach(self.plan, names, self.doors)
        await measure_clocks(self.doors, self.journal, self.plan.policy.sight.clocks_apart)
        troubles = await look_at_rules(self.plan, self.doors, self.journal)
        for trouble in [*troubles, *await conditions_blind_now(self.plan, self.doors)]:
            self.journal.write(Note(text=trouble))
        if self.doors.canary is not None and not await gates.canary(self.doors.canary):
            raise Unsafe("the canary's page did not arrive: no page could be trusted to")

    def _stop_if_left(self) -> None:
        if self.injector.left:
            raise Unsafe(f"no further fault while {', '.join(self.injector.left)} may still be injected")


def check_time(plan: Plan, doors: Doors, experiment: Experiment) -> None:
    """No further experiment into a blackout, however long its undo takes, or beyond what a run may last.

    Raises:
        Unsafe: it would be.
        DoorError: the environment does not give what one of its faults needs.
    """
    records = plan_faults(plan, experiment, round_=0)
    undo = sum(fault_named(record.fault).patience(record, doors).within for record in records)
    check_blackout(plan, doors.clock.clock.now(), experiment.lasts + undo)
    check_run_time(plan, doors.clock.elapsed() + experiment.lasts)
