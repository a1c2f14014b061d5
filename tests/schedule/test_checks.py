"""Every reason for which a slot does not run, provoked for real, and the order in which they are asked."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from simulator.attached.environment import Attached
from simulator.attached.saved import save
from simulator.attached.settings import AttachedSettings
from simulator.base.errors import BadInput
from simulator.environments.settings import environment_settings
from simulator.safety.runlock import run_lock
from simulator.safety.stopsign import stop_sign
from simulator.schedule.book import Book
from simulator.schedule.checks import Checks, shortest
from simulator.schedule.children import Children
from simulator.schedule.models import Placed, Schedule
from simulator.schedule.slots import Slot, slots
from tests.fakes.clock import FakeClock
from tests.schedule.office import TUESDAY, placed, weekly

ENVIRONMENT = """\
stack: attached
identity: {label: env, equals: staging}
prometheus: {url: "http://127.0.0.1:9"}
alertmanagers: [{url: "http://127.0.0.1:9"}]
pages: {judge_at: accepted}
touch: [db]
services:
  db: {postgres: "env:DSN"}
"""
EXPERIMENT = "title: Nothing happens\nobserve: 60s\n"
CLOSED = date(2026, 11, 3).isoformat()


class Place:
    """A folder of scenarios, a state home, and a clock at the slot's time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "experiments").mkdir()
        (folder / "experiments" / "calm.yaml").write_text(EXPERIMENT)
        self.environment = folder / "staging.yaml"
        self.environment.write_text(ENVIRONMENT)
        self.clock = FakeClock(TUESDAY.replace(hour=9, minute=0, second=0))
        self.checks = Checks(folder / "reports", self.clock, lambda _: 900.0, Children())

    def schedule(self, **said: object) -> Schedule:
        return weekly(run="calm", environment="staging.yaml", **said)

    async def why(self, **said: object) -> str:
        one = placed(self.schedule(**said), self.folder)
        return await self.checks.refusal(one, slot_of(one))

    @property
    def state(self) -> Path:
        """Where a run has begun."""
        settings = environment_settings(str(self.environment))
        assert isinstance(settings, AttachedSettings)
        folder = Attached(settings).state
        save(settings, folder)
        return folder


def slot_of(one: Placed) -> Slot:
    return next(slots(one.schedule, datetime(2026, 11, 3, 8, tzinfo=UTC)))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Place(tmp_path)


async def test_nothing_in_the_way_is_no_reason(place: Place) -> None:
    assert await place.why() == ""


async def test_the_stop_sign(place: Place) -> None:
    stop_sign().set("incident 4711")
    assert "incident 4711" in await place.why()


async def test_a_pause(place: Place) -> None:
    Book(place.folder / "reports", "weekly").pause("release week")
    assert await place.why() == "paused: release week"


async def test_a_closed_day(place: Place) -> None:
    assert await place.why(closed=[CLOSED]) == "closed on this day"


@pytest.mark.parametrize(
    ("blackout", "meets"),
    [
        (
            "days: [tue], start: '10:10', end: '11:00', zone: Europe/Berlin",
            True,
        ),  # within its quarter of an hour
        ("days: [tue], start: '10:20', end: '11:00', zone: Europe/Berlin", False),
        ("dates: [2026-11-03], zone: Europe/Berlin", True),
        ("dates: [2026-11-04], zone: Europe/Berlin", False),
    ],
)
async def test_a_blackout_anywhere_in_its_length(place: Place, blackout: str, *, meets: bool) -> None:
    place.environment.write_text(f"{ENVIRONMENT}blackouts:\n  - {{because: month end, {blackout}}}\n")
    why = await place.why()
    assert ("month end" in why) is meets
    assert meets or why == ""


async def test_another_run(place: Place) -> None:
    with run_lock(place.state / "run.lock"):
        assert "another run" in await place.why()
    assert await place.why() == ""


async def test_another_run_is_waited_for_as_long_as_was_said(place: Place) -> None:
    with run_lock(place.state / "run.lock"):
        assert "(waited 600 s)" in await place.why(overlap={"wait": "10m"})
    assert place.clock.passed == pytest.approx(600, abs=2)


async def test_another_slot_of_the_same_step(place: Place) -> None:
    first = placed(place.schedule(), place.folder)
    second = placed(place.schedule().model_copy(update={"name": "other"}), place.folder)
    assert await place.checks.refusal(first, slot_of(first)) == ""
    assert await place.checks.refusal(second, slot_of(second)) == "a slot of another schedule runs there"
    place.checks.give_back(second)  # which has not got it
    assert await place.checks.refusal(second, slot_of(second)) == "a slot of another schedule runs there"
    place.checks.give_back(first)
    assert await place.checks.refusal(second, slot_of(second)) == ""


async def test_what_is_left_injected_until_it_is_undone(place: Place) -> None:
    (place.state / "open").mkdir()
    left = place.state / "open" / "simulator-0123.json"
    left.write_text("{}")
    assert "left injected: 1 fault; undo it: simulator undo --environment attached-" in await place.why()
    left.unlink()
    assert await place.why() == ""


async def test_a_dry_run_that_fails(place: Place) -> None:
    os.environ.pop("DSN", None)
    why = await place.why(dry_run_first=True)
    assert why.startswith("its dry run left with 2: ")


async def test_an_environment_that_is_gone(place: Place) -> None:
    place.environment.unlink()
    assert "staging.yaml" in await place.why()


async def test_they_are_asked_in_their_order(place: Place) -> None:
    (place.state / "open").mkdir()
    (place.state / "open" / "simulator-0123.json").write_text("{}")
    place.environment.write_text(f"{ENVIRONMENT}blackouts:\n  - {{because: month end}}\n")
    Book(place.folder / "reports", "weekly").pause("release week")
    stop_sign().set("incident 4711")
    ways_out: list[tuple[str, Callable[[], object]]] = [
        ("incident 4711", stop_sign().clear),
        ("release week", Book(place.folder / "reports", "weekly").go_on),
    ]
    for expected, way_out in ways_out:
        assert expected in await place.why(closed=[CLOSED])
        way_out()
    assert await place.why(closed=[CLOSED]) == "closed on this day"
    assert "month end" in await place.why()
    place.environment.write_text(ENVIRONMENT)
    assert "left injected" in await place.why()


def test_no_run_is_shorter_than_its_experiments_are_watched(tmp_path: Path) -> None:
    one = Place(tmp_path)
    assert shortest(placed(one.schedule(repeat=3), tmp_path)) == 180.0
    with pytest.raises(BadInput, match="nothing"):
        shortest(placed(weekly(run="nothing"), tmp_path))
