"""By which label, and by which words, somebody's rules say how urgent an alert is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from simulator.attached.service import Word
from simulator.doors.prometheus import LoadedRule

USUAL = ("severity", "priority", "urgency", "level", "sev")
"""What such a label is usually called; one of these beats any other."""
FEW = 6
"""Words: what has more is no severity, but a team or a service."""
_WORD = TypeAdapter(Word)


@dataclass(frozen=True)
class Severities:
    """A label and its words."""

    label: str
    words: tuple[str, ...]
    """The one that most rules have comes first; none where no label can be made out."""


def severities_of(rules: Sequence[LoadedRule]) -> Severities:
    """The label that most rules have, with few words."""
    words: dict[str, Counter[str]] = {}
    for rule in rules:
        for label, word in rule.fixed_labels.items():
            words.setdefault(label, Counter())[word] += 1
    fitting = {
        label: counted
        for label, counted in words.items()
        if len(counted) <= FEW and all(_is_word(word) for word in counted)
    }
    if not fitting:
        return Severities(USUAL[0], ())
    label = max(fitting, key=lambda name: (name in USUAL, fitting[name].total(), -len(fitting[name])))
    return Severities(label, tuple(word for word, _ in fitting[label].most_common()))


def _is_word(text: str) -> bool:
    try:
        _WORD.validate_python(text)
    except ValidationError:
        return False
    return True
