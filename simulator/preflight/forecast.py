"""What a run would do, told without doing it: exact targets, the pages to expect, and how each fault is undone."""

import inspect
from collections.abc import Sequence

from simulator.base.values import Value
from simulator.doors import Doors
from simulator.faults import GUARD_ONLY, FaultRecord, fault_named
from simulator.faults.registry import AnyFault
from simulator.plan.build import plan_faults
from simulator.plan.models import Experiment, Plan
from simulator.preflight.loaded import Asked, Loaded
from simulator.preflight.promise import predict


class FaultForecast(Value):
    """One fault: its record as it would be written, without the parts that every record has."""

    fault: str
    target: str
    settings: dict[str, object]
    undo: str
    """What the fault itself says of its end."""


class AlertForecast(Value):
    """One alert that must do something, and what follows from the rules that are loaded."""

    alert: str
    """With the labels that tell it from its namesakes."""
    severity: str
    expect: str
    within: float
    """Seconds."""
    worst: float | None
    """Seconds from fault to page, at worst, as follows from the rule that is loaded; None where no rule says."""
    clears: str = ""
    """Why it may clear before the undo; empty where it has to stay."""


class Forecast(Value):
    """One experiment."""

    experiment: str
    lasts: float
    """Seconds that its faults stay injected, at least."""
    faults: tuple[FaultForecast, ...]
    alerts: tuple[AlertForecast, ...]


async def forecast(plan: Plan, asked: Sequence[Asked], loaded: Loaded, doors: Doors) -> list[Forecast]:
    """Ask the stack, and touch nothing.

    Raises:
        DoorError: the stack does not answer.
    """
    return [
        Forecast(
            experiment=experiment.name,
            lasts=experiment.observe,
            faults=await _faults(plan, experiment, doors),
            alerts=tuple(
                _alert(one, loaded, plan.stack.evaluation_interval)
                for one in asked
                if one.experiment.name == experiment.name
            ),
        )
        for experiment in plan.experiments
    ]


def _alert(asked: Asked, loaded: Loaded, interval: float) -> AlertForecast:
    wanted = asked.wanted
    seen = [predict(alert, loaded.routes, interval) for alert in asked.able]
    return AlertForecast(
        alert=str(asked.which),
        severity=wanted.severity,
        expect=wanted.expect,
        within=wanted.within,
        worst=max((sum(stage.seconds for stage in rule.stages) for rule in seen), default=None),
        clears=(wanted.because or "") if wanted.clears else "",
    )


async def _faults(plan: Plan, experiment: Experiment, doors: Doors) -> tuple[FaultForecast, ...]:
    records = plan_faults(plan, experiment, round_=0)
    found = []
    for settings, record in zip(experiment.faults, records, strict=True):
        fault = fault_named(record.fault)
        target = await doors.services.target(settings.touches) if settings.touches else "the traffic"
        found.append(
            FaultForecast(
                fault=record.fault,
                target=target,
                settings=record.model_dump(exclude={"fault", "id"}, exclude_defaults=True),
                undo=_undo(fault, record, doors),
            )
        )
    return tuple(found)


def _undo(fault: AnyFault, record: FaultRecord, doors: Doors) -> str:
    said = " ".join((inspect.getdoc(type(fault)) or "").split())
    return f"{said} Here: {GUARD_ONLY}." if fault.guard_only(record, doors) else said
