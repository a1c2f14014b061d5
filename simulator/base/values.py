"""The base of every frozen, typed value that passes between the parts, and the units they use."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from simulator.base.names import brief, shown

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h)", re.ASCII)
_LONGEST_TEXT = 40
"""Characters of a duration; a search through a text without a unit takes the square of its length."""
_FRACTION = re.compile(r"\.\d+")
"""Go prints up to nine digits after the point; Python 3.11 reads six."""
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Value(BaseModel):
    """An immutable value: unknown keys are refused, fields never change after it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def complaint(error: ValidationError) -> str:
    """The first thing that pydantic found wrong, in one line."""
    return brief(error.errors(include_url=False)[0]["msg"])


def seconds(value: object) -> object:
    """`"30s"`, `"1m30s"`, `"500ms"` or a plain number of seconds, as seconds.

    Raises:
        ValueError: a text that is not a duration.
    """
    if not isinstance(value, str):
        return value
    parts = list(_DURATION.finditer(value[:_LONGEST_TEXT]))
    if not parts or "".join(part.group() for part in parts) != value:
        raise ValueError(f"{shown(value)} is not a duration; write 30s, 1m30s or 500ms")
    return sum(float(part["number"]) * _UNIT_SECONDS[part["unit"]] for part in parts)


_LONGEST = 86_400.0
_DURATION_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST},
        {"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h))+$"},
    ]
}
Seconds = Annotated[
    float,
    BeforeValidator(seconds),
    Field(gt=0, le=_LONGEST, allow_inf_nan=False),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""A duration in seconds, above 0 and at most a day; in YAML also `30s`, `1m30s`, `500ms`."""


LARGEST = 10**15
"""No number of ours comes near it; beyond, sums overflow, dates have no year, and tenths cannot be told apart."""
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
"""A number from elsewhere: neither NaN nor infinite, and of a size that can be reckoned with."""
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
"""The same without a fraction."""

Epoch = Annotated[float, Field(ge=-62_135_596_800, le=253_402_300_799)]
"""UTC seconds since 1970, of a moment that has a date: the years 1 to 9999."""


def epoch(text: str) -> float:
    """An RFC 3339 time, of any precision, as UTC seconds since 1970.

    Raises:
        ValueError: the text is not such a time; one without an offset from UTC would be read in this machine's zone.
    """
    moment = datetime.fromisoformat(_FRACTION.sub(lambda found: found.group()[:7].ljust(7, "0"), text))
    if moment.tzinfo is None:
        raise ValueError(f"{shown(text)} has no offset from UTC")
    return moment.timestamp()
