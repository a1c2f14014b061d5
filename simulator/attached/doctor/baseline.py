"""The baseline: what is not well before anything is broken."""

from collections import Counter

from simulator.attached.doctor.finding import Finding, fail, ok, warn
from simulator.attached.doctor.patient import Patient
from simulator.attached.facts import system_of
from simulator.base.names import some
from simulator.doors.prometheus import ActiveAlert, ScrapeTarget
from simulator.plan.identity import Identity


async def baseline(patient: Patient) -> list[Finding]:
    """Targets are up, no judged alert is active, and what is said to fire already does."""
    targets = await patient.doors.prometheus.targets()
    alerts = await patient.doors.prometheus.alerts()
    if not targets:
        return [fail("Prometheus scrapes nothing at all")]
    found = [*_down(patient, targets), *_active(patient, alerts), *_firing_already(patient, alerts)]
    found += _unknown_jobs(patient, targets)
    return found or [ok(f"{len(targets)} targets, no alert that is judged is active")]


def _down(patient: Patient, targets: list[ScrapeTarget]) -> list[Finding]:
    asked = [one for one in targets if one.health != "up" and not patient.judged.may_be_down(one.labels)]
    return [
        warn(
            f"{count} {'target' if count == 1 else 'targets'} down (job {job}): mend or exclude {'it' if count == 1 else 'them'}"
        )
        for job, count in sorted(Counter(one.job for one in asked).items())
    ]


def _active(patient: Patient, alerts: list[ActiveAlert]) -> list[Finding]:
    judged = sorted({one.alert for one in alerts if patient.judged.concerns(one.alert, one.labels)})
    if not judged:
        return []
    return [
        warn(
            f"active already: {some(judged)}; no run begins before that is over, or listed under firing_already"
        )
    ]


def _firing_already(patient: Patient, alerts: list[ActiveAlert]) -> list[Finding]:
    today = patient.clock.clock.now().date()
    found: list[Finding] = []
    for one in patient.settings.alerts.firing_already:
        listed = Identity.of(one.alert, one.labels)
        if one.until < today:
            found.append(
                warn(f"firing_already: {listed} was listed until {one.until}: mend it, or list it anew")
            )
        elif not any(listed.covers(Identity.of(alert.alert, alert.labels)) for alert in alerts):
            found.append(warn(f"firing_already: {listed} does not fire: take it off the list"))
    return found


def _unknown_jobs(patient: Patient, targets: list[ScrapeTarget]) -> list[Finding]:
    """Jobs of services that nobody scrapes: whether the service restarts, nobody would see."""
    scraped = {one.job for one in targets}
    jobs = system_of(patient.settings).jobs
    return [
        warn(f"{jobs[job]}: Prometheus has no job {job!r}; say under jobs which is its own")
        for job in sorted(set(jobs) - scraped)
    ]
