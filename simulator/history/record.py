"""What is kept of one run to count with: who started it, where, and each page that had to arrive.

Made of a verdict alone. A few kilobytes where the report has some hundred, so that a thousand runs are read at once.
"""

from typing import Literal

from simulator.base.values import Value
from simulator.history.exercised import Exercised, exercised
from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, Outcome, RunVerdict
from simulator.plan.provenance import Provenance

Promise = Literal["notified", "accepted"]
"""`notified`: its page had to reach the receiver. `accepted`: Alertmanager had to have it, where no receiver could be added."""
NOT_RECORDED = "not recorded"


class Attempt(Value):
    """One alert that had to come, once."""

    experiment: str
    alert: str
    """As reports name it."""
    severity: str
    promise: Promise
    limit: float
    """Seconds from the start of the effective interval."""
    outcome: Outcome
    latency: float | None
    """Seconds to the page (or to Alertmanager); None: it did not come."""
    detected: float | None
    """Seconds to its firing in Prometheus."""
    in_production: float | None
    """Seconds that it would take by production's rules; None: not known."""
    rule: str
    """The digest of its rule; empty: not recorded."""
    routes: tuple[str, ...]
    reason: str

    @property
    def came_in_time_in_production(self) -> bool | None:
        """None where that is not known, or nothing was proven here from which it would follow."""
        if self.in_production is None or self.outcome == "inconclusive":
            return None
        return self.in_production <= self.limit


class FalsePage(Value):
    """An alert that nobody expected."""

    experiment: str
    alert: str
    severity: str
    seen: Literal["fired", "paged"]
    epoch: float


class RunRecord(Value):
    """One run."""

    run: str
    game_day: str
    environment: str
    identity: str
    epoch: float
    """UTC seconds at which it began."""
    duration: float
    outcome: Outcome
    exit_code: int
    reason: str
    """Why it proves nothing, or was ended; empty where there is none."""
    provenance: Provenance | None
    simulator: str
    prometheus: str
    alertmanagers: tuple[str, ...]
    """Versions; empty: not recorded."""
    intervals: tuple[float, float] | None
    """Seconds between scrapes, and between evaluations; None: not recorded."""
    attempts: tuple[Attempt, ...]
    false_pages: tuple[FalsePage, ...]
    watched: float
    """Seconds for which it looked whether anything fires that must not."""
    exercised: Exercised | None = None
    """None: not recorded, by an older version that pruned it."""
    journal_seal: str = ""
    """The seal on the last line of the journal that was reported; empty: not recorded."""


def record(verdict: RunVerdict) -> RunRecord:
    """What is kept of a run."""
    programs, scrape, evaluation = verdict.programs, verdict.scrape_interval, verdict.evaluation_interval
    return RunRecord(
        run=verdict.run,
        game_day=verdict.game_day,
        environment=verdict.environment,
        identity=verdict.identity,
        epoch=verdict.started_epoch,
        duration=verdict.duration,
        outcome=verdict.outcome,
        exit_code=verdict.exit_code,
        reason=verdict.status_reason or next((one.text for one in verdict.reasons), ""),
        provenance=verdict.provenance,
        simulator=verdict.simulator_version,
        prometheus=programs.prometheus if programs else "",
        alertmanagers=programs.alertmanagers if programs else (),
        intervals=None if scrape is None or evaluation is None else (scrape, evaluation),
        attempts=tuple(
            attempt
            for experiment in verdict.experiments
            for alert in experiment.alerts
            if (attempt := _attempt(experiment, alert)) is not None
        ),
        false_pages=tuple(
            FalsePage(
                experiment=experiment.name,
                alert=one.shown,
                severity=one.severity,
                seen=one.seen,
                epoch=verdict.started_epoch + one.at,
            )
            for experiment in verdict.experiments
            for one in experiment.unexpected
        ),
        watched=sum(_watched(experiment) for experiment in verdict.experiments),
        exercised=exercised(verdict),
        journal_seal=verdict.journal_seal,
    )


def _attempt(experiment: ExperimentVerdict, alert: AlertVerdict) -> Attempt | None:
    """None of an alert that need not reach anybody."""
    if alert.expect not in ("notified", "accepted"):
        return None
    return Attempt(
        experiment=experiment.name,
        alert=alert.shown,
        severity=alert.severity,
        promise=alert.expect,
        limit=alert.limit,
        outcome=alert.outcome,
        latency=alert.latency,
        detected=_detected(experiment, alert),
        in_production=alert.in_production,
        rule=alert.rule_digest,
        routes=alert.route_digests,
        reason=alert.reason,
    )


def _detected(experiment: ExperimentVerdict, alert: AlertVerdict) -> float | None:
    fired = next((mark.at for mark in alert.marks if mark.mark == "firing"), None)
    bitten = [fault.effective_from for fault in experiment.faults if fault.effective_from is not None]
    if fired is None or not bitten:
        return None
    return round(max(0.0, fired - min(bitten)), 3)


def _watched(experiment: ExperimentVerdict) -> float:
    if experiment.observed_from is None or experiment.observed_to is None:
        return 0.0
    return max(0.0, experiment.observed_to - experiment.observed_from)
