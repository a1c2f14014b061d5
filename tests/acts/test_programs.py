"""The fault `command`: programs that are run for real, and its promises."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from simulator.attached.acts import programs_of
from simulator.attached.service import Commands
from simulator.base.errors import DoorError, LeftInjected
from simulator.doors import groups, launch
from simulator.doors.acts import ActFailed
from simulator.doors.programs import Programs
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.openfaults import OpenFaults
from simulator.engine.undo import sweep
from simulator.faults import GUARD_ONLY, FaultRecord, fault_named
from simulator.faults.base.acted import rehearse
from simulator.faults.command import Record
from simulator.journal.facts import FaultChecked, FaultUndone, Note
from simulator.journal.file import Journal
from simulator.safety.audit import AuditTrail
from tests.acts.target import Target, doors_to
from tests.fakes.doors import journal_in_memory
from tests.stack.waiting import eventually

RECORD = Record(fault="command", id="simulator-0123456789ab", service="pay")
SECRET = "s3cret-of-the-payments"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path)


class Bench:
    """An injector on real time, and what is looked at after it."""

    def __init__(self, target: Target, programs: Programs) -> None:
        self.target = target
        self.doors = doors_to(programs={"pay": programs})
        self.journal: Journal = journal_in_memory(self.doors.clock)
        self.open_faults = OpenFaults(target.folder / "open")
        self.injector = Injector(self.doors, self.journal, self.open_faults)

    async def run(self, effective_within: float = 15.0) -> list[FaultRecord]:
        """Inject and undo; returns what was on disk while it bit."""
        async with self.injector.injected(RECORD, effective_within):
            assert self.target.is_harmed
            return self.open_faults.all()

    @property
    def checks(self) -> list[tuple[bool, str]]:
        return [(fact.ok, fact.observed) for fact in self.journal.facts if isinstance(fact, FaultChecked)]

    @property
    def undone(self) -> tuple[bool, str]:
        (fact,) = [fact for fact in self.journal.facts if isinstance(fact, FaultUndone)]
        return fact.confirmed, fact.observed


async def sweep_from_elsewhere(target: Target) -> list[str]:
    """Undo without any environment; what it said."""
    said: list[str] = []
    doors = doors_to()
    trail = AuditTrail(target.folder / "audit" / "trail.jsonl", doors.clock.clock, "elsewhere")
    await sweep(OpenFaults(target.folder / "open"), doors, said.append, trail)
    return said


async def test_it_bites_and_is_undone(target: Target) -> None:
    bench = Bench(target, target.programs(timeout="3s"))
    (on_disk,) = await bench.run()
    assert isinstance(on_disk, Record)
    assert on_disk.acts is not None
    assert on_disk.acts.lines["undo"] == (str(target.folder / "undo"), "an argument")
    assert not target.is_harmed
    assert bench.checks[-1] == (True, "check: it bites")
    assert bench.undone == (True, "check: it does not bite, throughout 3 s")
    assert [note.text for note in bench.journal.facts if isinstance(note, Note)] == [
        f"command {RECORD.id}: {GUARD_ONLY}"
    ]
    assert list(target.notes.iterdir()) == []


async def test_the_target_is_armed_before_it_is_harmed(target: Target) -> None:
    bench = Bench(target, target.programs(arm="test ! -e harm", timeout="3s"))
    await bench.run()
    assert target.ran[:2] == ["arm", "inject"]
    assert not any(isinstance(fact, Note) for fact in bench.journal.facts)


async def test_what_cannot_be_armed_is_not_harmed(target: Target) -> None:
    bench = Bench(target, target.programs(arm="exit 3", timeout="3s"))
    with pytest.raises(NotEffective):
        await bench.run()
    assert "inject" not in target.ran
    assert bench.checks == [(False, "not injected: arm exited 3")]
    assert bench.undone[0]


async def test_record_and_process_are_on_disk_before_the_program_begins(target: Target) -> None:
    look = f"cp notes/{RECORD.id}.inject noted && cp open/{RECORD.id}.json recorded && echo $$ > pid && touch harm"
    await Bench(target, target.programs(inject=look, timeout="3s")).run()
    noted = groups.Group.model_validate_json((target.folder / "noted").read_text())
    assert noted.pid == int((target.folder / "pid").read_text())
    assert json.loads((target.folder / "recorded").read_text())["acts"]["lines"]["check"][0].endswith(
        "/check"
    )


async def test_no_secret_is_shown_anywhere(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAY_TOKEN", SECRET)
    monkeypatch.setenv("NOT_FOR_PROGRAMS", "1")
    show = "env > environment; tr '\\0' ' ' < /proc/$$/cmdline > cmdline; touch harm"
    broken = 'echo "using $TOKEN" >&2; exit 2'
    programs = target.programs(inject=show, undo=broken, timeout="3s", undo_within="0.1s")
    programs = programs.model_copy(update={"secrets": {"TOKEN": "env:PAY_TOKEN"}})
    bench = Bench(target, programs)
    await bench.run()
    given = dict(line.split("=", 1) for line in (target.folder / "environment").read_text().splitlines())
    assert (given["TOKEN"], given["SIMULATOR_FAULT"]) == (SECRET, RECORD.id)
    assert "NOT_FOR_PROGRAMS" not in given
    is_undone, told_of_it = bench.undone
    assert not is_undone
    assert "ActFailed: undo exited 2" in told_of_it
    kept = [path for path in target.folder.rglob("*") if path.is_file() and path.name != "environment"]
    assert not [path for path in kept if SECRET in path.read_text()]
    assert SECRET not in "".join(fact.model_dump_json() for fact in bench.journal.facts)
    told = await rehearse(programs)
    assert told.observed == "rehearsal: undo exited 2: using env:PAY_TOKEN"


async def test_a_secret_that_is_missing_harms_nothing(target: Target) -> None:
    programs = target.programs().model_copy(update={"secrets": {"TOKEN": "env:PAY_TOKEN"}})
    bench = Bench(target, programs)
    with pytest.raises(NotEffective):
        await bench.run()
    assert (target.ran, bench.open_faults.all()) == ([], [])
    assert "env:PAY_TOKEN: the variable is not set" in bench.checks[0][1]


async def test_a_secret_that_is_missing_at_the_undo_is_named(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = target.programs(timeout="2s", undo_within="0.1s")
    monkeypatch.setenv("PAY_TOKEN", SECRET)
    record = RECORD.model_copy(
        update={"acts": programs.model_copy(update={"secrets": {"TOKEN": "env:PAY_TOKEN"}}).ready()}
    )
    OpenFaults(target.folder / "open").add(record)
    monkeypatch.delenv("PAY_TOKEN")
    with pytest.raises(LeftInjected, match="env:PAY_TOKEN: the variable is not set"):
        await sweep_from_elsewhere(target)
    monkeypatch.setenv("PAY_TOKEN", SECRET)
    await sweep_from_elsewhere(target)
    assert "undo" in target.ran


@pytest.mark.parametrize(
    ("check", "observed"),
    [
        ("exit 2", "the check failed: check exited 2 (unknown)"),
        ("kill -9 $$", "the check failed: check was ended by signal 9 (unknown)"),
        ("sleep 60", "the check failed: check did not end within 1.5 s"),
        ("exit 1", "check: it does not bite"),
    ],
)
async def test_no_error_counts_as_effective(target: Target, check: str, observed: str) -> None:
    bench = Bench(target, target.programs(check=check, timeout="1.5s", undo_within="0.1s"))
    with pytest.raises(NotEffective):
        await bench.run(effective_within=0.1)
    assert bench.checks[-1] == (False, observed)


@pytest.mark.parametrize("check", ["exit 2", "kill -9 $$", "sleep 60", "exit 0"])
async def test_no_error_counts_as_undone(target: Target, check: str) -> None:
    record = RECORD.model_copy(
        update={"acts": target.programs(check=check, timeout="0.5s", undo_within="0.1s").ready()}
    )
    OpenFaults(target.folder / "open").add(record)
    with pytest.raises(LeftInjected, match="command simulator-0123456789ab could not be undone: "):
        await sweep_from_elsewhere(target)
    assert OpenFaults(target.folder / "open").all() == [record]


async def test_a_remote_effect_that_comes_late_is_undone_as_well(target: Target) -> None:
    """The first undo is overtaken by what was on its way; the check sees it, and the second takes it away."""
    come_late = "test -e came || { touch came; (sleep 0.3; touch harm) & }"
    programs = target.programs(undo=f"rm -f harm; {come_late}", timeout="2s")
    bench = Bench(target, programs)
    await bench.run()
    assert bench.undone[0]
    assert not target.is_harmed
    assert target.ran.count("undo") == 2


async def test_what_does_not_end_in_time_is_ended_with_its_children(target: Target) -> None:
    bench = Bench(target, target.programs(inject="sleep 60 & sleep 60", timeout="0.5s"))
    with pytest.raises(NotEffective):
        await bench.run()
    assert bench.checks == [(False, "not injected: inject did not end within 0.5 s")]
    assert target.at_work(RECORD.id) == []


async def test_what_is_not_waited_for_any_more_is_ended_with_its_children(target: Target) -> None:
    bench = Bench(target, target.programs(inject="sleep 60 & touch begun; sleep 60", timeout="5s"))
    running = asyncio.create_task(bench.run())
    await asyncio.to_thread(eventually, "it runs", (target.folder / "begun").exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 90)
    assert target.at_work(RECORD.id) == []


async def test_children_that_an_injection_leaves_behind_end_with_its_undo(target: Target) -> None:
    bench = Bench(target, target.programs(inject="touch harm; sleep 60 &", timeout="3s"))
    async with bench.injector.injected(RECORD, 15.0):
        assert target.at_work(RECORD.id)
    assert target.at_work(RECORD.id) == []


async def test_a_stranger_that_was_given_the_same_number_is_left_alone(target: Target) -> None:
    stranger = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    try:
        note = target.folder / "a.inject"
        before = groups.Group(pid=stranger.pid, started=launch.started(stranger.pid) - 1, boot=launch.boot())
        note.write_text(before.model_dump_json())
        await groups.end(note, doors_to().clock)
        assert (stranger.returncode, note.exists()) == (None, False)
        rebooted = before.model_copy(update={"started": before.started + 1, "boot": "another"})
        note.write_text(rebooted.model_dump_json())
        await groups.end(note, doors_to().clock)
        assert launch.started(stranger.pid) == before.started + 1
    finally:
        stranger.kill()
        assert await stranger.wait() == -9


def test_a_program_whose_starter_is_gone_never_begins(target: Target) -> None:
    target.programs()
    nobody = str(os.getpid() + 1)
    note = target.folder / "note"
    launcher = [sys.executable, "-I", "-S", launch.__file__, nobody, str(note), str(target.folder / "inject")]
    assert subprocess.run(launcher, cwd=target.folder, timeout=60, check=False).returncode != 0
    assert (target.ran, note.exists()) == ([], False)


def test_a_program_that_cannot_be_noted_never_begins(target: Target) -> None:
    target.programs()
    note = target.folder / "no such folder" / "note"
    launcher = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(note)]
    done = subprocess.run(
        [*launcher, str(target.folder / "inject")],
        cwd=target.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, target.ran) == (127, [])
    assert done.stderr == f"{note}: No such file or directory\n"


async def test_a_program_that_is_not_there_is_named_before_anything_is_harmed(target: Target) -> None:
    programs = target.programs()
    programs = programs.model_copy(update={"lines": programs.lines | {"undo": ("no-such-program",)}})
    bench = Bench(target, programs)
    with pytest.raises(NotEffective):
        await bench.run()
    assert target.ran == []
    assert "there is no program 'no-such-program' that can be run" in bench.checks[0][1]


@pytest.mark.parametrize(
    ("scripts", "ok", "observed"),
    [
        ({}, True, "rehearsal: undo succeeded, check says that it does not bite"),
        ({"undo": "exit 4"}, False, "rehearsal: undo exited 4"),
        ({"check": "echo no route >&2; exit 255"}, False, "rehearsal: check exited 255 (unknown): no route"),
        (
            {"check": "exit 0"},
            False,
            "rehearsal: after the undo, on a healthy system, check says that it bites",
        ),
        ({"check": "sleep 60", "timeout": "2s"}, False, "rehearsal: check did not end within 2 s"),
    ],
)
async def test_a_rehearsal_says_what_it_saw(
    target: Target, scripts: dict[str, str], observed: str, *, ok: bool
) -> None:
    check = await rehearse(target.programs(**scripts))
    assert (check.ok, check.observed) == (ok, observed)
    assert "inject" not in target.ran


async def test_its_undo_may_take_as_long_as_the_environment_says(target: Target) -> None:
    doors = doors_to(programs={"pay": target.programs(timeout="7s", undo_within="90s")})
    patience = fault_named("command").patience(RECORD, doors)
    assert (patience.within, patience.act) == (104.0, 19.0)


async def test_without_programs_for_the_service_it_is_refused_by_name() -> None:
    with pytest.raises(DoorError, match="no programs are given for 'pay' in this environment; it has none"):
        await fault_named("command").aim(RECORD, doors_to())


async def test_an_act_that_fails_keeps_what_it_said_out_of_its_message(target: Target) -> None:
    programs = target.programs(check="echo host pay1 is away >&2; exit 9").ready()
    with pytest.raises(ActFailed) as failed:
        await programs.bites(RECORD.id)
    assert (str(failed.value), failed.value.said) == ("check exited 9 (unknown)", "host pay1 is away")


def test_what_a_file_says_becomes_programs(tmp_path: Path) -> None:
    said = (
        "arm: [up, later]\ninject: [./down]\ncheck: [is-down]\nundo: [up]\n"
        'environment: {TOKEN: "env:PAY", KEY: "file:keys/pay"}\ntimeout: 3s\nundo_within: 1m\n'
    )
    commands = Commands.model_validate(YAML(typ="safe").load(said))
    programs = programs_of(commands, tmp_path, tmp_path / "notes")
    assert programs.lines["arm"] == ("up", "later")
    assert programs.secrets == {"TOKEN": "env:PAY", "KEY": f"file:{tmp_path}/keys/pay"}
    assert (programs.timeout, programs.undo_within, programs.is_armed) == (3.0, 60.0, True)


def test_an_argument_that_holds_a_secret_is_refused() -> None:
    line = ("curl", "-H", "X-Token: {env:PAY_TOKEN}", "pay1/down")
    with pytest.raises(ValidationError, match="undo: every list of processes shows arguments"):
        Commands(inject=("down",), check=("is-down",), undo=line)
