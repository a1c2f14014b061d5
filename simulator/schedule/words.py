"""What is said to people of slots."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulator.base.errors import ExitCode
from simulator.schedule.book import SlotRecord
from simulator.schedule.models import Schedule
from simulator.schedule.slots import Slot, written

_UNITS = ((3600.0, "h"), (60.0, "min"))
CODES: dict[int, str] = {
    ExitCode.MET: "met",
    ExitCode.BREACHED: "breached",
    ExitCode.BAD_INPUT: "refused: bad input",
    ExitCode.INCONCLUSIVE: "inconclusive",
    ExitCode.ABORTED: "aborted",
    ExitCode.LEFT_INJECTED: "something is left injected",
    ExitCode.HARNESS: "the tool broke",
}
"""What an exit code of `simulator run` means."""


def span(seconds: float) -> str:
    """`10 min`, `1.5 h`, `30 s`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:g} s"


def local(epoch: float, zone: str) -> str:
    """`Tue 2026-11-03 10:00 Europe/Berlin`."""
    return f"{datetime.fromtimestamp(epoch, ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {zone}"


def outcome(record: SlotRecord) -> str:
    """In a word or two."""
    if record.status == "ended" and record.exit_code is not None:
        return CODES.get(record.exit_code, f"exit code {record.exit_code}")
    return "started" if record.status == "claimed" else record.status


def announced(schedule: Schedule, slot: Slot, now: datetime) -> tuple[str, str]:
    """Subject and text of what is said before a slot."""
    away = span(max(0.0, slot.due - now.timestamp()))
    text = (
        f"Schedule {schedule.name}: {local(slot.due, schedule.zone)} ({written(slot.due)})."
        f" Things will be broken there on purpose, and undone. Not now? simulator schedule pause {schedule.name}"
    )
    return f"Game day {schedule.run} on {schedule.environment} begins in {away}", text


def reported(schedule: Schedule, record: SlotRecord) -> tuple[str, str]:
    """Subject and text of what is said after a slot."""
    many = f"{record.count} slots up to " if record.count > 1 else ""
    lines = [f"Schedule {schedule.name}, {many}{local(record.slot.instant, schedule.zone)}."]
    if record.reason:
        lines.append(f"Reason: {record.reason}.")
    if record.run:
        lines.append(f"Report: {record.run}/report.html in the folder of the reports.")
    if record.exit_code == ExitCode.LEFT_INJECTED:
        lines.append("The schedule stands still until it is undone: simulator undo --all.")
    return f"Game day {schedule.run} on {schedule.environment}: {outcome(record)}", "\n".join(lines)


def facts(schedule: Schedule, slot: Slot, record: SlotRecord | None) -> dict[str, str]:
    """For programs."""
    said = {
        "schedule": schedule.name,
        "slot": slot.id,
        "game_day": schedule.run,
        "environment": schedule.environment,
        "begins": datetime.fromtimestamp(slot.due, UTC).isoformat(),
    }
    if record is not None:
        said |= {
            "status": record.status,
            "outcome": outcome(record),
            "reason": record.reason,
            "run": record.run,
        }
    return said
