"""What an alert's labels are called: somebody else's severity may have another name."""

from collections.abc import Callable
from functools import partial

Labels = dict[str, str]
Read = Callable[[Labels], Labels]
"""From the labels as they are to those that plan and judge go by."""


def as_they_are(labels: Labels) -> Labels:
    """For whoever calls a severity by its name."""
    return labels


def with_severity(label: str) -> Read:
    """With the severity that is in another label; the label stays as well."""
    return as_they_are if label == "severity" else partial(_with_severity, label)


def _with_severity(label: str, labels: Labels) -> Labels:
    return {**labels, "severity": labels[label]} if label in labels else labels
