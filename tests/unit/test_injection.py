"""The context manager around every fault, on a clock that the test drives."""

import asyncio
import threading
from pathlib import Path

import pytest

from simulator.base.errors import HarnessError, LeftInjected, Unsafe
from simulator.engine.injection import Injector, NotEffective
from simulator.engine.openfaults import OpenFaults
from simulator.engine.undo import sweep
from simulator.faults import Patience
from simulator.faults.base.held import ServiceRecord
from simulator.journal.facts import FaultChecked, FaultUndone
from simulator.safety.audit import AuditTrail
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory

RECORD = ServiceRecord(fault="service-kill", id="simulator-1", service="api")


class Bench:
    """An injector with everything around it, and the parts a test wants to look at."""

    def __init__(self, folder: Path, room: int = 10_000) -> None:
        self.clock = FakeClock()
        self.services = FakeServices()
        self.doors = fake_doors(self.clock, self.services)
        self.open_faults = OpenFaults(folder)
        self.journal = journal_in_memory(self.doors.clock, room)
        self.injector = Injector(self.doors, self.journal, self.open_faults)
        self.audit = AuditTrail(folder / "audit" / "trail.jsonl", self.clock, "in memory")

    @property
    def undone(self) -> list[FaultUndone]:
        return [fact for fact in self.journal.facts if isinstance(fact, FaultUndone)]


async def test_a_fault_is_on_disk_while_it_bites_and_gone_after(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.injector.injected(RECORD, 15.0):
        assert bench.open_faults.all() == [RECORD]
        assert bench.services.held == {"simulator-1": "api killed"}
        checks = [fact.ok for fact in bench.journal.facts if isinstance(fact, FaultChecked)]
        assert checks == [True, True, True]
    assert bench.open_faults.all() == []
    assert bench.services.held == {}
    assert [fact.confirmed for fact in bench.undone] == [True]


def test_looking_while_another_process_undoes_is_no_trouble(tmp_path: Path) -> None:
    kept, undone = RECORD, RECORD.model_copy(update={"id": "simulator-2"})
    here, there, enough = OpenFaults(tmp_path), OpenFaults(tmp_path), threading.Event()
    here.add(kept)

    def inject_and_undo() -> None:
        while not enough.is_set():
            there.add(undone)
            there.remove(undone)

    other = threading.Thread(target=inject_and_undo)
    other.start()
    try:
        seen = [here.all() for _ in range(500)]
    finally:
        enough.set()
        other.join()
    assert all(kept in records for records in seen)


async def test_a_fault_without_effect_is_undone_after_its_cap(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.services.immortal = True
    with pytest.raises(NotEffective):
        async with bench.injector.injected(RECORD, 15.0):
            pytest.fail("the block must not be entered")
    assert 15.0 <= bench.clock.passed < 17.0
    assert bench.open_faults.all() == []


async def test_what_would_reach_further_than_it_names_is_not_injected(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.services.shared = "container erpgo-api lends its network namespace to container erpgo-proxy"
    with pytest.raises(NotEffective):
        async with bench.injector.injected(RECORD, 15.0):
            pytest.fail("the block must not be entered")
    (check,) = [fact for fact in bench.journal.facts if isinstance(fact, FaultChecked)]
    assert check.observed == f"not injected: {bench.services.shared}"
    assert (bench.services.held, bench.open_faults.all()) == ({}, [])


async def test_an_error_inside_the_block_undoes_and_passes_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(RuntimeError, match="boom"):
        async with bench.injector.injected(RECORD, 15.0):
            raise RuntimeError("boom")
    assert bench.services.held == {}


async def test_cancelling_while_it_bites_undoes_before_it_ends(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.services.release_fails = 2
    bites = asyncio.Event()

    async def hold() -> None:
        async with bench.injector.injected(RECORD, 15.0):
            bites.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await bites.wait()
    task.cancel()
    while not bench.undone:
        # A second and a third Ctrl-C change nothing.
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.services.held == {}
    assert bench.undone[0].confirmed


async def test_an_undo_that_fails_is_asked_for_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.injector.injected(RECORD, 15.0):
        bench.services.release_fails = 3
    assert bench.undone[0].confirmed
    assert bench.injector.left == []


async def test_an_undo_that_never_works_stays_on_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.injector.injected(RECORD, 15.0):
        bench.services.release_fails = 1000
        began = bench.clock.passed
    assert 0 <= bench.clock.passed - began - Patience().within < 3
    assert bench.injector.left == ["simulator-1"]
    assert bench.open_faults.all() == [RECORD]
    assert not bench.undone[0].confirmed
    # What is so, and why it could not be helped.
    assert (
        bench.undone[0].observed
        == "api is still held by simulator-1; DoorError: the supervisor does not answer"
    )


async def test_without_a_record_on_disk_nothing_is_injected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bench = Bench(tmp_path / "file" / "open")
    with pytest.raises(HarnessError, match="service-kill is not injected: its record cannot be written"):
        async with bench.injector.injected(RECORD, 15.0):
            pytest.fail("the block must not be entered")
    assert bench.services.held == {}


@pytest.mark.parametrize("room", range(5))
async def test_a_full_disk_under_the_journal_never_leaves_a_fault(tmp_path: Path, room: int) -> None:
    bench = Bench(tmp_path, room)
    with pytest.raises(HarnessError, match="No space left on device"):
        async with bench.injector.injected(RECORD, 15.0):
            pass
    assert bench.services.held == {}
    assert bench.open_faults.all() == []


async def test_what_is_unsafe_ends_an_injection_that_is_under_way(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.services.immortal = True

    def unsafe() -> None:
        raise Unsafe("an abort condition is true")

    bench.injector.stop_if_unsafe = unsafe
    with pytest.raises(Unsafe, match="an abort condition is true"):
        async with bench.injector.injected(RECORD, 15.0):
            pass
    assert (bench.services.held, bench.open_faults.all()) == ({}, [])


async def test_what_could_not_be_undone_is_tried_once_more(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.services.release_fails = 1000
    async with bench.injector.injected(RECORD, 15.0):
        pass
    assert bench.injector.left == ["simulator-1"]
    bench.services.release_fails = 0
    await bench.injector.undo_left()
    assert (bench.injector.left, bench.open_faults.all(), bench.services.held) == ([], [], {})
    assert [fact.confirmed for fact in bench.undone] == [False, True]


async def test_the_sweep_undoes_what_a_dead_engine_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open_faults.add(RECORD)
    bench.services.held["simulator-1"] = "api killed"
    said: list[str] = []
    assert await sweep(bench.open_faults, bench.doors, said.append, bench.audit) == 1
    assert said == ["undone: service-kill simulator-1 (api answers)"]
    assert bench.open_faults.all() == []
    assert await sweep(bench.open_faults, bench.doors, said.append, bench.audit) == 0
    (entry,) = bench.audit.read()
    assert (entry.deed, entry.what, entry.environment) == ("undone", "service-kill simulator-1", "in memory")


async def test_a_sweep_that_fails_says_what_is_left_and_how_to_go_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open_faults.add(RECORD)
    bench.services.held["simulator-1"] = "api killed"
    bench.services.release_fails = 1000
    with pytest.raises(LeftInjected, match=r"service-kill simulator-1 could not be undone.*simulator undo"):
        await sweep(bench.open_faults, bench.doors, lambda _: None, bench.audit)
    assert bench.open_faults.all() == [RECORD]


async def test_what_ended_in_order_meanwhile_took_its_faults_with_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.open_faults.add(RECORD)
    bench.services.held["simulator-1"] = "api killed"
    bench.services.release_fails = 1000
    said: list[str] = []
    assert await sweep(bench.open_faults, bench.doors, said.append, bench.audit, lambda: True) == 1
    assert said == [
        "undone: service-kill simulator-1 (what it was injected into has ended, and it with that)"
    ]
    assert bench.open_faults.all() == []


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulator-2.json").write_text("{")
    with pytest.raises(HarnessError, match=r"simulator-2\.json cannot be read"):
        OpenFaults(tmp_path).all()


async def test_what_is_undone_at_the_second_try_is_told_as_its_experiments(tmp_path: Path) -> None:
    """Whoever heard that it is injected must hear that it is not any more: the gauge of active faults, for one."""
    bench = Bench(tmp_path)
    with bench.journal.of("api-killed"):
        async with bench.injector.injected(RECORD, 15.0):
            bench.services.release_fails = 10_000
    bench.services.release_fails = 0
    await bench.injector.undo_left()
    assert [(fact.experiment, fact.confirmed) for fact in bench.undone] == [
        ("api-killed", False),
        ("api-killed", True),
    ]


async def test_a_stop_while_it_is_tried_again_does_not_lose_what_is_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with bench.injector.injected(RECORD, 15.0):
        bench.services.release_fails = 10_000
    again = asyncio.create_task(bench.injector.undo_left())
    await asyncio.sleep(0)
    again.cancel()
    with pytest.raises(asyncio.CancelledError):
        await again
    assert bench.injector.left == ["simulator-1"]
    bench.services.release_fails = 0
    await bench.injector.undo_left()
    assert (bench.injector.left, bench.open_faults.all()) == ([], [])
