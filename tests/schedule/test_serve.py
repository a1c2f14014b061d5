"""The server begins a step when one is due, whatever happens to the clock, and is small and quiet."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from simulator.schedule import serve
from simulator.schedule.serve import LOOK_EVERY, Server
from tests.checkout import ROOT
from tests.fakes.clock import FakeClock
from tests.stack.waiting import eventually

IDLE_MIB = 40.0
"""What the server may take while nothing is due."""


class Serving:
    """A server whose steps write down when they were taken, and say when the next is due."""

    def __init__(self, folder: Path, code: int = 0) -> None:
        self.clock, self.folder, self.code = FakeClock(), folder, code
        self.taken: list[float] = []
        self.said: list[str] = []
        self.next: Callable[[], float] = lambda: self.clock.now().timestamp() + 3600
        self.busy: list[asyncio.Event] = []
        (folder / "schedules").mkdir()
        self.server = Server(folder, folder / "schedules", self._take, self.clock, self.said.append)

    def _take(self) -> "asyncio.Task[int]":
        self.taken.append(round(self.clock.passed, 3))
        return asyncio.create_task(self._step())

    async def _step(self) -> int:
        status = {"at": self.clock.now().timestamp(), "wake": self.next()}
        (self.folder / "status.json").write_text(json.dumps(status))
        if self.busy:
            await self.busy.pop(0).wait()
        return self.code

    @contextlib.asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.server.serve())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def for_(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


async def test_it_takes_a_step_when_the_last_one_said_so_and_no_other(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    async with serving.going():
        await serving.for_(3 * 3600 + 60)
    assert serving.taken[0] == 0
    assert len(serving.taken) == 4
    assert all(0 <= at % 3600 <= 4 * LOOK_EVERY for at in serving.taken)


async def test_while_a_step_runs_for_an_hour_the_next_is_taken_in_its_time(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    serving.busy = [asyncio.Event()]
    serving.next = lambda: serving.clock.now().timestamp() + 600
    async with serving.going():
        await serving.for_(1260)
    assert len(serving.taken) == 3


@pytest.mark.parametrize("set_by", [86_400.0, -86_400.0])
async def test_a_clock_that_is_set_has_it_look_at_once(tmp_path: Path, set_by: float) -> None:
    serving = Serving(tmp_path)
    async with serving.going():
        await serving.for_(60)
        before = len(serving.taken)
        serving.clock.start += timedelta(seconds=set_by)
        await serving.for_(2 * LOOK_EVERY)
        assert len(serving.taken) == before + 1
        await serving.for_(60)
        assert len(serving.taken) == before + 1


async def test_a_schedule_that_changes_is_looked_at_within_seconds(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    async with serving.going():
        await serving.for_(60)
        (tmp_path / "schedules" / "new.yaml").write_text("run: smoke\n")
        await serving.for_(2 * LOOK_EVERY)
    assert len(serving.taken) == 2


async def test_steps_that_fail_are_said_and_make_it_unwell_after_two_hours(tmp_path: Path) -> None:
    serving = Serving(tmp_path, code=70)
    async with serving.going():
        await serving.for_(3600)
        assert serving.server.is_well
        await serving.for_(2 * 3600)
        assert not serving.server.is_well
    assert serving.said
    assert len(serving.taken) <= 4  # and none is taken again and again


async def test_a_step_that_leaves_no_word_is_not_taken_again_and_again(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    serving.next = lambda: serving.clock.now().timestamp() - 1
    async with serving.going():
        await serving.for_(600)
    assert len(serving.taken) <= 11


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The real one, as a user starts it; and the address of its page."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "simulator.cli", "schedule", "serve"]
    command += ["--scenarios", str(folder), "--reports", str(folder / "reports")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert "http://127.0.0.1:" in said
        yield process, said.rsplit(" ", 1)[1].strip().rstrip("/")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        assert process.stderr is not None
        process.stderr.close()


def test_the_real_one_is_small_shows_how_things_stand_and_ends(tmp_path: Path) -> None:
    (tmp_path / "schedules").mkdir()
    (tmp_path / "schedules" / "yearly.yaml").write_text('run: smoke\nat: "0 3 1 1 *"\nzone: Europe/Berlin\n')
    with served(tmp_path) as (process, url):
        eventually("a page is there", lambda: httpx.get(f"{url}/").status_code == 200)
        page, metrics = httpx.get(f"{url}/").text, httpx.get(f"{url}/metrics").text
        assert "yearly" in page
        assert 'simulator_schedule_next_slot_timestamp_seconds{schedule="yearly"}' in metrics
        assert httpx.get(f"{url}/health").status_code == 200
        assert httpx.get(f"{url}/nothing").status_code == 404
        assert httpx.get(f"{url}/", headers={"Host": "evil.example"}).status_code == 403
        eventually("no step goes on", lambda: not psutil.Process(process.pid).children())
        assert psutil.Process(process.pid).memory_info().rss / 2**20 < IDLE_MIB
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_it_imports_next_to_nothing() -> None:
    code = f"import sys, {serve.__name__}; print([n for n in sys.modules if n.split('.')[0] in ('pydantic', 'httpx', 'rich')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
