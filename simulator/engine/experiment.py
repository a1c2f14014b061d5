"""Runs the experiments of a wave, usually one: steady state, inject, watch, undo, recover. It judges nothing."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from simulator.doors import Doors
from simulator.engine.evidence import gather
from simulator.engine.gates import Gates
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.rules import ask_rules
from simulator.engine.together import Rendezvous
from simulator.engine.watch import Watch
from simulator.faults import FaultRecord
from simulator.journal.facts import (
    AlertmanagerAlert,
    ExperimentEnded,
    ExperimentStarted,
    FaultRequested,
    Note,
    ObservationEnded,
    ObservationStarted,
    Page,
    RunStatus,
)
from simulator.journal.file import Journal
from simulator.judge.case import loaded
from simulator.plan.identity import Identity
from simulator.plan.models import OPEN_CHAINS, Experiment
from simulator.plan.policy import Policy

LOOK_EVERY = 0.25
CANCEL_AGAIN_EVERY = 1.0
"""Seconds."""


@dataclass(frozen=True)
class Equipment:
    """Everything an experiment is run with."""

    doors: Doors
    journal: Journal
    gates: Gates
    injector: Injector
    watch: Watch
    check_time: Callable[[Experiment], None]
    """Raises Unsafe when by now there is no time left for it."""
    policy: Policy


@dataclass(frozen=True)
class Act:
    """An experiment with what is injected for it, and when within a scrape interval (seconds)."""

    experiment: Experiment
    records: tuple[FaultRecord, ...]
    phase: float


async def run_wave(equipment: Equipment, acts: Sequence[Act]) -> None:
    """Run experiments at the same time: all steady, then each its fault, then all undone, then all recovered.

    Raises:
        Unsafe: the run must stop; everything is undone already.
    """
    others = Rendezvous(len(acts))
    tasks = [asyncio.create_task(_run(equipment, act, others)) for act in acts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        # Whoever is still on its way undoes its own fault before this returns, however often we are told to hurry.
        await _ended(tasks)
    for task in tasks:
        # Those that we cancelled for another's sake say nothing: the one that failed does.
        if not task.cancelled():
            task.result()


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    cancelled: asyncio.CancelledError | None = None
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            # Again and again: `asyncio.wait_for` loses a cancellation that meets its completion (Python 3.11).
            await asyncio.wait(pending, timeout=CANCEL_AGAIN_EVERY)
        except asyncio.CancelledError as error:
            cancelled = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at: what nobody asks for, asyncio prints
    if cancelled is not None:
        raise cancelled


async def _run(equipment: Equipment, act: Act, others: Rendezvous) -> None:
    """Run one to its end, or to its abort; either way the journal says how it ended."""
    journal = equipment.journal
    with journal.of(act.experiment.name):
        journal.write(ExperimentStarted())
        status: RunStatus = "interrupted"
        reason = ""
        try:
            if await equipment.gates.steady(act.experiment):
                await others.meet()
                equipment.check_time(act.experiment)  # the wait may have led into a blackout
                await equipment.doors.clock.sleep(act.phase)
                with equipment.watch.blinded(act.experiment.blinds):
                    await _observe_faults(equipment, act)
                    await others.meet()
                    await equipment.gates.recovered(act.experiment)
            status = "completed"
        except Exception as error:
            status, reason = "aborted", str(error)
            raise
        finally:
            others.leave()
            journal.write(ExperimentEnded(status=status, reason=reason))


async def _observe_faults(equipment: Equipment, act: Act) -> None:
    """Inject in order, watch, undo in reverse order on every way out."""
    experiment = act.experiment
    try:
        async with AsyncExitStack() as stack:
            aimed = [
                await stack.enter_async_context(
                    equipment.injector.injected(record, experiment.effective_within)
                )
                for record in act.records
            ]
            equipment.journal.write(ObservationStarted())
            await _observe(equipment, experiment, aimed)
            for record in aimed:
                await equipment.injector.look_again(record)
            await gather(equipment.doors, equipment.journal, experiment)
            await ask_rules(
                equipment.doors, equipment.journal, experiment, equipment.policy.sight.gap_tolerated
            )
            equipment.journal.write(ObservationEnded())
    except NotEffective:
        equipment.journal.write(Note(text="the fault was not effective"))


async def _observe(equipment: Equipment, experiment: Experiment, records: Sequence[FaultRecord]) -> None:
    """Watch to the end of the observation, and somewhat longer for pages that have not come."""
    clock = equipment.doors.clock
    began = clock.elapsed()
    settings = zip(experiment.faults, records, strict=True)
    unhealed = [record for fault, record in settings if fault.must_heal_within is not None]

    async def look() -> bool | None:
        equipment.watch.stop_if_unsafe()
        unhealed[:] = [
            record for record in unhealed if not await equipment.injector.look_whether_healed(record)
        ]
        over = clock.elapsed() - began - experiment.observe
        return (
            True
            if over >= 0 and (not _awaited(equipment.journal, experiment) or over >= OPEN_CHAINS)
            else None
        )

    await clock.until(look, within=experiment.observe + OPEN_CHAINS + LOOK_EVERY, every=LOOK_EVERY)


def _awaited(journal: Journal, experiment: Experiment) -> list[Identity]:
    """Alerts that must arrive and have not since the fault was requested."""
    rules = loaded(journal.facts)
    wanted = [(alert.expect, experiment.identity(alert, rules)) for alert in experiment.must]
    wanted = [one for one in wanted if one[0] in ("notified", "accepted")]
    # Backwards, and no further than needed: this is asked four times a second.
    for fact in reversed(journal.facts):
        if not wanted or (isinstance(fact, FaultRequested) and fact.experiment == experiment.name):
            break
        if isinstance(fact, Page | AlertmanagerAlert) and not fact.is_over:
            how = "notified" if isinstance(fact, Page) else "accepted"
            wanted = [one for one in wanted if one[0] != how or not one[1].covers(fact.identity)]
    return [which for _, which in wanted]
