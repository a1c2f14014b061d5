"""misconfigure: a wrong configuration is deployed to Prometheus or Alertmanager, and they are told to load it."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import model_validator
from ruamel.yaml import YAML

from simulator.doors import Doors
from simulator.doors.configuration import FILES, RULES, Program
from simulator.faults.contract import Check, Fault, FaultRecord, FaultSettings

Mistake = Literal["job-dropped", "unreadable", "rule-fails", "receiver-mistyped"]
FAILING = "DeployedByMistake"
_FAILING_RULE = f"""
  - name: deployed-by-mistake
    rules:
      - alert: {FAILING}
        expr: up * on () up
        labels: {{severity: none, family: alerting-path, service: prometheus}}
"""
"""Many series match many: Prometheus loads it, and fails at every evaluation."""
_RIGHT, MISTYPED = "/api/v1/webhook/none", "/api/v1/webhok/none"
"""The path, not the receiver's name in it: our receiver takes any name."""


class Settings(FaultSettings):
    """Which mistake is made.

    `job-dropped`: a scrape job is missing. `unreadable`: the file is not YAML, and the reload is refused.
    `rule-fails`: a rule that loads and cannot be evaluated. `receiver-mistyped`: the webhook of the dead man's
    switch leads nowhere.
    """

    fault: Literal["misconfigure"] = "misconfigure"
    mistake: Mistake
    job: str = ""
    """The job to drop; only for `job-dropped`."""

    @property
    def touches(self) -> str:
        return _MISTAKES[self.mistake].program

    @model_validator(mode="after")
    def _has_its_job(self) -> Self:
        if (self.mistake == "job-dropped") != bool(self.job):
            raise ValueError("job belongs to the mistake job-dropped, and to no other")
        return self


class Record(FaultRecord):
    """The file to put back is kept beside the wrong one, under this id."""

    mistake: Mistake
    job: str
    failed: float = 0.0
    """Notifications that Alertmanager had failed to deliver before."""


@dataclass(frozen=True)
class _Kind:
    """One mistake: whose file, how it is spoilt, and how its effect is seen."""

    program: Program
    file: str
    spoil: Callable[[str, str], str]
    seen: Callable[[Doors, Record], Awaitable[Check]]


class Misconfigure(Fault[Settings, Record]):
    """The file before is kept beside the new one, so that any process can put it back."""

    name = "misconfigure"
    needs = "configuration"
    lags = True
    settings = Settings
    record = Record

    def plan(self, settings: Settings, id: str) -> Record:  # noqa: A002  see Fault.plan
        return Record(fault=self.name, id=id, mistake=settings.mistake, job=settings.job)

    async def aim(self, record: Record, doors: Doors) -> Record:
        if record.mistake != "receiver-mistyped":
            return record
        return record.model_copy(update={"failed": await doors.alertmanager.failed()})

    async def inject(self, record: Record, doors: Doors) -> None:
        kind = _MISTAKES[record.mistake]
        doors.configuration.replace(
            record.id, kind.file, kind.spoil(doors.configuration.read(kind.file), record.job)
        )
        await doors.configuration.reload(kind.program)

    async def is_effective(self, record: Record, doors: Doors) -> Check:
        """Whether the mistake shows in what the program itself says of its rules, targets or notifications."""
        return await _MISTAKES[record.mistake].seen(doors, record)

    async def undo(self, record: Record, doors: Doors) -> None:
        kind = _MISTAKES[record.mistake]
        doors.configuration.restore(record.id, kind.file)
        await doors.configuration.reload(kind.program)

    async def is_undone(self, record: Record, doors: Doors) -> Check:
        kind = _MISTAKES[record.mistake]
        if doors.configuration.is_replaced(record.id, kind.file):
            return Check(ok=False, observed=f"{kind.file} is still the wrong one")
        refusal = await doors.configuration.reload(kind.program)
        if refusal:
            return Check(ok=False, observed=f"{kind.program} refused its configuration: {refusal[:200]}")
        return Check(
            ok=True, observed=f"{kind.program} took {kind.file}; {await doors.services.probe(kind.program)}"
        )


def _without_job(text: str, job: str) -> str:
    tree: Any = YAML().load(text)
    tree["scrape_configs"] = [scrape for scrape in tree["scrape_configs"] if scrape["job_name"] != job]
    out = io.StringIO()
    YAML().dump(tree, out)
    return out.getvalue()


async def _job_is_gone(doors: Doors, record: Record) -> Check:
    jobs = sorted({target.job for target in await doors.prometheus.targets()})
    return Check(ok=record.job not in jobs, observed=f"Prometheus scrapes {', '.join(jobs)}")


async def _is_refused(doors: Doors, _: Record) -> Check:
    refusal = await doors.configuration.reload("prometheus")
    return Check(ok=bool(refusal), observed=refusal[:200] or "Prometheus took the configuration")


async def _rule_fails(doors: Doors, _: Record) -> Check:
    health = next(
        (rule.health for rule in await doors.prometheus.rules() if rule.alert == FAILING), "not loaded"
    )
    return Check(ok=health == "err", observed=f"rule {FAILING}: {health}")


async def _leads_nowhere(doors: Doors, record: Record) -> Check:
    if MISTYPED not in await doors.alertmanager.configuration():
        return Check(ok=False, observed="Alertmanager has not loaded the mistyped address")
    failed = await doors.alertmanager.failed() - record.failed
    return Check(ok=failed > 0, observed=f"{failed:g} notifications failed to the mistyped address")


_MISTAKES: dict[Mistake, _Kind] = {
    "job-dropped": _Kind("prometheus", FILES["prometheus"], _without_job, _job_is_gone),
    "unreadable": _Kind("prometheus", FILES["prometheus"], lambda text, _: f"{text}\n: [", _is_refused),
    "rule-fails": _Kind("prometheus", RULES, lambda text, _: text + _FAILING_RULE, _rule_fails),
    "receiver-mistyped": _Kind(
        "alertmanager",
        FILES["alertmanager"],
        lambda text, _: text.replace(_RIGHT, MISTYPED),
        _leads_nowhere,
    ),
}

FAULT = Misconfigure()
