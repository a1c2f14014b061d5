"""How numbers, times and outcomes are said, the same in every report."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from simulator.judge.verdict import BlindCondition, LeftOut, Outcome, Reason, RunVerdict

NOTHING = "–"
"""Stands where there is no value."""
ALIKE = 3
"""So many reasons of one wording are told as one."""
MINUS = "−"
"""A minus as wide as a digit, so that columns line up."""
_LEFT_OUT: Mapping[LeftOut, str] = {
    "canary": "that a page finds its way (no canary was sent ahead)",
    "receiver": "that anybody is told: alerts are judged as Alertmanager accepts them",
    "traffic": "how much traffic there was: nothing is sent, and nothing is named that counts it",
    "witness": "that Prometheus counts the requests sent",
    "ledger": "that nothing acknowledged is lost",
    "receipts": "that what was acknowledged is recorded (the workload keeps no receipts)",
    "counter": "that Prometheus counted what was recorded (the system has no counter of it)",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def not_checked(left_out: Sequence[LeftOut]) -> str:
    """Which checks the run went without, in one line; empty when it made all."""
    return f"not checked here: {'; '.join(_LEFT_OUT[one] for one in left_out)}" if left_out else ""


def blindness(blind: Sequence[BlindCondition]) -> list[str]:
    """When abort conditions saw nothing, a line each; all that ignore it for a time share one."""
    ignoring = [one for one in blind if one.ignored and not one.never_saw]
    lines = [_blindness(one) for one in blind if one not in ignoring]
    if ignoring:
        names = ", ".join(dict.fromkeys(one.condition for one in ignoring))
        lines.append(f"abort conditions that were blind for a time, and ignore it: {names}")
    return lines


def _blindness(blind: BlindCondition) -> str:
    until = "to the end" if blind.end is None else f"to {seconds(blind.end)}"
    began = f"from {seconds(blind.start)} {until}" if blind.had else f"from the beginning {until}"
    query = " ".join(blind.query.split())
    return f"abort condition {blind.condition} was blind {began}: Prometheus had no value for {query}"


def plain(text: str) -> str:
    """The text with characters that XML and HTML cannot hold replaced by the replacement character."""
    return _NOT_XML.sub("\ufffd", text)


def seconds(value: float | None, digits: int = 1) -> str:
    """`12.4 s`; a dash for nothing."""
    return NOTHING if value is None else f"{value:.{digits}f} s".replace("-", MINUS)


def give_or_take(value: float | None, uncertainty: float) -> str:
    """`12.4 s ± 0.3`; a dash for nothing. The uncertainty is rounded up: it never looks better than it is."""
    return NOTHING if value is None else f"{value:.1f} s ± {_rounded_up(uncertainty)}"


def _rounded_up(uncertainty: float) -> str:
    """To a tenth, or to a hundredth where a tenth would say too much; nothing is known better than that."""
    steps = 10 if uncertainty >= 0.1 else 100  # noqa: PLR2004  # a tenth of a second
    return f"{max(1, math.ceil(round(uncertainty * steps, 6))) / steps:g}"


def duration(value: float) -> str:
    """`47 s`, `8 min 03 s`, `1 h 12 min`."""
    whole = round(value)
    if whole < 60:  # noqa: PLR2004  # seconds in a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004  # seconds in an hour
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def utc(epoch: float) -> str:
    """`2026-11-23 22:15:34 UTC`."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def amount(number: float | None) -> str:
    """`1,234`; a dash where it is not known."""
    return NOTHING if number is None else f"{number:,.0f}"


def count(number: int, one: str) -> str:
    """`1 alert`, `3 alerts`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def wrong(verdict: RunVerdict) -> list[tuple[Outcome, str]]:
    """Why a run is not met: what concerns it as a whole, then each experiment's reasons with its name."""
    return [
        *((reason.outcome, reason.text) for reason in verdict.reasons),
        *(
            (reason.outcome, f"{experiment.name}: {reason.text}")
            for experiment in verdict.experiments
            for reason in told(experiment.reasons)
        ),
    ]


def told(reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons, those that say the same of three or more subjects told once: `a, b, c: lost`."""
    alike: dict[tuple[Outcome, str], list[Reason]] = {}
    for reason in reasons:
        alike.setdefault((reason.outcome, reason.said or reason.text), []).append(reason)
    said: list[Reason] = []
    for (_, what), group in alike.items():
        subjects = [reason.subject for reason in group if reason.subject]
        if len(subjects) >= ALIKE:
            said.append(group[0].model_copy(update={"text": f"{', '.join(subjects)}: {what}"}))
        else:
            said += group
    return said
