"""Journals written by hand: what a run would have recorded, for tests of the verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from simulator.journal.drawn import PanelsDrawn
from simulator.journal.fact import Fact
from simulator.journal.facts import (
    AlertmanagerAlert,
    AnyFact,
    ClockOffset,
    ExperimentEnded,
    ExperimentStarted,
    FaultChecked,
    FaultRequested,
    FaultUndone,
    GateChecked,
    ObservationEnded,
    ObservationStarted,
    Page,
    Planned,
    PrometheusAlert,
    RuleSeen,
    RunEnded,
    RunStarted,
)
from simulator.journal.file import Seal
from simulator.journal.fitness import LoopLag, TrafficSeen
from simulator.judge import judge
from simulator.judge.causes import Cause
from simulator.judge.verdict import ExperimentVerdict, RunVerdict
from simulator.plan.models import Experiment, Panel, Plan, StackFacts, Target

EPOCH = 1_800_000_000.0
PANEL = Panel(
    dashboard="system",
    title="Error Rate",
    unit="percentunit",
    targets=(Target(ref="A", legend="errors", expr="x"),),
)
EXPERIMENT = Experiment.model_validate(
    {
        "name": "db-killed",
        "title": "The database is killed",
        "faults": [{"fault": "service-kill", "service": "postgres"}],
        "must": [
            {"alert": "Down", "severity": "critical"},
            {"alert": "HighErrors", "severity": "warning", "expect": "inhibited"},
        ],
        "may": [{"alert": "Slow", "because": "requests wait for connections"}],
        "panels": [{"dashboard": "system", "panel": "Error Rate", "expect": "up"}],
        "needs": {"counted": {"orders": 5}},
    }
)
NO_LABELS: Mapping[str, str] = {}
BITES = 100.0
"""The run second at which the fault of `met_journal` begins to bite."""


def plan(experiment: Experiment = EXPERIMENT) -> Plan:
    return Plan(
        run="20260101-000000-test",
        game_day="test",
        seed=1,
        simulator_version="0",
        stack=StackFacts(
            name="embedded",
            kind="embedded",
            scrape_interval=2.0,
            evaluation_interval=2.0,
            chaos_services=("postgres",),
            offers={"postgres": ("hold", "database")},
        ),
        experiments=(experiment,),
        panels=(PANEL,),
    )


def at(fact: Fact, when: float, experiment: str = "db-killed") -> AnyFact:
    """The fact as the journal would have stamped it."""
    return cast("AnyFact", fact.model_copy(update={"at": when, "experiment": experiment}))


def traffic(when: float, *, requests: float = 80.0, achieved: float = 20.0, cpu: float = 20.0) -> AnyFact:
    seen = TrafficSeen(
        offered=20.0,
        achieved=achieved,
        dropped=0.0,
        requests=requests,
        counted={"orders": 10.0 if requests else 0.0},
        failures=0.0,
        cpu_percent=cpu,
        users=100,
    )
    return at(seen, when)


def page(
    alert: str,
    when: float,
    *,
    severity: str = "critical",
    route: str = "critical",
    status: str = "firing",
    starts: float | None = None,
    labels: Mapping[str, str] = NO_LABELS,
) -> AnyFact:
    got = Page.model_validate(
        {
            "sequence": int(when * 10),
            "alert": alert,
            "labels": dict(labels),
            "fingerprint": f"f-{alert}{''.join(labels.values())}",
            "severity": severity,
            "route": route,
            "status": status,
            "starts_epoch": EPOCH + (when - 1.0 if starts is None else starts),
            "received_epoch": EPOCH + when,
        }
    )
    return at(got, when)


def fires(
    alert: str,
    when: float,
    state: str = "firing",
    severity: str = "critical",
    labels: Mapping[str, str] = NO_LABELS,
) -> AnyFact:
    seen = PrometheusAlert.model_validate(
        {
            "alert": alert,
            "labels": dict(labels),
            "instance": f'alertname="{alert}"{"".join(labels.values())}',
            "severity": severity,
            "state": state,
            "active_epoch": EPOCH + when,
        }
    )
    return at(seen, when)


def accepted(
    alert: str,
    when: float,
    *,
    severity: str = "critical",
    inhibited_by: tuple[str, ...] = (),
    silenced_by: tuple[str, ...] = (),
    labels: Mapping[str, str] = NO_LABELS,
    gone: bool = False,
) -> AnyFact:
    return at(
        AlertmanagerAlert(
            alert=alert,
            labels=dict(labels),
            fingerprint=f"f-{alert}{''.join(labels.values())}",
            severity=severity,
            state="gone" if gone else "suppressed" if inhibited_by or silenced_by else "active",
            starts_epoch=EPOCH + when,
            inhibited_by=inhibited_by,
            silenced_by=silenced_by,
        ),
        when,
    )


def check(when: float, *, ok: bool, question: str = "effective", took: float = 0.01) -> AnyFact:
    seen = FaultChecked.model_validate(
        {
            "fault": "service-kill",
            "id": "f1",
            "began": when - took,
            "question": question,
            "ok": ok,
            "observed": "connection refused" if ok else "still answers",
        }
    )
    return at(seen, when)


def panel(when: float, value: float | None) -> AnyFact:
    values = {} if value is None else {"errors": value}
    return at(PanelsDrawn(panels={"system": {"Error Rate": values}}), when, "")


def met_journal(experiment: Experiment = EXPERIMENT) -> list[AnyFact]:
    """A run in which everything went as it should; tests take parts of it away, or add to it."""
    facts: list[AnyFact] = [
        at(Planned(plan=plan(experiment)), 0.0, ""),
        at(RunStarted(epoch=EPOCH), 0.0, ""),
        at(ClockOffset(program="receiver", offset=0.0, uncertainty=0.01), 0.1, ""),
        at(ClockOffset(program="prometheus", offset=0.0, uncertainty=0.01), 0.1, ""),
        at(RuleSeen(alert="Down", loaded=True, severity="critical", expr="up == 0", at_least=1.0), 0.2, ""),
        at(GateChecked(gate="canary", passed=True, waited=4.0, observed=""), 5.0, ""),
        at(ExperimentStarted(), 50.0),
        at(GateChecked(gate="steady", passed=True, waited=40.0, observed=""), 99.0),
        at(FaultRequested(fault="service-kill", id="f1"), BITES),
        check(BITES + 0.3, ok=True),
        check(BITES + 0.6, ok=True),
        check(BITES + 0.9, ok=True),
        at(ObservationStarted(), BITES + 1.0),
        fires("Down", BITES + 4.0, "pending"),
        fires("Down", BITES + 6.0),
        accepted("Down", BITES + 6.2),
        page("Down", BITES + 7.2),
        fires("HighErrors", BITES + 8.0, severity="warning"),
        accepted("HighErrors", BITES + 8.5, severity="warning", inhibited_by=("CriticalErrors",)),
        at(ObservationEnded(), BITES + 31.0),
        at(
            FaultUndone(fault="service-kill", id="f1", requested=BITES + 31.0, confirmed=True, observed=""),
            BITES + 32.0,
        ),
        page("Down", BITES + 40.0, status="resolved"),
        at(GateChecked(gate="recovery", passed=True, waited=30.0, observed=""), BITES + 62.0),
        at(ExperimentEnded(status="completed"), BITES + 62.0),
        at(RunEnded(status="completed"), BITES + 63.0, ""),
    ]
    facts += [traffic(float(second)) for second in range(20, 163)]
    facts += [at(LoopLag(seconds=0.002), float(second)) for second in range(20, 163)]
    facts += [panel(2.0 * step, 0.0 if not 104 <= 2 * step <= 140 else 0.6) for step in range(10, 81)]
    return in_order(facts)


def in_order(facts: list[AnyFact]) -> list[AnyFact]:
    """As the journal would hold them; facts of one moment keep their order."""
    return sorted(facts, key=lambda fact: fact.at)


def without(facts: list[AnyFact], kind: type[Fact], alert: str = "") -> list[AnyFact]:
    """The journal with all facts of a kind (and alert) taken away."""
    return [
        fact for fact in facts if not (isinstance(fact, kind) and alert in ("", getattr(fact, "alert", "")))
    ]


def written(folder: Path, facts: Sequence[AnyFact]) -> Path:
    """The journal in its folder, which is made, as the engine would have written it."""
    folder.mkdir()
    journal = folder / "journal.jsonl"
    seal = Seal()
    journal.write_text("".join(seal.line(fact.model_dump_json()) + "\n" for fact in facts))
    return journal


def judged(facts: list[AnyFact]) -> tuple[RunVerdict, ExperimentVerdict]:
    verdict = judge(in_order(facts))
    return verdict, verdict.experiments[0]


def causes(experiment: ExperimentVerdict) -> list[tuple[str, Cause | None]]:
    """Why it is not met, each with whose: `[("Down", "late")]`."""
    return [(reason.subject, reason.cause) for reason in experiment.reasons]


def reasons(experiment: ExperimentVerdict) -> str:
    """The same in words."""
    return "; ".join(reason.text for reason in experiment.reasons)
