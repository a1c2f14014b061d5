"""Labels that a rule gives its alerts, and which of them are written as templates: their values differ from alert to alert."""

from collections.abc import Mapping


def is_template(value: str) -> bool:
    """Whether a label's value is filled in alert by alert, as `{{ $labels.service }}` is."""
    return "{{" in value


def fixed(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels whose value every alert of a rule has."""
    return {name: value for name, value in labels.items() if not is_template(value)}
