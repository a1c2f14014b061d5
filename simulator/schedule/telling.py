"""Puts into the outbox what people are to be told of slots."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulator.base.clock import Clock
from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file
from simulator.report.chat import FORMAT as CHAT
from simulator.schedule import words
from simulator.schedule.book import LARGEST, Book, SlotRecord
from simulator.schedule.models import Placed, Schedule
from simulator.schedule.notices import Notice, Outbox
from simulator.schedule.slots import Slot, closed, upcoming, written

MOST_ANNOUNCED = 50
"""Slots that are announced ahead."""


@dataclass(frozen=True)
class Teller:
    """Knows who is to be told."""

    outbox: Outbox
    reports: Path
    clock: Clock
    say: Callable[[str], None]

    def before(self, placed: Placed) -> None:
        """Announce the next slot to whoever is told so long before; of several times that have passed only the last."""
        schedule, now = placed.schedule, self.clock.now()
        if schedule.notify is None or not schedule.notify.before or Book(self.reports, schedule.name).paused:
            return
        soon = now.timestamp() + max(schedule.notify.before)
        ahead = upcoming(schedule, now, MOST_ANNOUNCED)
        for slot in itertools.takewhile(lambda slot: slot.due <= soon, ahead):
            passed = [one for one in schedule.notify.before if slot.due - one <= now.timestamp() < slot.due]
            if passed and not closed(schedule, slot):
                subject, text = words.announced(schedule, slot, now)
                self._put(schedule, slot, f"before-{min(passed):g}", subject, text, None)

    def after(self, placed: Placed, record: SlotRecord) -> None:
        """Report what became of a slot."""
        schedule = placed.schedule
        if schedule.notify is None or schedule.notify.after == "never":
            return
        if schedule.notify.after == "bad" and not record.is_bad:
            return
        subject, text = words.reported(schedule, record)
        text = f"{text}\n{self._told_by(record)}".rstrip()
        self._put(schedule, record.slot, f"after-{record.status}", subject, text, record)

    def _told_by(self, record: SlotRecord) -> str:
        """What its run left for a message."""
        if not record.run:
            return ""
        try:
            return read_file(self.reports / record.run / CHAT.filename, LARGEST).decode(errors="replace")
        except BadInput:
            return ""

    def _put(
        self, schedule: Schedule, slot: Slot, when: str, subject: str, text: str, record: SlotRecord | None
    ) -> None:
        key = f"{schedule.name}-{written(slot.instant).replace(':', '')}-{when}"
        for name in schedule.notify.to if schedule.notify else ():
            notice = Notice(
                to=name,
                subject=subject,
                text=text,
                facts=words.facts(schedule, slot, record),
                next_try=self.clock.now().timestamp(),
            )
            try:
                self.outbox.put(key, notice)
            except HarnessError as error:  # a full disk: no slot is kept from running because of it
                self.say(str(error))
