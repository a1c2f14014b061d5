"""Each slot at most once, whoever looks, however often, and wherever they are killed."""

import asyncio
import dataclasses
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.schedule.book import Book, SlotRecord
from simulator.schedule.models import Placed, Schedule
from simulator.schedule.slots import Slot, slots, written
from simulator.schedule.step import GONE, LATER_CAME, Ended, step
from tests.fakes.clock import FakeClock
from tests.schedule.office import TUESDAY, Diary, DyingBook, Killed, placed, weekly

SLOT = "weekly/2026-11-03T09:00:00Z"


class Shop:
    """One schedule, its book, and a clock that begins half a minute before the first slot."""

    def __init__(self, folder: Path, schedule: Schedule, start: datetime = TUESDAY) -> None:
        self.placed = placed(schedule, folder)
        self.book = Book(folder / "reports", schedule.name)
        self.clock = FakeClock(start)
        self.diary = Diary(self.clock)

    async def look(self, *, catches_up: bool = False, book: Book | None = None) -> SlotRecord | None:
        return await step(
            self.placed, book or self.book, self.clock, self.diary.hands(), catches_up=catches_up
        )

    @property
    def stands(self) -> list[tuple[str, str, int]]:
        return [(written(one.slot.instant), one.status, one.count) for one in self.book.records()]


async def test_nothing_is_due_before_its_time_and_it_runs_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    assert await shop.look() is None
    await shop.clock.sleep(30)
    became = await shop.look()
    assert became is not None
    assert (became.slot.id, became.status, became.exit_code, became.run) == (SLOT, "ended", 0, "run-1")
    assert [await shop.look() for _ in range(3)] == [None] * 3
    assert shop.diary.ran == [SLOT]
    assert [one.slot.id for one in shop.diary.told] == [SLOT]


async def test_it_is_in_the_book_before_it_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    seen: list[str] = []
    shop.diary.dies = lambda: seen.append(shop.stands[0][1])
    await shop.look()
    # While it is asked whether it may run, while it runs, at its end, and when people are told.
    assert seen == ["claimed", "started", "started", "ended"]


async def test_a_refusal_is_a_slot_that_did_not_run_with_its_reason(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    shop.diary.refuses = "blackout of the month's end"
    became = await shop.look()
    assert became is not None
    assert (became.status, became.reason) == ("skipped", "blackout of the month's end")
    shop.diary.refuses = ""
    assert await shop.look() is None
    assert shop.diary.ran == []


async def test_beyond_its_grace_it_is_missed_and_never_caught_up(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(grace="20m"))
    await shop.look()
    await shop.clock.sleep(30 + 1201)
    became = await shop.look()
    assert became is not None
    assert became.status == "missed"
    assert "20 min" in became.reason
    assert shop.diary.ran == []
    assert [one.status for one in shop.diary.told] == ["missed"]


async def test_within_its_grace_it_still_runs_and_says_how_late(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(grace="20m"))
    await shop.look()
    await shop.clock.sleep(30 + 1199)
    became = await shop.look()
    assert became is not None
    assert (became.status, round(became.late)) == ("ended", 1199)


async def test_of_a_week_in_which_nobody_looked_one_record_counts_the_slots(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(at="0 * * * *", grace="20m"))
    await shop.look()
    await shop.clock.sleep(7 * 86_400 + 30 + 60)
    became = await shop.look()
    assert became is not None
    assert became.status == "ended"  # the latest was due a minute ago
    assert shop.stands == [
        ("2026-11-10T08:00:00Z", "missed", 168),
        ("2026-11-10T09:00:00Z", "ended", 1),
    ]


async def test_of_several_within_their_grace_only_the_latest_runs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(at="*/5 * * * *", grace="20m"))
    await shop.look()
    await shop.clock.sleep(30 + 660)
    await shop.look()
    reasons = {one.status: (one.count, one.reason) for one in shop.book.records()}
    assert reasons["missed"] == (2, LATER_CAME)
    assert shop.diary.ran == ["weekly/2026-11-03T09:10:00Z"]


async def test_who_looks_only_once_begins_what_is_due_within_its_grace(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(), TUESDAY + timedelta(minutes=10))
    became = await shop.look(catches_up=True)
    assert became is not None
    assert became.status == "ended"


async def test_who_looks_all_the_time_begins_nothing_from_before_it_came(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(), TUESDAY + timedelta(minutes=10))
    assert await shop.look() is None
    assert shop.diary.ran == []


async def test_a_clock_that_is_set_back_repeats_no_slot(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    await shop.look()
    shop.clock.start -= timedelta(hours=1)
    for _ in range(5):
        await shop.look()
        await shop.clock.sleep(1200)
    assert shop.diary.ran == [SLOT]


async def test_a_clock_that_was_ahead_for_a_while_uses_up_no_slot(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(at="0 10 * * *"))
    await shop.look()
    shop.clock.start += timedelta(days=7)
    became = await shop.look()
    assert became is None or became.status == "missed"
    shop.clock.start -= timedelta(days=7)
    for _ in range(4):
        await shop.look()
        await shop.clock.sleep(60)
    assert shop.diary.ran == [SLOT]


async def test_one_record_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(at="0 10 * * *"))
    await shop.look()
    for _ in range(2):
        await shop.clock.sleep(30)
        await shop.look()
    (first,) = (shop.book.folder / "slots").glob("*.json")
    first.write_text("junk")
    await shop.clock.sleep(86_400)
    await shop.look()
    assert len(shop.diary.ran) == 2
    assert list(shop.book.damaged()) == [first]
    assert not shop.book.claim(
        SlotRecord(slot=next(slots(shop.placed.schedule, TUESDAY)), environment="", status="claimed", at=0)
    )


async def test_a_machine_that_slept_over_the_slot_runs_it_when_it_wakes(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly(grace="20m"))
    await shop.look()
    shop.clock.start += timedelta(minutes=15)  # the wall clock alone: nobody slept in this process
    await shop.look()
    assert shop.diary.ran == [SLOT]


async def test_two_that_look_at_once_run_it_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    became = await asyncio.gather(*(shop.look(book=Book(tmp_path / "reports", "weekly")) for _ in range(8)))
    assert shop.diary.ran == [SLOT]
    assert [one.status for one in became if one is not None] == ["ended"]


LOOKS = (60.0, 600.0, 600.0, 600.0, 86_400.0 - 1860.0)
"""Seconds between two looks of a day: right after the slot, three times within half an hour, and the next day."""


async def test_who_comes_second_does_not_wait_for_the_run_of_who_was_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    begun, over = asyncio.Event(), asyncio.Event()

    async def run(_placed: Placed, _slot: Slot) -> Ended:
        begun.set()
        await over.wait()
        return Ended(exit_code=0)

    hands = dataclasses.replace(shop.diary.hands(), run=run)
    first = asyncio.create_task(step(shop.placed, shop.book, shop.clock, hands, catches_up=False))
    await begun.wait()
    second = Book(tmp_path / "reports", "weekly")
    (record,) = second.records()
    assert record.status == "started"
    assert not second.claim(record)
    assert list(second.abandoned()) == []
    over.set()
    await first
    assert [one.status for one in second.records()] == ["ended"]


async def days(folder: Path, dies_at: int) -> tuple[Shop, bool]:
    """Three days of a slot each, looked at five times a day, by somebody who is killed at the n-th thing they do."""
    shop = Shop(folder, weekly(at="0 10 * * *"))
    shop.diary.lasts = 0.0
    await shop.look()
    done, killed = itertools.count(), False

    def dies() -> None:
        if next(done) == dies_at:
            raise Killed

    shop.diary.dies = dies
    dying = DyingBook(folder / "reports", "weekly", dies)
    for rest in LOOKS * 3:
        await shop.clock.sleep(rest)
        try:
            await step(shop.placed, dying, shop.clock, shop.diary.hands(), catches_up=False)
        except Killed:
            killed = True
            dying.die()
    return shop, killed


async def test_killed_at_every_step_no_slot_runs_twice_and_none_is_forgotten(tmp_path: Path) -> None:
    whole, _ = await days(tmp_path / "whole", -1)
    assert len(whole.diary.ran) == 3
    for at in itertools.count():
        shop, killed = await days(tmp_path / str(at), at)
        assert len(shop.diary.ran) == len(set(shop.diary.ran)), f"killed at {at}"
        accounted = [written(one.slot.instant) for one in shop.book.records()]
        assert len(accounted) == 3, f"killed at {at}: {accounted}"
        # Whatever was begun and not ended is known not to be known.
        statuses = {one.slot.id: one.status for one in shop.book.records()}
        assert set(statuses.values()) <= {"ended", "unknown", "skipped"}, f"killed at {at}: {statuses}"
        assert [one for one, status in statuses.items() if status == "ended"] == [
            one for one in shop.diary.ran if statuses[one] == "ended"
        ]
        if not killed:
            break
    assert at > 25  # as many deaths were tried


async def test_what_was_started_by_who_is_gone_is_told_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, weekly())
    await shop.look()
    await shop.clock.sleep(30)
    deaths = iter([False, False, True])

    def dies() -> None:
        if next(deaths, False):
            raise Killed

    shop.diary.dies = dies
    dying = DyingBook(tmp_path / "reports", "weekly", lambda: None)
    with pytest.raises(Killed):
        await step(shop.placed, dying, shop.clock, shop.diary.hands(), catches_up=False)
    assert await shop.look() is None  # whoever began it lives
    assert shop.diary.told == []
    dying.die()
    for _ in range(3):
        await shop.look()
    assert [(one.status, one.reason) for one in shop.diary.told] == [("unknown", GONE)]
    assert GONE.startswith("started, outcome unknown")


def test_a_looked_of_junk_is_as_if_nobody_had(tmp_path: Path) -> None:
    book = Book(tmp_path, "weekly")
    book.has_looked(datetime(2026, 11, 3, tzinfo=UTC))
    (book.folder / "looked").write_text("junk")
    assert book.looked is None
