"""Rules that are not what they should be."""

from typing import Any

from tests.mutants.mutant import mutant
from tests.mutants.sabotage import Sabotage, rule_named

ERRORS = """\
title: Every request fails, because the database is gone
faults: [{fault: service-kill, service: postgres}]
must:
  - {alert: CriticalErrorRate, severity: critical, within: 20s}
  - {alert: HighErrorRate, severity: warning, expect: inhibited, within: 25s}
may: [{alert: PostgreSQLDown, because: the database is gone}]
observe: 25s
"""


@mutant("breached", "ApplicationDown: missed: the rule's expression never became true")
def rule_muted(harm: Sabotage) -> None:
    harm.rule("ApplicationDown", expr='up{job="erpgo-api"} == 2')


@mutant("breached", "CriticalErrorRate: missed: the rule's expression never became true", ERRORS)
def threshold_raised(harm: Sabotage) -> None:
    def above_all(tree: dict[str, Any]) -> None:
        rule = rule_named(tree, "CriticalErrorRate")
        rule["expr"] = rule["expr"].replace("> 0.1", "> 1.1")

    harm.rules(above_all)


@mutant(
    "inconclusive", "refused: a-mutant: ApplicationDown: its rule has severity 'warning', expected 'critical'"
)
def severity_wrong(harm: Sabotage) -> None:
    harm.rule("ApplicationDown", labels={"severity": "warning"}, **{"for": "1s"})


@mutant(
    "breached", "HighErrorRate: (should have been inhibited, but was paged|.*nothing inhibited it)", ERRORS
)
def label_wrong(harm: Sabotage) -> None:
    """Another family: the critical alert inhibits its warning no more."""
    harm.rule("CriticalErrorRate", labels={"family": "errors"})


@mutant("breached", "ApplicationDown: missed: pending after .* but it never fired")
def hold_past_the_budget(harm: Sabotage) -> None:
    harm.rule("ApplicationDown", **{"for": "60s"})


@mutant("inconclusive", "refused: a-mutant: ApplicationDown: no rule of this name is loaded")
def group_not_loaded(harm: Sabotage) -> None:
    def drop(tree: dict[str, Any]) -> None:
        tree["groups"] = [
            group
            for group in tree["groups"]
            if not any(rule.get("alert") == "ApplicationDown" for rule in group["rules"])
        ]

    harm.rules(drop)


@mutant("inconclusive", "refused: a-mutant: ApplicationDown: no rule of this name is loaded")
def rule_renamed(harm: Sabotage) -> None:
    harm.rule("ApplicationDown", alert="ApplicationGone")


@mutant("inconclusive", "ApplicationDown reads upp, of which Prometheus has nothing")
def metric_misspelt(harm: Sabotage) -> None:
    harm.rule("ApplicationDown", expr='upp{job="erpgo-api"} == 0')
