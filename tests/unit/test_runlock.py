"""The run lock: runs are refused at once, an undo waits, and a guard's undo goes on under the engine's lock."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, Unsafe
from simulator.safety.runlock import UNDO_WAITS, run_lock, undo_lock
from tests.fakes.clock import FakeClock


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "stack" / "run.lock"


def holder(lock: Path) -> str:
    return lock.read_text()


def test_a_second_run_is_refused_and_told_who_runs(lock: Path) -> None:
    refused = rf"another run \(process {os.getpid()}\) is under way on this stack"
    with run_lock(lock), pytest.raises(Unsafe, match=refused), run_lock(lock):
        pytest.fail("two runs on one stack")
    with run_lock(lock):
        assert holder(lock) == f"{os.getpid()} run\n"
    assert holder(lock) == "", "who takes it next must not be taken for a run that has ended"


@pytest.mark.parametrize("ends", [True, False])
async def test_an_undo_leaves_no_name_behind_however_it_ends(lock: Path, ends: bool) -> None:
    with suppress(KeyError):
        async with undo_lock(lock, RunClock(FakeClock()), pytest.fail):
            if not ends:
                raise KeyError
    assert holder(lock) == ""


async def test_an_undo_waits_until_the_run_has_ended_and_says_so(lock: Path) -> None:
    said: list[str] = []
    clock = FakeClock()
    waits = asyncio.Event()

    def say(text: str) -> None:
        said.append(text)
        waits.set()

    async def undo() -> str:
        async with undo_lock(lock, RunClock(clock), say):
            return holder(lock)

    with run_lock(lock):
        undoing = asyncio.create_task(undo())
        await waits.wait()
    assert await undoing == f"{os.getpid()} undo\n"
    assert said == [f"waiting up to 30 s for the run (process {os.getpid()}) that holds this stack"]
    assert clock.passed < 1


async def test_an_undo_does_not_wait_for_ever(lock: Path) -> None:
    clock = FakeClock()
    with run_lock(lock), pytest.raises(Unsafe, match="another run "):
        async with undo_lock(lock, RunClock(clock), lambda _: None):
            pytest.fail("an undo beside a run")
    assert clock.passed == pytest.approx(UNDO_WAITS)


@contextmanager
def inherited(lock: Path) -> Iterator[int]:
    """The lock as a dead engine leaves it to its guard: held, by a descriptor that a stray child has as well."""
    lock.parent.mkdir()
    handle = os.open(lock, os.O_RDWR | os.O_CREAT)
    stray = os.dup(handle)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.write(handle, b"a much longer text than a process id\n")
    try:
        yield handle
    finally:
        os.close(stray)


async def test_an_inherited_lock_is_held_until_the_undo_is_done(lock: Path) -> None:
    with inherited(lock) as handle:
        async with undo_lock(lock, RunClock(FakeClock()), pytest.fail, handle):
            assert holder(lock) == f"{os.getpid()} undo\n"
            with pytest.raises(Unsafe, match=r"another undo \(process \d+\)"), run_lock(lock):
                pytest.fail("a run beside an undo")
        with run_lock(lock):
            pass


async def test_what_is_not_the_lock_is_refused(lock: Path) -> None:
    with run_lock(lock):
        pass
    with (lock.parent / "other").open("w") as other:
        for handle in (other.fileno(), 999):
            with pytest.raises(BadInput, match=f"--run-lock {handle} is no descriptor of {lock}"):
                async with undo_lock(lock, RunClock(FakeClock()), pytest.fail, handle):
                    pytest.fail("an undo without the lock")
