"""The rules: which are judged, and whether they can keep what is promised of them."""

from collections.abc import Iterator

from simulator.attached.doctor.finding import Finding, fail, ok, warn
from simulator.attached.doctor.patient import Patient
from simulator.attached.survey import is_mine, understood_rules
from simulator.base.names import some
from simulator.doors.prometheus import LoadedRule
from simulator.preflight.promise import predict
from simulator.preflight.routing import Routes


async def rules(patient: Patient) -> list[Finding]:
    """Groups fit, expressions are understood and evaluated, severities are known, and no promise is broken beforehand."""
    loaded = await patient.doors.prometheus.rules()
    groups = patient.settings.rules.groups
    there = {rule.group for rule in loaded}
    found = [
        fail(f"rules: groups: none is called {pattern}; Prometheus has {some(sorted(there), 10)}")
        for pattern in groups
        if not any(is_mine(rule, (pattern,)) for rule in loaded)
    ]
    mine = await patient.rules()
    if mine:
        _, notes = understood_rules(mine)
        found += [warn(note) for note in notes]
        found += [*_failing(mine), *_unknown_severities(patient, mine), *await _too_slow(patient)]
        found.append(ok(f"{len(mine)} alerts in {len({rule.group for rule in mine})} groups"))
    return found or [fail("Prometheus has no alerting rule")]


def _failing(rules: list[LoadedRule]) -> Iterator[Finding]:
    for rule in rules:
        if rule.health == "err":
            yield fail(f"{rule.alert} cannot be evaluated: {' '.join(rule.error.split())[:200]}")


def _unknown_severities(patient: Patient, rules: list[LoadedRule]) -> Iterator[Finding]:
    """Of those that are judged."""
    alerts = patient.settings.alerts
    by: dict[str, list[str]] = {}
    for rule in rules:
        severity = rule.fixed_labels.get("severity", "")
        if severity not in alerts.within and patient.judged.concerns(rule.alert, rule.fixed_labels):
            by.setdefault(severity, []).append(rule.alert)
    for severity, names in sorted(by.items()):
        what = f"{alerts.severity_label} {severity}" if severity else f"no label {alerts.severity_label}"
        yield warn(f"{some(names)}: {what}; alerts: within: does not say how fast that has to be")


async def _too_slow(patient: Patient) -> list[Finding]:
    """Those that must be late: by what they wait themselves, before anything is scraped or counted."""
    routes = Routes.read(await patient.doors.alertmanager.configuration(), patient.judged)
    found: list[Finding] = []
    for would in await patient.alertings():
        rule = would.rule
        promised = patient.settings.alerts.within.get(rule.fixed_labels.get("severity", ""))
        least = predict(would, routes, rule.interval).at_least
        if promised is not None and least > promised:
            waits = f"hold and group wait take {least:g} s, {promised:g} s are promised"
            found.append(warn(f"{rule.alert} cannot be paged in time: {waits}"))
    return found
