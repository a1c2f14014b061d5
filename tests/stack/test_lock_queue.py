"""Waiting for a lock is an outage of its own: a fault that has to queue for one gives up fast and says who is in the way."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.doors import Doors
from simulator.doors.locks import BREATH, TRIES, WAIT
from simulator.engine.injection import Injector, NotEffective, undo
from simulator.engine.openfaults import OpenFaults
from simulator.environments.registry import resolve
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults import fault_named
from simulator.journal.facts import FaultChecked, LockQueued
from tests.contract.minimal import settings_from
from tests.contract.traffic import SwitchedInMemory, a_few_buyers, buyers
from tests.customer import Customer
from tests.fakes.doors import journal_in_memory

pytestmark = pytest.mark.stack

SLACK = 5.0
"""Seconds that a busy machine may add."""
EFFECTIVE_WITHIN = 15.0
LOCKING = ("db-pool-exhaust", "db-errors", "db-timeouts", "slow-queries")
BETWEEN_ORDERS = 0.1
"""Seconds: a customer who orders as fast as a quick machine can is told to slow down."""
Session = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
async def doors(stack: StackInfo) -> AsyncIterator[Doors]:  # noqa: ARG001  it runs
    clock = RunClock(SystemClock())
    opened = resolve("embedded").open(clock, SwitchedInMemory())
    yield opened
    await opened.close()


@asynccontextmanager
async def payroll(stack: StackInfo, mode: str) -> AsyncIterator[Session]:
    """A colleague's session that has locked the orders in its transaction, and has gone for lunch."""
    async with await psycopg.AsyncConnection.connect(
        stack.url("postgres"), application_name="payroll", connect_timeout=10
    ) as session:
        await session.execute(f"LOCK TABLE orders IN {mode} MODE".encode())
        yield session
        await session.rollback()


@asynccontextmanager
async def orders_timed(stack: StackInfo) -> AsyncIterator[list[float]]:
    """One order after the other while the block runs; how long each took, in seconds."""
    took: list[float] = []
    enough = threading.Event()

    def order() -> None:
        with Customer(stack.url("api"), patience=30.0) as customer:
            while not enough.wait(BETWEEN_ORDERS):
                began = time.monotonic()
                customer.orders()
                took.append(time.monotonic() - began)

    ordering = asyncio.create_task(asyncio.to_thread(order))
    try:
        yield took
    finally:
        enough.set()
        await ordering


@pytest.mark.parametrize("name", LOCKING)
async def test_a_lock_that_is_not_to_be_had_is_given_up_and_orders_go_on(
    stack: StackInfo, doors: Doors, tmp_path: Path, name: str
) -> None:
    fault = fault_named(name)
    record = fault.plan(settings_from(f"{{fault: {name}}}", tmp_path), f"simulator-{name}")
    journal = journal_in_memory(doors.clock)
    injector = Injector(doors, journal, OpenFaults(tmp_path / "open"))
    # In the way of the fault, and of no writer.
    async with payroll(stack, "ROW EXCLUSIVE") as session, orders_timed(stack) as took:
        began = time.monotonic()
        with pytest.raises(NotEffective):
            async with injector.injected(record, EFFECTIVE_WITHIN):
                pytest.fail("there was no lock to be had")
        gave_up_after = time.monotonic() - began
        who = f"session {session.info.backend_pid} (payroll, idle in transaction, in its transaction for "
    assert gave_up_after < TRIES * WAIT + (TRIES - 1) * BREATH + SLACK
    assert max(took) < WAIT + SLACK / 2, f"{len(took)} orders, the slowest {max(took):.1f} s"
    (told,) = {fact.observed for fact in journal.facts if isinstance(fact, FaultChecked)}
    assert told.startswith(f"not injected: PostgreSQL gave no lock on orders in {TRIES} tries of {WAIT:g} s")
    assert who in told
    assert "LOCK TABLE" not in told
    queue = [fact for fact in journal.facts if isinstance(fact, LockQueued)][-1]
    assert (queue.fault, queue.tries, queue.given_up) == (name, TRIES, TRIES)
    assert WAIT <= queue.longest < WAIT + SLACK
    assert queue.behind >= 1
    assert [one.startswith(who) for one in queue.in_the_way] == [True]
    assert (await doors.database("postgres").sessions(record.id)).total == 0


async def test_a_lock_that_is_free_is_taken_at_once_and_the_queue_is_in_the_journal(
    stack: StackInfo, doors: Doors, tmp_path: Path
) -> None:
    fault = fault_named("db-errors")
    record = fault.plan(settings_from("{fault: db-errors}", tmp_path), "simulator-free-lock")
    journal = journal_in_memory(doors.clock)
    injector = Injector(doors, journal, OpenFaults(tmp_path / "open"))
    async with a_few_buyers(stack), injector.injected(record, EFFECTIVE_WITHIN):

        async def again() -> bool | None:
            return doors.database("postgres").queue(record.id).tries > 1 or None

        assert await doors.clock.until(again, within=30.0, every=0.1)
    first, *_, last = [fact for fact in journal.facts if isinstance(fact, LockQueued)]
    assert first.tries - first.given_up >= 1
    assert last.tries > first.tries
    assert last.longest < WAIT + SLACK


async def test_pulses_end_when_the_lock_is_not_to_be_had_any_more(
    stack: StackInfo, doors: Doors, tmp_path: Path
) -> None:
    fault = fault_named("slow-queries")
    record = fault.plan(
        settings_from("{fault: slow-queries, hold: 50ms}", tmp_path), "simulator-lost-its-lock"
    )
    await fault.inject(await fault.aim(record, doors), doors)
    try:
        async with payroll(stack, "ROW EXCLUSIVE"):

            async def given_up() -> str | None:
                return doors.database("postgres").struck(record.id).gave_up or None

            why = await doors.clock.until(given_up, within=30.0, every=0.1)
            check = await fault.is_effective(record, doors)
    finally:
        undone = await undo(record, doors)
    assert why is not None
    assert "(payroll, idle in transaction" in why
    assert (check.ok, check.observed) == (False, why)
    assert undone.ok, undone.observed


async def test_an_undo_behind_somebody_elses_lock_says_who_that_is_and_ends_once_they_do(
    stack: StackInfo, doors: Doors, tmp_path: Path
) -> None:
    fault = fault_named("db-pool-exhaust")
    record = fault.plan(settings_from("{fault: db-pool-exhaust}", tmp_path), "simulator-undo-behind")
    async with buyers(stack):
        await fault.inject(await fault.aim(record, doors), doors)
        colleague = payroll(stack, "EXCLUSIVE")
        arriving = asyncio.create_task(colleague.__aenter__())  # waits for our lock, and gets it after us

        async def full() -> bool | None:
            api = await doors.database("postgres").sessions("erpgo-api")
            others = await doors.database("postgres").sessions("payroll")
            return (api.busy >= 20 and others.waiting_for_lock == 1) or None

        assert await doors.clock.until(full, within=30.0, every=0.1)
        await fault.undo(record, doors)
        await arriving

        async def named() -> str | None:
            check = await fault.is_undone(record, doors)
            return check.observed if "payroll" in check.observed and not check.ok else None

        told = await doors.clock.until(named, within=15.0, every=0.1)
        await colleague.__aexit__(None, None, None)
        check = await undo(record, doors)
    assert told is not None
    assert told.startswith("0 sessions hold the lock; ")
    assert "in the way: session " in told
    assert check.ok, check.observed


async def test_the_host_of_the_url_is_the_one_that_is_asked(
    doors: Doors, stack: StackInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """libpq takes the address from elsewhere when the URL has a host only."""
    service = tmp_path / "services"
    service.write_text("[elsewhere]\nhostaddr=127.0.0.77\nport=9\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    for variable, value in (("PGHOSTADDR", "127.0.0.77"), ("PGSERVICE", "elsewhere"), ("PGPORT", "9")):
        monkeypatch.setenv(variable, value)
        assert await doors.database("postgres").probe() == "SELECT 1 answered"
    assert httpx.URL(stack.url("postgres")).host == "127.0.0.1"
