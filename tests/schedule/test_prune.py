"""`simulator prune` takes old slots out of the book, and notices that were told; nothing that anybody still needs."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.base.errors import HarnessError
from simulator.history.sla import Period, TakenOut, sla
from simulator.plan.provenance import Provenance
from simulator.report.sla.markdown import markdown
from simulator.schedule.book import FOLDER, Book, SlotRecord
from simulator.schedule.models import Notify
from simulator.schedule.notices import Notice, Outbox
from simulator.schedule.prune import Old, old, prune
from simulator.schedule.slots import Slot, written
from simulator.schedule.step import step
from simulator.schedule.telling import Teller
from tests.cli.commands import simulator
from tests.fakes.clock import FakeClock
from tests.history.many import run_of
from tests.history.test_history_commands import kept
from tests.history.test_sla import MET, MISSED
from tests.schedule.office import TUESDAY, Diary, placed, weekly

DAY = 86_400.0
NOW = TUESDAY.timestamp()
NOBODY: Mapping[str, str] = {}


def slot_of(days: float, now: float = NOW) -> Slot:
    """One that began so many days ago."""
    return Slot(schedule="weekly", instant=now - days * DAY, due=now - days * DAY)


def put(book: Book, days: float, status: str = "ended", *, now: float = NOW, **said: object) -> Path:
    """A slot in the book; its file."""
    slot = slot_of(days, now)
    values = {"slot": slot, "environment": "staging.yaml", "status": status, "at": slot.due, **said}
    assert book.claim(SlotRecord.model_validate(values))
    return book.file_of(slot)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """One that was looked at a moment ago."""
    made = Book(tmp_path, "weekly")
    made.has_looked(TUESDAY)
    return made


def going(
    book: Book, keep: float = 90, whole: frozenset[str] = frozenset(), judged: Mapping[str, str] = NOBODY
) -> Old:
    outbox = Outbox(book.folder.parent.parent)
    return old([book], outbox, now=NOW, before=NOW - keep * DAY, whole=whole, judged=judged)


def files(made: Old) -> list[Path]:
    return [one.book.file_of(record.slot) for one in made.slots for record in one.records]


@pytest.mark.parametrize("status", ["ended", "skipped", "missed"])
def test_what_is_over_goes_when_it_is_older_than_what_is_kept(book: Book, status: str) -> None:
    gone, stays = put(book, 91, status), put(book, 89, status)
    assert files(going(book)) == [gone]
    prune(going(book))
    assert (gone.exists(), stays.exists()) == (False, True)
    assert going(book) == Old((), ())


@pytest.mark.parametrize("status", ["claimed", "started", "unknown"])
def test_what_somebody_works_on_or_nobody_knows_the_end_of_stays(book: Book, status: str) -> None:
    put(book, 400, status)
    assert going(book).slots == ()


def test_of_one_whose_run_ended_after_all_it_is_known(book: Book) -> None:
    gone = put(book, 400, "unknown")
    ran = {slot_of(400).id: "late"}
    assert files(going(book, judged=ran)) == [gone]
    assert going(book, whole=frozenset({"late"}), judged=ran).slots == ()


def test_what_cannot_be_read_stays(book: Book) -> None:
    put(book, 400).write_text("junk")
    assert going(book).slots == ()


def test_a_slot_stays_as_long_as_its_run_is_kept_whole(book: Book) -> None:
    put(book, 400, exit_code=1, run="breached")
    gone = put(book, 399, exit_code=0, run="met")
    assert files(going(book, whole=frozenset({"breached"}))) == [gone]


@pytest.mark.parametrize(("days", "goes"), [(29, False), (31, True)])
def test_of_the_last_thirty_days_nothing_goes_whatever_is_asked(
    book: Book, days: float, *, goes: bool
) -> None:
    put(book, days)
    assert bool(going(book, keep=0).slots) is goes


def test_what_nobody_has_looked_beyond_could_still_be_taken_for_due(tmp_path: Path) -> None:
    book = Book(tmp_path, "weekly")
    before, after = put(book, 101), put(book, 99)
    assert going(book).slots == ()
    book.has_looked(datetime.fromtimestamp(NOW - 100 * DAY, UTC))
    assert files(going(book)) == [before]
    assert after.exists()


def test_it_says_how_many_slots_ran_and_how_many_did_not(book: Book) -> None:
    put(book, 101, "missed", count=7)
    put(book, 100, "skipped", reason="paused")
    put(book, 99)
    (one,) = going(book).slots
    assert (one.ran, one.did_not_run, one.until) == (1, 8, NOW - 99 * DAY)


async def test_no_slot_that_was_taken_out_runs_again_by_a_clock_that_is_set_back(tmp_path: Path) -> None:
    schedule = placed(weekly(at="0 10 * * *"), tmp_path)
    book = Book(tmp_path / "reports", "weekly")
    clock = FakeClock(TUESDAY + timedelta(minutes=1))
    diary = Diary(clock, lasts=0.0)

    async def fifty_days() -> None:
        for _ in range(50):
            await step(schedule, book, clock, diary.hands(), catches_up=False)
            await clock.sleep(DAY)

    await fifty_days()
    ran = list(diary.ran)
    assert len(ran) == 49
    now = clock.now().timestamp()
    gone = old([book], Outbox(tmp_path / "reports"), now=now, before=now, whole=(), judged={})
    prune(gone)
    assert gone.count == 20
    clock.start -= timedelta(days=50)
    await fifty_days()
    assert diary.ran == ran


def test_killed_while_it_deletes_nothing_is_forgotten(book: Book) -> None:
    paths = [put(book, days) for days in (120, 110, 100)]
    made = going(book)
    blocked = made.slots[0].records[1]
    book.file_of(blocked.slot).unlink()
    book.file_of(blocked.slot).mkdir()  # as root nothing else cannot be deleted
    with pytest.raises(HarnessError, match=r"weekly.*go the next time"):
        prune(made)
    assert [path.exists() for path in paths] == [False, True, True]
    assert book.pruned == NOW - 100 * DAY
    record = SlotRecord(slot=slot_of(120), environment="", status="claimed", at=0)
    assert not book.claim(record)


def test_a_mark_of_junk_is_as_if_nothing_was_pruned(book: Book) -> None:
    put(book, 100)
    prune(going(book))
    (book.folder / "pruned").write_text("junk")
    assert book.pruned == float("-inf")


def told(outbox: Outbox, folder: Path, days: float) -> Iterator[Path]:
    """What was said of a slot so many days ago, when it was over."""
    clock = FakeClock(datetime.fromtimestamp(NOW - days * DAY, UTC))
    schedule = weekly(notify=Notify(to=("ops",)))
    teller = Teller(outbox, folder, clock, print)
    record = SlotRecord(slot=slot_of(days), environment="x", status="ended", at=0, exit_code=0)
    teller.after(placed(schedule, folder), record)
    for path, _ in outbox.waiting():
        path.replace(folder / FOLDER / "told" / path.name)
        yield folder / FOLDER / "told" / path.name


def test_notices_of_old_slots_go_and_those_that_wait_stay(book: Book, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    gone, stays = [*told(outbox, tmp_path, 91)], [*told(outbox, tmp_path, 89)]
    outbox.put("odd", Notice(to="ops", subject="", text="", facts={"slot": "weekly/x"}, next_try=0))
    assert list(going(book).notices) == gone
    prune(going(book))
    assert [path.exists() for path in (*gone, *stays)] == [False, True]
    assert len(list(outbox.waiting())) == 1


def test_a_notice_that_does_not_say_of_which_slot_it_is_stays(book: Book, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.put("odd", Notice(to="ops", subject="", text="", facts={"begins": "junk"}, next_try=0))
    ((path, _),) = outbox.waiting()
    path.replace(tmp_path / FOLDER / "told" / path.name)
    assert going(book).notices == ()


def test_a_report_of_a_time_whose_slots_are_gone_says_so() -> None:
    gone = TakenOut(schedule="weekly", until=NOW - 100 * DAY)
    within = Period(start=NOW - 110 * DAY, end=NOW - 80 * DAY)
    page = markdown(sla([], within, 0.95, taken_out=[gone]))
    assert (
        f"weekly: slots up to {datetime.fromtimestamp(gone.until, UTC):%Y-%m-%d %H:%M:%S} UTC were pruned"
        in page
    )
    later = Period(start=NOW - 90 * DAY, end=NOW)
    assert sla([], later, 0.95, taken_out=[gone]).taken_out == ()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Runs and slots of a year, of which every fourth did not run."""
    now = time.time()
    folder = kept(
        tmp_path / "reports",
        run_of(1, (MET,), epoch=now - 200 * DAY),
        run_of(2, (MISSED,), epoch=now - 190 * DAY),
        run_of(3, (MET,), epoch=now - 3 * DAY),
    )
    book = Book(folder, "weekly")
    book.has_looked(datetime.fromtimestamp(now, UTC))
    put(book, 200, now=now, exit_code=0, run="run-0001")
    put(book, 190, now=now, exit_code=1, run="run-0002")
    put(book, 180, "skipped", now=now, reason="paused: release week")
    put(book, 170, "unknown", now=now, reason="gone")
    put(book, 10, "skipped", now=now, reason="paused: release week")
    put(book, 3, now=now, exit_code=0, run="run-0003")
    return folder


def stand(reports: Path) -> list[str]:
    return [f"{record.status} {record.run}".strip() for record in Book(reports, "weekly").records()]


def test_the_command_says_what_goes_and_a_dry_run_the_same(reports: Path) -> None:
    before = stand(reports)
    dry = simulator("prune", "--keep-breached", "--dry-run", "--reports", str(reports))
    assert stand(reports) == before
    wet = simulator("prune", "--keep-breached", "--reports", str(reports))
    assert wet.out == dry.out.replace("would go", "went")
    until = written(time.time() - 180 * DAY)[:10]
    assert f"2 slots up to {until}" in wet.out
    assert "1 that ran and 1 that did not" in wet.out
    assert "1 run, 2 slots and 0 notices" in wet.out
    assert stand(reports) == ["ended run-0002", "unknown", "skipped", "ended run-0003"]
    again = simulator("prune", "--keep-breached", "--reports", str(reports))
    assert "0 runs, 0 slots and 0 notices" in again.out


def test_a_run_that_was_judged_after_all_lets_its_slot_go(reports: Path) -> None:
    (unknown,) = (one for one in Book(reports, "weekly").records() if one.status == "unknown")
    by = Provenance(who="ops", where="host", by="schedule", commit="c0ffee", slot=unknown.slot.id)
    late = run_of(9, (MET,), epoch=unknown.slot.instant).model_copy(update={"provenance": by})
    kept(reports, late)
    simulator("prune", "--reports", str(reports))
    assert stand(reports) == ["skipped", "ended run-0003"]


def test_runs_that_were_pruned_before_keep_no_slot(reports: Path) -> None:
    slots = {path: path.read_bytes() for path in (reports / FOLDER / "weekly" / "slots").iterdir()}
    simulator("prune", "--reports", str(reports))
    for path, content in itertools.islice(sorted(slots.items()), 2):
        path.write_bytes(content)
    assert "0 runs, 2 slots" in simulator("prune", "--reports", str(reports)).out


def test_no_report_of_what_is_kept_changes(reports: Path) -> None:
    asked = ("sla", "--format", "json", "--reports", str(reports))
    before = json.loads(simulator(*asked).out)
    simulator("prune", "--keep", "60d", "--reports", str(reports))
    after = json.loads(simulator(*asked).out)
    assert [one["outcome"] for one in after["not_run"]] == ["skipped"]
    assert {**after, "period": None} == {**before, "period": None}
