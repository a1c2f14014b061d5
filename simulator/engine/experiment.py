"""Runs one experiment: steady state, inject, watch, undo, recover. It judges nothing."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from simulator.doors import Doors
from simulator.engine.evidence import gather
from simulator.engine.gates import Gates
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.watch import Watch
from simulator.faults import FaultRecord
from simulator.journal import (
    ExperimentEnded,
    ExperimentStarted,
    FaultRequested,
    Journal,
    Note,
    ObservationEnded,
    ObservationStarted,
    Page,
    RunStatus,
)
from simulator.plan.models import Experiment

LOOK_EVERY = 0.25
OPEN_CHAINS = 15.0
"""Seconds that alerts which have not arrived are watched for beyond the limit, to tell late from missed."""


@dataclass(frozen=True)
class Stage:
    """Everything an experiment is run with."""

    doors: Doors
    journal: Journal
    gates: Gates
    injector: Injector
    watch: Watch


async def run_experiment(stage: Stage, experiment: Experiment, records: tuple[FaultRecord, ...]) -> None:
    """Run it to its end, or to its abort; either way the journal says how it ended.

    Raises:
        Unsafe: the run must stop; everything is undone already.
    """
    journal = stage.journal
    journal.experiment = experiment.name
    journal.write(ExperimentStarted())
    status: RunStatus = "interrupted"
    reason = ""
    try:
        if await stage.gates.steady(experiment):
            with stage.watch.blinded(experiment.blinds):
                await _observe_faults(stage, experiment, records)
                await stage.gates.recovered(experiment)
        status = "completed"
    except Exception as error:
        status, reason = "aborted", str(error)
        raise
    finally:
        journal.write(ExperimentEnded(status=status, reason=reason))
        journal.experiment = ""


async def _observe_faults(stage: Stage, experiment: Experiment, records: tuple[FaultRecord, ...]) -> None:
    """Inject in order, watch, undo in reverse order on every way out."""
    try:
        async with AsyncExitStack() as stack:
            aimed = [
                await stack.enter_async_context(stage.injector.injected(record, experiment.effective_within))
                for record in records
            ]
            stage.journal.write(ObservationStarted())
            await _observe(stage, experiment, aimed)
            for record in aimed:
                await stage.injector.look_again(record)
            await gather(stage.doors, stage.journal, experiment)
            stage.journal.write(ObservationEnded())
    except NotEffective:
        stage.journal.write(Note(text="the fault was not effective"))


async def _observe(stage: Stage, experiment: Experiment, records: Sequence[FaultRecord]) -> None:
    """Watch to the end of the observation, and somewhat longer for pages that have not come."""
    clock = stage.doors.clock
    began = clock.elapsed()
    settings = zip(experiment.faults, records, strict=True)
    unhealed = [record for fault, record in settings if fault.must_heal_within is not None]

    async def look() -> bool | None:
        stage.watch.must_be_able_to_see()
        unhealed[:] = [record for record in unhealed if not await stage.injector.look_whether_healed(record)]
        over = clock.elapsed() - began - experiment.observe
        return (
            True if over >= 0 and (not _awaited(stage.journal, experiment) or over >= OPEN_CHAINS) else None
        )

    await clock.until(look, within=experiment.observe + OPEN_CHAINS + LOOK_EVERY, every=LOOK_EVERY)


def _awaited(journal: Journal, experiment: Experiment) -> set[str]:
    """Alerts that must be paged and have not been since the fault was requested."""
    wanted = {alert.alert for alert in experiment.must if alert.expect == "notified"}
    requested = next(
        (
            fact.at
            for fact in reversed(journal.facts)
            if isinstance(fact, FaultRequested) and fact.experiment == experiment.name
        ),
        0.0,
    )
    paged = {
        fact.alert
        for fact in journal.facts
        if isinstance(fact, Page) and fact.status == "firing" and fact.at >= requested
    }
    return wanted - paged
