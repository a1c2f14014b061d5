"""Every check, in the sequence in which it is told. A new one is one more line."""

from functools import partial

from simulator.attached.doctor import access, baseline, evidence, monitoring, pages, rules, services
from simulator.attached.doctor.examine import Check
from simulator.attached.settings import AttachedSettings

_CHECKS = (
    Check("secrets", access.secrets),
    Check("hosts", access.hosts, needs=("secrets",)),
    Check("blackouts", access.blackouts),
    Check("prometheus", monitoring.prometheus, needs=("hosts",)),
    Check("alertmanager", monitoring.alertmanagers, needs=("hosts",)),
    Check("claim", access.claim, needs=("alertmanager",)),
    Check("identity", access.identity, needs=("hosts",)),
    Check("receiver", pages.receiver, needs=("alertmanager",)),
    Check("canary", pages.canary, needs=("claim", "receiver"), rehearses="the canary"),
    Check("people", pages.people, needs=("prometheus", "alertmanager")),
    Check("rules", rules.rules, needs=("prometheus", "alertmanager")),
    Check("baseline", baseline.baseline, needs=("prometheus",)),
    Check("dashboards", evidence.dashboards, needs=("prometheus",)),
    Check("traffic", evidence.traffic, needs=("prometheus",)),
    Check("touch", services.touch),
)


def checks_of(settings: AttachedSettings) -> tuple[Check, ...]:
    """Those of one environment: what concerns all of it, and then each service that may be broken."""
    return (*_CHECKS, *(_of_a_service(name, settings) for name in settings.touch))


def _of_a_service(name: str, settings: AttachedSettings) -> Check:
    """Its acts would undo what another run has done, so nobody may hold the target."""
    service = settings.services[name]
    acts = service.command or service.http
    rehearsed = f"undo and check of {name}" if acts else ""
    return Check(name, partial(services.service, name), needs=("claim", "identity"), rehearses=rehearsed)
