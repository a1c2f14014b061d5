"""What an alert's labels are called: somebody else's severity may have another name."""

from collections.abc import Mapping
from dataclasses import dataclass

SEVERITY = "severity"
"""What plan and judge call it."""


@dataclass(frozen=True)
class SeverityLabel:
    """The label in which the severity is, where alerts come from."""

    name: str = SEVERITY

    def read(self, labels: Mapping[str, str]) -> dict[str, str]:
        """From the labels as they are to those that plan and judge go by; the label itself stays as well."""
        return {**labels, SEVERITY: labels[self.name]} if self.name in labels else dict(labels)

    def renamed(self, labels: Mapping[str, str]) -> dict[str, str]:
        """As `read`, without the label itself: where labels tell alerts apart, one thing has one name."""
        others = {name: text for name, text in labels.items() if name != self.name}
        return {**others, SEVERITY: labels[self.name]} if self.name in labels else others

    def asked(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The other way: from those of plan and judge to those by which they are asked for."""
        return {self.name if name == SEVERITY else name: text for name, text in labels.items()}


BY_ITS_NAME = SeverityLabel()
"""For whoever calls a severity that."""
