"""The alerting rules of a rule file: what there is to be proven."""

from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.base.errors import BadInput
from simulator.base.templates import fixed
from simulator.base.values import Value, seconds
from simulator.plan.identity import Identity
from simulator.plan.promql import window


class Rule(Value):
    """One alerting rule."""

    alert: str
    labels: dict[str, str] = {}
    """Those that it gives its alerts, templates included."""
    expr: str = ""
    window: float = 0.0
    """Seconds that have to fill for it to become true."""
    resolves: float = 0.0
    """Seconds until it is quiet after its cause: its window has to empty, and then it may linger."""

    @property
    def identity(self) -> Identity:
        return Identity.of(self.alert, self.fixed_labels)

    @property
    def fixed_labels(self) -> dict[str, str]:
        """The labels whose value every alert of the rule has: those without a template."""
        return fixed(self.labels)


def rule_of(
    alert: str, expr: str, labels: Mapping[str, str], annotations: Mapping[str, str], lingers: float
) -> Rule:
    """A rule from its parts; `lingers` is its `keep_firing_for`, in seconds."""
    fills = window(expr, annotations)
    return Rule(alert=alert, expr=expr, window=fills, resolves=fills + lingers, labels=dict(labels))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Every alerting rule of one of Prometheus's rule files, in order.

    Raises:
        BadInput: the file cannot be read, or is no rule file.
    """
    try:
        tree = YAML(typ="safe", pure=True).load(path)
        return tuple(
            rule_of(
                rule["alert"],
                rule["expr"],
                rule.get("labels") or {},
                rule.get("annotations") or {},
                float(str(seconds(rule.get("keep_firing_for", 0)))),
            )
            for group in tree["groups"]
            for rule in group["rules"]
            if "alert" in rule
        )
    except (OSError, YAMLError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: not a rule file: {error}") from None
