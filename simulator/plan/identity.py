"""What an alert is: its name and its labels. Two alerts of one name at two severities, or for two teams, are two alerts."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Self

from simulator.base.values import Value


class Identity(Value):
    """An alert's name, and as many of its labels as are known, or as matter; `alertname` is the name and no label."""

    alert: str
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted by name."""

    @classmethod
    def of(cls, alert: str, labels: Mapping[str, str], severity: str = "") -> Self:
        """From a label set; what was recorded without labels may still know its severity."""
        known = {name: value for name, value in labels.items() if name != "alertname"}
        if severity:
            known.setdefault("severity", severity)
        return cls(alert=alert, labels=tuple(sorted(known.items())))

    def covers(self, seen: "Identity") -> bool:
        """Whether what was seen, with all its labels, is this alert."""
        return self.alert == seen.alert and set(self.labels) <= set(seen.labels)

    def agrees(self, other: "Identity") -> bool:
        """Whether the two can be one alert: of one name, and no label has two values."""
        theirs = dict(other.labels)
        return self.alert == other.alert and all(
            theirs.get(name, value) == value for name, value in self.labels
        )

    def only(self, names: Collection[str]) -> "Identity":
        """The same with these of its labels and no others."""
        return Identity(alert=self.alert, labels=tuple(pair for pair in self.labels if pair[0] in names))

    def __str__(self) -> str:
        """As people and PromQL write it: `Down`, or `Down{severity="critical"}`."""
        said = ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.labels)
        return f"{self.alert}{{{said}}}" if said else self.alert


def differing(alert: str, among: Iterable[Identity]) -> frozenset[str]:
    """The names of the labels in which alerts of this name differ."""
    alike = [dict(one.labels) for one in among if one.alert == alert]
    names = {name for labels in alike for name in labels}
    return frozenset(name for name in names if len({labels.get(name) for labels in alike}) > 1)


def told_apart(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    """Each with no more labels than it takes to tell it from its namesakes: none where its name is its own."""
    return tuple(one.only(differing(one.alert, identities)) for one in identities)
