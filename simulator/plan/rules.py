"""The alerting rules of a rule file: what there is to be proven."""

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
    resolves: float = 0.0
    """Seconds until it is quiet after its cause: its window has to empty, and then it may linger."""

    @property
    def identity(self) -> Identity:
        return Identity.of(self.alert, self.fixed_labels)

    @property
    def fixed_labels(self) -> dict[str, str]:
        """The labels whose value every alert of the rule has: those without a template."""
        return fixed(self.labels)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Every alerting rule of one of Prometheus's rule files, in order.

    Raises:
        BadInput: the file cannot be read, or is no rule file.
    """
    try:
        tree = YAML(typ="safe", pure=True).load(path)
        return tuple(
            Rule(
                alert=rule["alert"],
                expr=rule["expr"],
                resolves=window(rule["expr"], rule.get("annotations", {}))
                + float(str(seconds(rule.get("keep_firing_for", 0)))),
                labels=rule.get("labels") or {},
            )
            for group in tree["groups"]
            for rule in group["rules"]
            if "alert" in rule
        )
    except (OSError, YAMLError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: not a rule file: {error}") from None
