"""A small language for `promtool test rules`: signals over time, and what must be true when."""

import io
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from simulator.erpgo.stack.prometheus.model import PRODUCTION_INTERVAL, RuleGroup, RuleSet
from simulator.erpgo.stack.prometheus.rules import PRODUCTION, STAGING, render
from simulator.erpgo.stack.supervisor.binaries import find

STEP = 2
"""Seconds between two samples and between two evaluations, in staging."""
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")
STEPS = {STAGING.name: STEP, PRODUCTION.name: PRODUCTION_INTERVAL}


@dataclass(frozen=True)
class Phase:
    """For `seconds`, a counter grows by `value` a second, or a gauge stands at `value`; None: no series."""

    seconds: int
    value: float | None


@dataclass(frozen=True)
class Signal:
    """One series and its course."""

    series: str
    phases: tuple[Phase, ...]
    counter: bool = False

    def samples(self, step: int = STEP) -> str:
        total = 0.0
        values: list[str] = []
        for phase in self.phases:
            # A series that ends is marked stale once, as Prometheus does when a target is gone.
            gone = ["stale"] + ["_"] * (phase.seconds // step - 1)
            if phase.value is None:
                values += gone
                continue
            for _ in range(phase.seconds // step):
                total = total + phase.value * step if self.counter else phase.value
                values.append(f"{total:.6g}")
        return " ".join(values)


def counter(series: str, *phases: tuple[int, float | None]) -> Signal:
    return Signal(series, tuple(Phase(*phase) for phase in phases), counter=True)


def gauge(series: str, *phases: tuple[int, float | None]) -> Signal:
    return Signal(series, tuple(Phase(*phase) for phase in phases))


@dataclass(frozen=True)
class Expected:
    """At `at` seconds `expr` has exactly these values, in any order."""

    at: int
    expr: str
    values: tuple[float, ...]


def firing(alert: str, at: int) -> Expected:
    return Expected(at, _count(alert), (1.0,))


def quiet(alert: str, at: int) -> Expected:
    return Expected(at, _count(alert), ())


def never_fired(alert: str, at: int) -> Expected:
    """Not firing at any evaluation up to `at`."""
    return Expected(at, f'count_over_time(ALERTS{{alertname="{alert}",alertstate="firing"}}[1d])', ())


def _count(alert: str) -> str:
    return f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'


def needed(rules: RuleSet, exprs: Iterable[str]) -> RuleSet:
    """The rules that these expressions ask about, and all that those rest on: the others cost promtool most of its time."""
    named = {rule.name: rule for group in rules.groups for rule in group.rules}
    kept, wanted = set[str](), [*exprs]
    while wanted:
        expr = wanted.pop()
        if "ALERTS" in expr and "alertname=" not in expr:
            return rules
        found = {*_NAME.findall(expr)} & named.keys() - kept
        kept |= found
        wanted += [named[name].expr for name in found]
    groups = [
        RuleGroup(group.name, tuple(rule for rule in group.rules if rule.name in kept))
        for group in rules.groups
    ]
    return RuleSet(rules.name, tuple(group for group in groups if group.rules))


def hold(
    folder: Path, signals: Iterable[Signal], expected: Sequence[Expected], rules: RuleSet = STAGING
) -> None:
    """Assert that the rules do as expected; promtool's own words tell what differs."""
    assert (differs := differing(folder, signals, expected, rules)) == "", differs


def differing(
    folder: Path, signals: Iterable[Signal], expected: Sequence[Expected], rules: RuleSet = STAGING
) -> str:
    """What promtool finds to differ; empty where nothing does."""
    step = STEPS[rules.name]
    rule_file = folder / "rules.yaml"
    rule_file.write_text(render(needed(rules, (each.expr for each in expected))), encoding="utf-8")
    document = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": f"{step}s",
        "tests": [
            {
                "interval": f"{step}s",
                "input_series": [{"series": each.series, "values": each.samples(step)} for each in signals],
                "promql_expr_test": [_expr_test(each) for each in expected],
            }
        ],
    }
    text = io.StringIO()
    YAML().dump(document, text)
    file = folder / "test.yaml"
    file.write_text(text.getvalue(), encoding="utf-8")
    done = subprocess.run(
        [find("promtool"), "test", "rules", file], capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def _expr_test(expected: Expected) -> dict[str, object]:
    samples = [{"labels": "{}", "value": value} for value in expected.values]
    return {"expr": f"sum({expected.expr})", "eval_time": f"{expected.at}s", "exp_samples": samples}
