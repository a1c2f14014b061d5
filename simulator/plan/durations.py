"""Durations as Prometheus and Alertmanager write them in their files: `1d`, `1h30m`, `500ms`, `0`."""

import re

_SECONDS = {
    "y": 365 * 86_400.0,
    "w": 7 * 86_400.0,
    "d": 86_400.0,
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 0.001,
}
_WRITTEN = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,15}}){unit})?" for unit in _SECONDS), re.ASCII)
"""Each unit at most once, the larger first (Prometheus, `model.ParseDuration`)."""
_LONGEST = 2**63 / 1e9
"""Seconds: Go counts nanoseconds in 64 bits."""


def duration(text: str) -> float:
    """A duration in seconds; `0` needs no unit.

    Raises:
        ValueError: it is none, or longer than a program can count.
    """
    found = _WRITTEN.fullmatch(text)
    if text == "0":
        return 0.0
    if not text or found is None:
        raise ValueError(f"{text!r} is not a duration; write it as in 30s, 5m or 1h30m")
    counted = sum(int(number) * _SECONDS[unit] for unit, number in found.groupdict().items() if number)
    if counted >= _LONGEST:
        raise ValueError(f"{text!r} is longer than 292 years, which no program can count")
    return counted


def written(seconds: float) -> str:
    """Seconds as one writes them in such a file, to the millisecond: `90` is `1m30s`."""
    left = round(seconds * 1000)
    parts = []
    for unit in ("h", "m", "s", "ms"):
        size = round(_SECONDS[unit] * 1000)
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or "0s"
