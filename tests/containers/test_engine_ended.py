"""The engine is killed, frozen, or out of memory while a fault on containers bites: its guard undoes it in time."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError
from simulator.doors.workload import UnlinkedWorkload
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.faults import FaultRecord, fault_named
from tests.checkout import ROOT
from tests.containers.test_container_faults import HARMS as EVERY_HARM
from tests.contract.traffic import readers

CLEAN_WITHIN = {"killed": 5.0, "frozen": 8.0, "out of memory": 5.0}
"""Seconds from the engine's end (frozen: from freezing, of which it is given 3 s to wake up) until the harm is gone."""
CONFIRMED_WITHIN = 40.0
"""Seconds for the guard's undo to say so: how fast Python starts on a busy machine is measured, not promised."""
ROOM = 64 * 1024 * 1024
"""Bytes that an engine may use beyond what it uses already, in the test that takes its memory away."""
MEMORY_V1, MEMORY_V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")

End = Callable[["asyncio.subprocess.Process"], None]


def kill(engine: "asyncio.subprocess.Process") -> None:
    engine.send_signal(signal.SIGKILL)


def freeze(engine: "asyncio.subprocess.Process") -> None:
    engine.send_signal(signal.SIGSTOP)


def starve(engine: "asyncio.subprocess.Process") -> None:
    """Let it eat all that its group may have: the kernel ends it."""
    assert engine.stdin is not None
    engine.stdin.write(b"eat\n")


HARMS = [
    # Where the API would have to start again: not it, or a cold start of Python would be timed, not the undo.
    "{fault: service-kill, service: redis}",
    "{fault: service-hang, service: redis}",
    "{fault: container-kill, service: postgres}",
    "{fault: container-stop, service: redis-exporter}",
    "{fault: container-pause, service: api}",
    "{fault: container-crash, service: redis-exporter}",
    # But here: what a Go program needs is mostly its file, which the kernel can do without for long.
    "{fault: container-oom, service: api}",
    "{fault: cpu-throttle, service: api, cores: 0.02}",
    "{fault: network-cut, service: redis}",
    "{fault: network-loss, service: api}",
    "{fault: bandwidth-limit, service: api, kilobits: 64}",
]
ENDS: dict[str, End] = {"killed": kill, "frozen": freeze, "out of memory": starve}


def test_no_fault_is_forgotten() -> None:
    assert [harm.split(",")[0] for harm in HARMS] == [harm.split(",")[0] for harm in EVERY_HARM]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("yaml", HARMS)
async def test_its_guard_undoes_everything_in_time(
    compose: ComposeInfo, tmp_path: Path, yaml: str, end: str
) -> None:
    (tmp_path / "ends.yaml").write_text(f"title: The engine ends\nfaults: [{yaml}]\n")
    took = [await ended(compose, tmp_path, end)]
    if took[0] > CLEAN_WITHIN[end]:
        # A neighbour may have had the processors for those seconds; a promise that is not kept fails again.
        print(f"{yaml}, engine {end}: {took[0]:.1f} s, once more", file=sys.__stderr__)
        took.append(await ended(compose, tmp_path, end))
    assert min(took) <= CLEAN_WITHIN[end], took


async def ended(compose: ComposeInfo, folder: Path, end: str) -> float:
    """End an engine whose fault bites; how long the harm outlived it, in seconds."""
    open_faults = OpenFaults(compose.folder / "open")
    async with readers(compose), started(folder) as engine:
        with limited(engine.pid, end):
            (record,) = open_faults.all()
            began = time.monotonic()
            ENDS[end](engine)
            clean = await seen(lambda: is_undone(record), began)
            confirmed = await seen(lambda: nothing_open(open_faults), began)
            code = await engine.wait()
    print(f"{record.fault}, engine {end}: clean {clean:.1f} s, confirmed {confirmed:.1f} s")  # noqa: T201  the figures are the point
    assert code == -signal.SIGKILL
    assert await is_undone(record)
    return clean


@asynccontextmanager
async def started(folder: Path) -> "AsyncIterator[asyncio.subprocess.Process]":
    """An engine whose fault bites; ended at the end, if nothing else did."""
    with (folder / "engine.log").open("w+") as log:
        engine = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.containers.lone_engine"),
            *(f"simulator-{folder.name[-20:]}", str(folder / "ends.yaml")),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            assert engine.stdout is not None
            async with asyncio.timeout(60):
                said = await engine.stdout.readline()
            assert said == b"effective\n", (folder / "engine.log").read_text()
            yield engine
        finally:
            if engine.returncode is None:
                engine.kill()
                await engine.wait()


@contextmanager
def limited(pid: int, end: str) -> Iterator[None]:
    """Put the engine, and not its guard, into a group with little memory left, where the test is about that."""
    if end != "out of memory":
        yield
        return
    used = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    old = MEMORY_V1.is_dir()
    group = (MEMORY_V1 if old else MEMORY_V2) / f"simulator-test-{pid}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no memory group can be made here: {error}")
    try:
        limit = "memory.limit_in_bytes" if old else "memory.max"
        (group / limit).write_text(str(used + ROOM))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        group.rmdir()


async def seen(condition: Callable[[], Awaitable[bool]], began: float) -> float:
    """Wait until it is so; returns how long after `began` that was, in seconds."""
    while not await condition():
        took = time.monotonic() - began
        assert took < CONFIRMED_WITHIN, f"not so {took:.1f} s after the engine's end"
        await SystemClock().sleep(0.05)
    return time.monotonic() - began


async def nothing_open(open_faults: OpenFaults) -> bool:
    return not open_faults.paths()


async def is_undone(record: FaultRecord) -> bool:
    """The fault's own check, from another process than the one that injected it."""
    clock = RunClock(SystemClock())
    doors = resolve("compose").open(clock, UnlinkedWorkload(clock))
    try:
        return (await fault_named(record.fault).is_undone(record, doors)).ok
    except DoorError:
        return False
    finally:
        await doors.close()
