"""A fortnight of two slots a day: schedule, runs by scripted journals, and a report that names the rule that made it worse."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.history.sla import Period, Sla, sla
from simulator.journal.facts import AnyFact, Page, Planned, RuleSeen
from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.judge.sealed import sealed
from simulator.plan.provenance import Provenance
from simulator.report import write_reports
from simulator.report.sla.words import sections
from simulator.safety.nets import Blackout
from simulator.schedule.book import Book
from simulator.schedule.models import Placed
from simulator.schedule.slots import Slot, closed
from simulator.schedule.step import Ended, Hands, step
from tests.cli.commands import simulator
from tests.fakes.clock import FakeClock
from tests.fakes.journals import BITES, EPOCH, met_journal, written
from tests.schedule.office import placed, weekly

FIRST = datetime(2026, 10, 19, 0, 0, tzinfo=UTC)
"""A Monday; the clocks go back on the Sunday of the week."""
CHANGED_ON = FIRST + timedelta(days=8)
"""When somebody has the rule wait for 40 s more."""
BEFORE, AFTER = "0123456789ab", "ba9876543210"
MONTH_END = Blackout(because="month end", days=("fri",), start="12:00", end="24:00", zone="Europe/Berlin")
TWICE_A_DAY = weekly(at="0 9,15 * * *", closed=["2026-10-24"], jitter=0, grace="40m")


def shifted(facts: Sequence[AnyFact], by: float) -> list[AnyFact]:
    """The same at another time."""
    moved = []
    for fact in facts:
        epochs = {
            name: value + by
            for name, value in fact
            if (name == "epoch" or name.endswith("_epoch")) and isinstance(value, float)
        }
        moved.append(fact.model_copy(update=epochs))
    return moved


def scripted(slot: Slot, now: datetime) -> list[AnyFact]:
    """The journal of a slot's run: after the rule was changed its page comes 40 s later."""
    late = now >= CHANGED_ON
    facts: list[AnyFact] = []
    for fact in met_journal():
        changes: dict[str, Any] = {}
        if isinstance(fact, Planned):
            comes_from = Provenance(who="sim", where="host", by="schedule", slot=slot.id, commit="c0ffee")
            plan = fact.plan.model_copy(update={"run": f"{now:%Y%m%d-%H%M%S}-test", "provenance": comes_from})
            changes = {"plan": plan}
        elif isinstance(fact, RuleSeen):
            changes = {"digest": AFTER if late else BEFORE}
        elif late and isinstance(fact, Page) and fact.status == "firing":
            changes = {
                "at": BITES + 47.2,
                "received_epoch": EPOCH + BITES + 47.2,
            }
        facts.append(fact.model_copy(update=changes))
    return shifted(sorted(facts, key=lambda fact: fact.at), now.timestamp() - EPOCH)


class Fortnight:
    """Somebody looks twice an hour, but for one morning."""

    def __init__(self, folder: Path) -> None:
        self.reports = folder / "reports"
        self.reports.mkdir()
        self.clock = FakeClock(FIRST)
        self.placed = placed(TWICE_A_DAY, folder)
        self.book = Book(self.reports, TWICE_A_DAY.name)

    async def pass_by(self) -> None:
        hands = Hands(self._refusal, self._run, lambda _placed, _record: None)
        asleep = FIRST + timedelta(days=3, hours=6)
        while self.clock.now() < FIRST + timedelta(days=14):
            if not asleep <= self.clock.now() < asleep + timedelta(hours=3):
                await step(self.placed, self.book, self.clock, hands, catches_up=False)
            await self.clock.sleep(1800)

    async def _refusal(self, one: Placed, slot: Slot) -> str:
        if closed(one.schedule, slot):
            return "closed on this day"
        now = self.clock.now()
        return "blackout: month end" if MONTH_END.meets(now, now + timedelta(minutes=5)) else ""

    async def _run(self, _placed: Placed, slot: Slot) -> Ended:
        facts = scripted(slot, self.clock.now())
        first = facts[0]
        assert isinstance(first, Planned)
        journal = written(self.reports / first.plan.run, facts)
        verdict = sealed(judge(read_journal(journal)), journal)
        write_reports(verdict, journal.parent)
        return Ended(exit_code=verdict.exit_code, run=first.plan.run)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is left of the fortnight."""
    fortnight = Fortnight(tmp_path_factory.mktemp("fortnight"))
    asyncio.run(fortnight.pass_by())
    return fortnight.reports


def test_every_slot_is_accounted_for_once(reports: Path) -> None:
    records = list(Book(reports, "weekly").records())
    assert sum(record.count for record in records) == 28
    statuses = [record.status for record in records]
    assert statuses.count("skipped") == 2 + 2  # closed for a day; the blackout of two Friday afternoons
    assert statuses.count("missed") == 1
    assert statuses.count("ended") == 23
    # In the week in which the clocks go back, nine in the morning in Berlin is an hour later in UTC.
    hours = {datetime.fromtimestamp(record.slot.instant, UTC).strftime("%d %H") for record in records}
    assert {"24 07", "25 08"} <= hours


def test_the_report_names_the_rule_that_made_it_worse(reports: Path) -> None:
    told = simulator(
        "sla", "--month", "2026-10", "--objective", "90%", "--format", "json", "--reports", str(reports)
    )
    assert told.code == 1
    made = Sla.model_validate_json(told.out)
    (worse,) = [one for one in made.regressions if one.alert == "Down"]
    assert "rule" in " ".join(worse.changed)
    assert datetime.fromtimestamp(worse.since, UTC).date() == CHANGED_ON.date()
    assert {one.rule for one in made.alerts if one.alert == "Down"} == {BEFORE, AFTER}
    assert {one.outcome for one in made.not_run} == {"skipped", "missed"}
    lines = {heading: [line.text for line in said] for heading, said in sections(made)}
    assert any("closed on this day" in line for line in lines["Slots that did not run"])
    assert any("month end" in line for line in lines["Slots that did not run"])


def test_the_journals_say_the_same(reports: Path) -> None:
    asked = ("sla", "--month", "2026-10", "--format", "json", "--reports", str(reports))
    assert simulator(*asked).out == simulator(*asked, "--verify").out


def test_slots_that_did_not_run_are_those_of_the_time_and_the_environment() -> None:
    made = sla([], Period(start=0.0, end=10.0), 0.9)
    assert made.not_run == ()
