"""Which experiments may run at the same time, and what is said of those that may not."""

from typing import Any

import pytest

from simulator.erpgo.system import ERPGO
from simulator.plan.models import Experiment, Panel, Target
from simulator.plan.promql import metrics
from simulator.plan.rules import Rule
from simulator.plan.waves import MOST_TOGETHER, Footprint, footprint, overlap, waves

RULES = (
    Rule(alert="Memory", labels={"severity": "warning"}, expr="sum(erpgo_memory) > 1"),
    Rule(
        alert="Orders",
        labels={"severity": "warning"},
        expr="sum(rate(erpgo_orders_created_total[15s])) < 1",
    ),
    Rule(alert="NodeDown", labels={"severity": "critical"}, expr='up{job="node-exporter"} == 0'),
    Rule(
        alert="Errors",
        labels={"severity": "critical"},
        expr="sum(rate(erpgo_errors[15s])) > 1 unless on () pg_up == 0",
    ),
)
PANELS = {
    ("d", "Memory"): Panel(
        dashboard="d",
        title="Memory",
        unit="bytes",
        targets=(Target(ref="A", legend="", expr="erpgo_memory"),),
    )
}
SWITCH = {"fault": "workload", "switch": "stop-orders"}


def of(name: str, *faults: dict[str, Any], **keys: Any) -> Footprint:
    values = {"name": name, "title": name, "faults": list(faults), **keys}
    return footprint(Experiment.model_validate(values), RULES, PANELS, ERPGO.facts)


def killed(service: str, **keys: Any) -> Footprint:
    return of(f"{service}-killed", {"fault": "service-kill", "service": service}, **keys)


def must(*alerts: str) -> list[dict[str, str]]:
    severities = {rule.alert: rule.labels["severity"] for rule in RULES}
    return [{"alert": alert, "severity": severities[alert]} for alert in alerts]


def test_what_has_nothing_in_common_runs_together() -> None:
    node = killed("node-exporter", must=must("NodeDown"))
    memory = of("memory", {"fault": "memory-pressure"}, must=must("Memory"))
    assert overlap(node, memory) == ""
    assert waves([node, memory]) == ((("node-exporter-killed", "memory"),), ())


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        (
            of("a", {"fault": "memory-pressure"}),
            of("b", {"fault": "slow-handler"}),
            "both touch api",
        ),
        (
            of("a", SWITCH, must=must("Orders")),
            of("b", {"fault": "cache-flush"}, may=[{"alert": "Orders", "because": "a cause of ten letters"}]),
            "b may fire or inhibit Orders, by which a is judged",
        ),
        (
            of("a", {"fault": "memory-pressure"}, must=must("Memory")),
            of("b", SWITCH, panels=[{"dashboard": "d", "panel": "Memory", "expect": "up"}]),
            "a moves erpgo_memory, which b relies on",
        ),
        (
            of("a", SWITCH, must=must("Orders")),
            of("b", {"fault": "db-errors"}, needs={"counted": {"orders": 5}}),
            "a moves erpgo_orders_created_total, which b relies on",
        ),
        (
            of("a", SWITCH, moves=["erpgo_memory"]),
            of("b", {"fault": "memory-pressure"}, must=must("Memory")),
            "a moves erpgo_memory, which b relies on",
        ),
        (
            killed("postgres"),
            of("b", {"fault": "memory-pressure"}, must=must("Memory")),
            "postgres-killed takes away erpgo_memory, which b relies on",
        ),
        (of("control"), of("b", SWITCH), "control: a control is for quiet"),
        (
            killed("prometheus"),
            of("b", SWITCH),
            "prometheus-killed: it harms prometheus, which all others need",
        ),
        (
            of("a", {"fault": "workload", "switch": "surge"}),
            of("b", SWITCH),
            "a: it changes all traffic",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.experiment,
)
def test_what_overlaps_does_not(one: Footprint, two: Footprint, why: str) -> None:
    assert overlap(one, two) == why
    together, (apart,) = waves([one, two])
    assert together == ((one.experiment,), (two.experiment,))
    assert (apart.one, apart.other) == (two.experiment, one.experiment)
    assert apart.because == overlap(two, one) != ""


def test_what_only_suppresses_is_not_relied_on() -> None:
    (errors,) = (rule for rule in RULES if rule.alert == "Errors")
    assert set(metrics(errors.expr)) == {"erpgo_errors"}
    assert overlap(killed("postgres-exporter"), of("b", SWITCH, must=must("Errors"))) == ""


def test_every_experiment_runs_once_and_waves_have_an_end() -> None:
    many = [of(f"e{number}", SWITCH) for number in range(12)]
    together, _ = waves(many)
    assert [name for wave in together for name in wave] == [one.experiment for one in many]
    assert [len(wave) for wave in together] == [MOST_TOGETHER, MOST_TOGETHER, 2]


def test_the_rule_that_is_meant_counts_and_not_its_namesake() -> None:
    """The last rule of a name used to stand for all of them."""
    rules = (
        Rule(alert="Down", labels={"severity": "critical", "team": "a"}, expr="alpha == 0"),
        Rule(alert="Down", labels={"severity": "critical", "team": "b"}, expr="beta == 0"),
    )
    one, two = (
        footprint(
            Experiment.model_validate(
                {
                    "name": team,
                    "title": team,
                    "faults": [{"fault": "service-kill", "service": service}],
                    "must": [{"alert": "Down", "severity": "critical", "labels": {"team": team}}],
                }
            ),
            rules,
            {},
            ERPGO.facts,
        )
        for team, service in (("a", "node-exporter"), ("b", "grafana"))
    )
    assert one.relies_on == {"alpha"}
    assert two.relies_on == {"beta"}
    assert not any(mine.agrees(other) for mine in one.may for other in two.must)
