"""The stop sign and the audit trail: files that other processes write and read."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.base.errors import HarnessError, Unsafe
from simulator.safety.audit import AuditTrail
from simulator.safety.stopsign import LONGEST, UNSAID, StopSign
from tests.fakes.clock import FakeClock


def test_a_stop_keeps_its_first_reason_until_it_is_cleared(tmp_path: Path) -> None:
    sign = StopSign(tmp_path / "state" / "stop")
    sign.refuse()
    assert not sign.clear()
    sign.set("the shop\nis on fire")
    sign.set("another")
    with pytest.raises(Unsafe, match=r"\(the shop is on fire\); allow it: simulator stop --clear"):
        sign.refuse()
    assert sign.clear()
    sign.refuse()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", UNSAID), (b"\xff\x00 \n why", "\ufffd\x00 why"), (b"x" * 10_000_000, "x" * LONGEST)],
    ids=["empty", "rubbish", "huge"],
)
def test_whatever_is_in_the_file_its_being_there_stops(tmp_path: Path, content: bytes, reason: str) -> None:
    sign = StopSign(tmp_path / "stop")
    sign.path.write_bytes(content)
    assert sign.read() == reason


def test_a_sign_that_cannot_be_read_stops(tmp_path: Path) -> None:
    sign = StopSign(tmp_path / "stop")
    sign.path.mkdir()
    assert sign.read().endswith("cannot be read: Is a directory")
    with pytest.raises(HarnessError, match=r"cannot be removed"):
        sign.clear()


def test_a_sign_that_cannot_be_set_says_what_else_ends_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match=r"cannot be set: .*; end the run with Ctrl-C"):
        StopSign(tmp_path / "file" / "stop").set("why")


def test_the_trail_says_who_did_what_where_and_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50022 192.0.2.1 22")
    monkeypatch.setenv("SUDO_USER", "ada")
    trail = AuditTrail(tmp_path / "state" / "audit.jsonl", FakeClock(), "embedded")
    trail.write("run began", "20260102-demo")
    trail.write("run ended", "20260102-demo", "exit code 0")
    first, last = trail.read()
    assert (first.deed, last.deed, last.detail) == ("run began", "run ended", "exit code 0")
    assert first.who.endswith("(sudo by ada)")
    assert first.where.endswith("ssh from 192.0.2.7")
    assert (first.process, first.environment) == (os.getpid(), "embedded")
    assert f"{first.at:%Y-%m-%d %H:%M:%S}" == "2026-01-02 03:04:05"
    assert stat.S_IMODE(trail.path.stat().st_mode) == 0o600


def test_many_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path / "audit.jsonl", FakeClock())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: trail.write("undone", f"fault {number} " + "x" * 2000), range(100)))
    assert len(trail.read()) == len(trail.path.read_text().splitlines()) == 100


def test_a_damaged_line_hides_no_other(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path / "audit.jsonl", FakeClock())
    trail.write("run began", "one")
    with trail.path.open("ab") as file:
        file.write(b"\xff{}\n")
    trail.write("run ended", "one")
    assert [entry.deed for entry in trail.read()] == ["run began", "run ended"]


def test_without_a_trail_nothing_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match="nothing is done without it"):
        AuditTrail(tmp_path / "file" / "audit.jsonl", FakeClock()).write("run began", "one")
