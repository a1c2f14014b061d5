"""`simulator schedule`, as it is typed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from simulator.attached.environment import Attached
from simulator.attached.saved import save
from simulator.attached.settings import AttachedSettings
from simulator.environments.settings import environment_settings
from simulator.safety.runlock import run_lock
from simulator.schedule.book import Book, SlotRecord
from tests.checkout import ROOT
from tests.cli.commands import Left, simulator
from tests.schedule.test_checks import ENVIRONMENT, EXPERIMENT
from tests.stack.waiting import eventually

WEEKLY = 'run: calm\nenvironment: staging.yaml\nat: "0 10 * * TUE"\nzone: Europe/Berlin\njitter: 15m\n'


class Desk:
    """A folder with a schedule, and a state home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.reports, self.state = folder, folder / "reports", folder / "state"
        for name in ("experiments", "schedules"):
            (folder / name).mkdir()
        (folder / "experiments" / "calm.yaml").write_text(EXPERIMENT)
        (folder / "staging.yaml").write_text(ENVIRONMENT)

    def schedule(self, text: str, name: str = "weekly") -> None:
        (self.folder / "schedules" / f"{name}.yaml").write_text(text)

    def due(self, more: str = "") -> None:
        """A schedule whose only slot of the day was due this minute."""
        now = datetime.now(UTC)
        self.schedule(
            f'run: calm\nenvironment: staging.yaml\nat: "{now.minute} {now.hour} * * *"\ndry_run_first: false\n{more}'
        )

    def typed(self, *words: str, with_reports: bool = True) -> Left:
        where = ["--scenarios", str(self.folder)] if words[0] != "history" else []
        if with_reports:
            where += ["--reports", str(self.reports)]
        return simulator("schedule", *words, *where, state=self.state)

    @property
    def records(self) -> list[SlotRecord]:
        return list(Book(self.reports, "weekly").records())

    @contextmanager
    def held(self) -> Iterator[None]:
        """While another run holds the environment."""
        settings = environment_settings(str(self.folder / "staging.yaml"))
        assert isinstance(settings, AttachedSettings)
        place = self.state / "simulator" / Attached(settings).state.name
        save(settings, place)
        with run_lock(place / "run.lock"):
            yield

    def looking(self) -> "subprocess.Popen[str]":
        """`run-due`, going on."""
        words = ["schedule", "run-due", "--scenarios", str(self.folder), "--reports", str(self.reports)]
        return subprocess.Popen(
            [sys.executable, "-m", "simulator.cli", *words],
            cwd=ROOT,
            env={**os.environ, "XDG_STATE_HOME": str(self.state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_check_says_when_it_runs(desk: Desk) -> None:
    desk.schedule(WEEKLY)
    left = desk.typed("check", with_reports=False)
    assert (left.code, left.err) == (0, "")
    assert left.out.startswith(
        "weekly: runs calm on staging (1 min at least), 0 10 * * TUE in Europe/Berlin; next Tue "
    )


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (WEEKLY.replace("0 10 * * TUE", "0 10 1-7 * TUE"), "whichever comes"),
        (WEEKLY.replace("0 10 * * TUE", "30 2 * * *"), "the clocks skip 02:30"),
        (WEEKLY.replace("0 10 * * TUE", "30 2 * * *"), "the clocks show 02:30 twice"),
        (WEEKLY.replace("0 10 * * TUE", "* * * * *"), "another run under way"),
    ],
)
def test_check_warns_of_what_was_hardly_meant(desk: Desk, text: str, warning: str) -> None:
    desk.schedule(text)
    left = desk.typed("check", with_reports=False)
    assert left.code == 0
    assert warning in left.out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (WEEKLY.replace("run: calm", "run: clam"), "did you mean 'calm'"),
        (WEEKLY.replace("staging.yaml", "stagging.yaml"), "stagging.yaml"),
        (WEEKLY.replace("0 10", "99 10"), "no cron expression"),
        (f"{WEEKLY}notify: {{to: [team]}}\n", "lists nobody called team"),
    ],
)
def test_check_refuses_what_cannot_be_carried_out(desk: Desk, text: str, complaint: str) -> None:
    desk.schedule(text)
    left = desk.typed("check", with_reports=False)
    assert left.code == 2
    assert complaint in left.err
    assert "Traceback" not in left.err


def test_without_schedules_it_says_where_they_belong(desk: Desk) -> None:
    for command in ("check", "next", "run-due", "serve", "ics"):
        left = desk.typed(command, with_reports=command not in ("check", "next"))
        assert left.code == 2
        assert "holds no .yaml file" in left.complaint


def test_next_and_ics_tell_of_the_same_slots(desk: Desk) -> None:
    desk.schedule(WEEKLY)
    listed = [
        line.split()[0] for line in desk.typed("next", "-n", "3", with_reports=False).out.splitlines()[1:]
    ]
    calendar = Calendar.from_ical(desk.typed("ics", "-n", "3").out)
    assert [str(event["uid"]).removesuffix("@simulator") for event in calendar.walk("VEVENT")] == listed
    assert len(listed) == 3


def test_nothing_due_is_no_failure(desk: Desk) -> None:
    desk.schedule(WEEKLY.replace("0 10 * * TUE", "0 0 29 2 *"))
    left = desk.typed("run-due")
    assert (left.code, left.out) == (0, "nothing is due\n")


def test_what_was_due_and_did_not_run_leaves_with_5_once(desk: Desk) -> None:
    desk.due()
    assert desk.typed("pause", "weekly", "release week").code == 0
    left = desk.typed("run-due")
    assert left.code == 5
    assert "skipped (paused: release week)" in left.out
    assert desk.typed("pause", "weekly", "--clear").out == "weekly goes on\n"
    assert desk.typed("run-due").out == "nothing is due\n"
    assert "paused: release week" in desk.typed("history").out


def test_the_code_of_the_run_is_passed_on(desk: Desk) -> None:
    # Nobody listens at its Prometheus: the run itself says so, and leaves with 2.
    desk.due()
    left = desk.typed("run-due")
    assert left.code == 2
    (record,) = desk.records
    assert (record.status, record.exit_code) == ("ended", 2)
    assert "refused: bad input" in left.out


def test_one_bad_file_keeps_no_other_from_running(desk: Desk) -> None:
    desk.due()
    desk.schedule("run: calm\n", "broken")
    left = desk.typed("run-due")
    assert "broken.yaml" in left.err
    assert [record.status for record in desk.records] == ["ended"]
    status = json.loads((desk.reports / ".schedule" / "status.json").read_text())
    assert "broken.yaml" in status["troubles"][0]


def test_several_that_look_at_once_begin_it_once(desk: Desk) -> None:
    desk.due()
    looking = [desk.looking() for _ in range(3)]
    said = [process.communicate(timeout=120)[0] for process in looking]
    assert sorted(process.returncode for process in looking) == [0, 0, 2], said
    assert len(desk.records) == 1


def is_claimed(desk: Desk) -> Callable[[], bool]:
    return lambda: [record.status for record in desk.records] == ["claimed"]


def test_killed_while_it_waits_it_is_not_begun_by_the_next(desk: Desk) -> None:
    desk.due("overlap: {wait: 10m}\n")
    with desk.held():
        process = desk.looking()
        try:
            eventually("it is claimed", is_claimed(desk))
        finally:
            process.kill()
            process.communicate(timeout=30)
    left = desk.typed("run-due")
    assert (left.code, left.out) == (0, "nothing is due\n")
    (record,) = desk.records
    assert (record.status, record.reason) == ("skipped", "whoever looked at it is gone; nothing was begun")


def test_told_to_end_while_it_waits_it_says_so(desk: Desk) -> None:
    desk.due("overlap: {wait: 10s}\n")
    with desk.held():
        process = desk.looking()
        eventually("it is claimed", is_claimed(desk))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 5, said
    assert [record.status for record in desk.records] == ["skipped"]


@pytest.mark.parametrize("kind", ["systemd", "cron", "github", "gitlab", "k8s", "container"])
def test_every_recipe_is_printed(desk: Desk, kind: str) -> None:
    desk.schedule(WEEKLY)
    left = desk.typed("render", kind)
    assert (left.code, left.err) == (0, "")
    assert "schedule" in left.out


def test_an_unknown_recipe_is_answered_with_the_nearest(desk: Desk) -> None:
    desk.schedule(WEEKLY)
    left = desk.typed("render", "system")
    assert left.code == 2
    assert "did you mean 'systemd'" in left.complaint
