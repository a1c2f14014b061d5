"""One alert name at two severities, through a real Prometheus and a real Alertmanager: preflight, dry run and watch tell them apart."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import BadInput, DoorError
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.prometheus import Prometheus
from simulator.engine.evidence import gather
from simulator.erpgo.stack.alertmanager.config import flags as alertmanager_flags
from simulator.erpgo.stack.prometheus.config import flags as prometheus_flags
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.erpgo.stack.supervisor.ports import Ports
from simulator.journal.facts import AlertmanagerAlert, Evidence, FaultRequested, RuleSeen, RuleSetSeen
from simulator.observers.alertmanager_alerts import AlertmanagerAlerts
from simulator.observers.contract import Scene
from simulator.plan.judged import Judged
from simulator.plan.models import Experiment
from simulator.preflight import look_at_rules
from simulator.preflight.forecast import forecast
from simulator.preflight.loaded import Loaded, ask_for
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import plan
from tests.rules.real_path import running

pytestmark = pytest.mark.stack

RULES = """
groups:
  - name: namesakes
    rules:
      - {alert: Down, expr: vector(1), labels: {severity: critical, family: f}}
      - {alert: Down, expr: vector(1) > 0, for: 40s, labels: {severity: warning, family: f}}
      - {alert: Held, expr: vector(1), labels: {severity: critical, family: h, team: payments}}
      - {alert: Held, expr: vector(1), labels: {severity: warning, family: h, team: "{{ $labels.team }}"}}
"""
PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
"""
ALERTMANAGER = """
route:
  receiver: simulator-warning
  group_by: ['...']
  group_wait: 10s
  routes: [{receiver: simulator-critical, matchers: ['severity="critical"'], group_wait: 1s}]
inhibit_rules: [{source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [family]}]
receivers:
  - {name: simulator-warning, webhook_configs: [{url: "http://127.0.0.1:9/api/v1/webhook/warning"}]}
  - {name: simulator-critical, webhook_configs: [{url: "http://127.0.0.1:9/api/v1/webhook/critical"}]}
"""
BOTH = Experiment.model_validate(
    {
        "name": "db-killed",
        "title": "One name, two severities",
        "faults": [{"fault": "service-kill", "service": "postgres"}],
        "must": [{"alert": "Down", "severity": severity} for severity in ("critical", "warning")],
    }
)


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    async with AsyncExitStack() as stack:
        ports = stack.enter_context(Ports({"prometheus": 0, "alertmanager": 0}))
        at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
        (tmp_path / "prometheus.yml").write_text(PROMETHEUS.format(**at), encoding="utf-8")
        (tmp_path / "alertmanager.yml").write_text(ALERTMANAGER, encoding="utf-8")
        for program, flags in (
            (
                "alertmanager",
                alertmanager_flags(tmp_path / "alertmanager.yml", tmp_path / "am", at["alertmanager"]),
            ),
            (
                "prometheus",
                prometheus_flags(tmp_path / "prometheus.yml", tmp_path / "tsdb", at["prometheus"]),
            ),
        ):
            await stack.enter_async_context(running([str(find(program)), *flags], tmp_path))
        prometheus, alertmanager = (
            Prometheus(f"http://{at['prometheus']}"),
            Alertmanager(f"http://{at['alertmanager']}"),
        )
        faked = fake_doors(FakeClock(), FakeServices())
        yield replace(faked, prometheus=prometheus, alertmanager=alertmanager)
        await prometheus.close()
        await alertmanager.close()


async def evaluated(doors: Doors) -> None:
    """Until both rules have been evaluated and Alertmanager has what fires."""

    async def look() -> bool | None:
        try:
            return len(await doors.alertmanager.alerts()) >= 3 or None
        except DoorError:
            return None

    assert await RunClock(SystemClock()).until(look, within=60, every=0.2)


async def test_namesakes_are_told_apart_from_preflight_to_the_watch(doors: Doors) -> None:
    """One stack for all of it: starting it is what takes the time."""
    await evaluated(doors)
    await _each_has_its_own_rule(doors)
    await _a_rule_that_is_missing_is_named_with_its_namesakes(doors)
    await _the_watch_says_which_one_inhibits_and_which_fired(doors)


async def _each_has_its_own_rule(doors: Doors) -> None:
    journal = journal_in_memory(doors.clock)
    troubles = await look_at_rules(plan(BOTH), doors, journal)
    assert troubles == [
        'db-killed: Down{severity="warning"} cannot be paged within 30 s: hold and group wait alone take 50 s'
    ]
    seen = [fact for fact in journal.facts if isinstance(fact, RuleSeen)]
    assert {(fact.severity, fact.at_least) for fact in seen} == {("critical", 1.0), ("warning", 50.0)}
    there = await Loaded.ask(doors, Judged())
    (told,) = await forecast(plan(BOTH), await ask_for(plan(BOTH), there, doors), there, doors)
    assert [(alert.alert, alert.worst) for alert in told.alerts] == [
        ('Down{severity="critical"}', 5.0),
        ('Down{severity="warning"}', 54.0),
    ]


async def _a_rule_that_is_missing_is_named_with_its_namesakes(doors: Doors) -> None:
    wanted = BOTH.must[0].model_copy(update={"labels": {"family": "g"}})
    experiment = BOTH.model_copy(update={"must": (wanted,)})
    journal = journal_in_memory(doors.clock)
    with pytest.raises(BadInput) as refused:
        await look_at_rules(plan(experiment), doors, journal)
    said = str(refused.value)
    assert 'Down{family="g"}: no rule of this name has these labels; loaded with ' in said
    assert "severity='critical'" in said
    assert "severity='warning'" in said
    (rule_set,) = (fact for fact in journal.facts if isinstance(fact, RuleSetSeen))
    assert ("team", "payments") in rule_set.rules[2].labels
    assert "team" not in dict(rule_set.rules[3].labels), "a template has no value before an alert fires"


async def _the_watch_says_which_one_inhibits_and_which_fired(doors: Doors) -> None:
    facts = await AlertmanagerAlerts(Scene(plan(BOTH), doors)).look()
    accepted = [fact for fact in facts if isinstance(fact, AlertmanagerAlert)]
    held = {fact.severity: fact for fact in accepted if fact.alert == "Held"}
    assert held["warning"].inhibited_by == ('Held{severity="critical",team="payments"}',)

    journal = journal_in_memory(doors.clock)
    await look_at_rules(plan(BOTH), doors, journal)
    with journal.of(BOTH.name):
        journal.write(FaultRequested(fault="service-kill", id="f1"))
        await doors.clock.sleep(600)
        await gather(doors, journal, BOTH)
    marks = [fact for fact in journal.facts if isinstance(fact, Evidence) and fact.mark == "firing"]
    assert [(fact.labels, fact.epoch is not None) for fact in marks] == [
        ({"severity": "critical"}, True),
        ({"severity": "warning"}, False),
    ]
