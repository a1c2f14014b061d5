"""Makes room in the book: what is long over goes, and the book keeps up to when.

What stays, however old it is: a slot that somebody works on, or of which nobody knows how it ended (where its run ended after all, that is
known); one whose run is kept whole; one that a step could still take for due, because nobody has looked since; and what cannot be read.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from simulator.base.errors import HarnessError
from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.notices import Outbox
from simulator.schedule.status import LATELY

_OVER = ("ended", "skipped", "missed")


@dataclass(frozen=True)
class OldSlots:
    """What goes of one schedule's book; at least one slot."""

    book: Book
    records: tuple[SlotRecord, ...]
    """The earliest first."""

    @property
    def ran(self) -> int:
        return sum(record.count for record in self.records if record.ran)

    @property
    def did_not_run(self) -> int:
        return sum(record.count for record in self.records if not record.ran)

    @property
    def until(self) -> float:
        """UTC seconds: the instant of the latest."""
        return self.records[-1].slot.instant


@dataclass(frozen=True)
class Old:
    """All that goes."""

    slots: tuple[OldSlots, ...]
    notices: tuple[Path, ...]
    """Files of those that were told, or given up."""

    @property
    def size(self) -> int:
        """Bytes."""
        files = [one.book.file_of(record.slot) for one in self.slots for record in one.records]
        return sum(path.stat().st_size for path in (*files, *self.notices) if path.exists())

    @property
    def count(self) -> int:
        """How many slots."""
        return sum(one.ran + one.did_not_run for one in self.slots)


def old(
    books: Iterable[Book],
    outbox: Outbox,
    *,
    now: float,
    before: float,
    whole: Collection[str],
    judged: Mapping[str, str],
) -> Old:
    """What may go.

    Args:
        books: of all schedules.
        outbox: where the notices are.
        now: UTC seconds. Nothing of the last 30 days goes: of those tell the page, its metrics and an SLA report that names no month, and
            no grace, jitter or wait of a schedule reaches back as far.
        before: UTC seconds; nothing later goes.
        whole: the runs that are kept whole, by name.
        judged: every run that was judged, by its slot's id.
    """
    limit = min(before, now - LATELY)
    found = (OldSlots(book, tuple(_old(book, limit, whole, judged))) for book in books)
    notices = (path for path, notice in outbox.told() if _begins(notice.facts) < limit)
    return Old(tuple(one for one in found if one.records), tuple(notices))


def _old(book: Book, limit: float, whole: Collection[str], judged: Mapping[str, str]) -> Iterable[SlotRecord]:
    looked = book.looked
    if looked is None:  # a step that finds nobody has looked may take what is in the book for due
        return
    for record in book.records():
        if record.slot.due >= min(limit, looked):
            continue
        run = record.run or judged.get(record.slot.id, "")
        over = record.status in _OVER or (record.status == "unknown" and run)
        if over and run not in whole:
            yield record


def _begins(facts: dict[str, str]) -> float:
    """When the slot of a notice began; of what does not say so never."""
    try:
        return datetime.fromisoformat(facts["begins"]).timestamp()
    except (KeyError, ValueError):
        return float("inf")


def prune(old: Old) -> None:
    """Take them out.

    Raises:
        HarnessError: something cannot be written or deleted; what is still there goes the next time.
    """
    for one in old.slots:
        one.book.take_out(one.records)
    for path in old.notices:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise HarnessError(f"{path} cannot be deleted: {error.strerror}; run it again then") from None
