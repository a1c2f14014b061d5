"""Slots as a calendar that people subscribe to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from simulator.schedule.checks import Length
from simulator.schedule.models import Placed
from simulator.schedule.slots import closed, upcoming

_LEAST = 60.0
"""Seconds that an entry is long at least."""


def calendar(schedules: Iterable[Placed], now: datetime, number: int, length: Length) -> bytes:
    """The next slots of each schedule, without those on closed days: RFC 5545.

    Args:
        schedules: what is to come.
        now: from when on.
        number: slots of each schedule.
        length: how long a run is likely to take, in seconds.
    """
    made = Calendar()
    made.add("prodid", "-//simulator//schedule//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", "Game days")
    for one in schedules:
        schedule, lasts = one.schedule, timedelta(seconds=max(_LEAST, length(one)))
        for slot in upcoming(schedule, now, number):
            if closed(schedule, slot):
                continue
            begins = datetime.fromtimestamp(slot.due, UTC)
            event = Event()
            event.add("uid", f"{slot.id}@simulator")
            event.add("dtstamp", now.astimezone(UTC))
            event.add("dtstart", begins)
            event.add("dtend", begins + lasts)
            event.add("summary", f"Game day {schedule.run} on {schedule.environment}")
            event.add("description", f"Schedule {schedule.name}. Things are broken on purpose, and undone.")
            made.add_component(event)
    return bytes(made.to_ical())
