"""What the ledger finds in the real database and the real Prometheus: missing, doubled and counted orders."""

from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest

from simulator.base.clock import RunClock, SystemClock
from simulator.base.protocol import Receipt
from simulator.doors import Doors
from simulator.engine.ledger import Ledger
from simulator.environments.registry import resolve
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.erpgo.system import ERPGO
from simulator.journal.facts import LedgerChecked
from tests.contract.traffic import SwitchedInMemory
from tests.customer import Customer
from tests.fakes.doors import journal_in_memory

pytestmark = pytest.mark.stack

ORDERS = 5
PATIENCE = 20.0
"""Seconds for the API to answer on a machine that may be busy."""
QUIET = 3
"""Seconds without a counted order, after which none is under way."""
COUNTER = "erpgo_orders_created_total"


class WithReceipts(SwitchedInMemory):
    """A workload that was told of orders."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Receipt] = []

    def receipts(self) -> list[Receipt] | None:
        told, self.told = self.told, []
        return told


class Books:
    """The ledger of one wave on the shared stack, in which a customer has ordered something."""

    def __init__(self, stack: StackInfo, doors: Doors, workload: WithReceipts) -> None:
        self.stack = stack
        self.doors = doors
        self.workload = workload
        self.began = doors.clock.elapsed()

    async def begin(self) -> None:
        """Begin once no order of the test before is under way: one that is counted late would be counted here."""
        await self._until(f"max_over_time({COUNTER}[{QUIET}s]) - min_over_time({COUNTER}[{QUIET}s]) == 0")
        self.began = self.doors.clock.elapsed()

    def sql(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.stack.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    async def checked(self) -> LedgerChecked:
        """What is found once Prometheus has seen the orders twice."""
        journal = journal_in_memory(self.doors.clock)
        await Ledger(self.doors, journal, ERPGO.ledger).reconcile(["a-wave"], self.began)
        (fact,) = journal.facts
        assert isinstance(fact, LedgerChecked)
        return fact

    async def scraped(self) -> None:
        """Wait until Prometheus has looked twice since the wave began."""
        await self._until(f"count_over_time({COUNTER}[%ds]) > 1")

    async def counted(self, orders: int) -> None:
        """Wait until Prometheus has seen so many orders since the wave began."""
        await self._until(f"sum({COUNTER}) - sum(min_over_time({COUNTER}[%ds])) >= {orders}")

    async def serve(self) -> bool | None:
        """Whether orders are taken."""
        try:
            with Customer(self.stack.url("api"), patience=PATIENCE) as customer:
                customer.orders()
        except httpx.HTTPError:
            return None
        return True

    async def _until(self, expr: str) -> None:
        async def look() -> bool | None:
            seconds = max(1, int(self.doors.clock.elapsed() - self.began))
            return True if await self.doors.prometheus.query(expr.replace("%d", str(seconds))) else None

        assert await self.doors.clock.until(look, within=20.0, every=0.25)


@pytest.fixture
async def books(stack: StackInfo) -> AsyncIterator[Books]:
    workload = WithReceipts()
    doors = resolve("embedded").open(RunClock(SystemClock()), workload)
    books = Books(stack, doors, workload)
    await books.begin()
    yield books
    await doors.close()


@pytest.fixture
async def ordered(books: Books) -> list[Receipt]:
    await books.scraped()
    with Customer(books.stack.url("api"), patience=PATIENCE) as customer:
        receipts = [customer.orders() for _ in range(ORDERS)]
        # Asked again under the same key: the same order, not another.
        assert customer.orders(receipts[0].key) == receipts[0]
    await books.counted(ORDERS)
    books.workload.told = list(receipts)
    return receipts


async def test_a_prometheus_that_has_not_scraped_twice_yet_is_waited_for(books: Books) -> None:
    found = await books.checked()
    assert (found.error, found.recorded) == ("", found.counted)


@pytest.mark.usefixtures("ordered")
async def test_orders_that_are_there_once_and_counted(books: Books) -> None:
    found = await books.checked()
    assert (found.error, found.acknowledged, found.missing, found.doubled) == ("", ORDERS, (), 0)
    assert (found.recorded, found.counted, found.resets) == (ORDERS, ORDERS, 0)


async def test_an_order_that_was_acknowledged_and_is_gone(books: Books, ordered: list[Receipt]) -> None:
    books.sql("DELETE FROM order_items WHERE order_id = %s", ordered[1].id)
    books.sql("DELETE FROM orders WHERE id = %s", ordered[1].id)
    found = await books.checked()
    assert found.missing == (ordered[1].id,)
    assert (found.recorded, found.counted) == (ORDERS - 1, ORDERS)


async def test_an_order_that_is_there_twice_under_one_key(books: Books, ordered: list[Receipt]) -> None:
    books.sql(
        "INSERT INTO orders SELECT gen_random_uuid(), account_id, customer_id, customer_type, type, status,"
        " shipping_method, currency, payment_method, total, created_at FROM orders WHERE id = %s",
        ordered[0].id,
    )
    found = await books.checked()
    assert (found.missing, found.doubled) == ((), 1)


async def test_a_database_that_does_not_answer_is_written_down(books: Books) -> None:
    await books.scraped()
    await books.doors.services.hold("the-test", "postgres", "killed")
    found = await books.checked()
    await books.doors.services.release("the-test", "postgres")
    assert await books.doors.clock.until(books.serve, within=PATIENCE, every=0.1)  # for whoever comes next
    assert "PostgreSQL did not accept a connection" in found.error
