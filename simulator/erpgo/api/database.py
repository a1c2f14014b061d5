"""The door to PostgreSQL: a pool with deadlines, truthful counts and a quick way back after an outage."""

import asyncio
import os
import select
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.rows import args_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from simulator.erpgo.api.errors import Unavailable
from simulator.erpgo.api.metrics.database import DatabaseMetrics
from simulator.erpgo.api.occupancy import Occupancy
from simulator.erpgo.api.outage import OutageWatch
from simulator.erpgo.api.settings import DatabaseSettings

Connection = AsyncConnection[tuple[Any, ...]]
Bootstrap = Callable[[Connection], Awaitable[None]]
Params = tuple[object, ...] | Mapping[str, object]
Row = TypeVar("Row")

# The server ends a long statement itself; a server that does not run any more (frozen) needs us to hang up.
_HANG_UP_MARGIN = 1.0
# The pool's own retries back off up to minutes. Give up soon instead: the outage watch fills it again.
_RECONNECT_TIMEOUT = 0.5
_CONNECT_TIMEOUT = 2
# An empty database is filled first: a fraction of a second, unless the machine is busy.
_BOOTSTRAP_TIMEOUT = 30.0


@dataclass(frozen=True)
class Query:
    """One statement, and how its metrics name it."""

    sql: LiteralString
    operation: str
    table: str


class Session:
    """A checked-out connection that measures what it runs; good for one transaction block."""

    def __init__(self, connection: Connection, metrics: DatabaseMetrics) -> None:
        self._connection = connection
        self._metrics = metrics
        self._in_transaction = False

    async def rows(self, query: Query, params: Params, row: Callable[..., Row]) -> list[Row]:
        """Run a statement and return its rows as values."""
        with self._measured(query):
            cursor = self._connection.cursor(row_factory=args_row(row))
            await cursor.execute(query.sql, params)
            return await cursor.fetchall()

    async def first(self, query: Query, params: Params, row: Callable[..., Row]) -> Row | None:
        """Run a statement and return its first row, if any."""
        found = await self.rows(query, params, row)
        return found[0] if found else None

    async def run(self, query: Query, params: Params) -> int:
        """Run a statement and return how many rows it changed."""
        with self._measured(query):
            cursor = await self._connection.execute(query.sql, params)
            return cursor.rowcount

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        """Commit what the block did, or nothing of it when it raises."""
        self._in_transaction = True
        with self._counted():
            async with self._connection.transaction():
                yield

    @contextmanager
    def _measured(self, query: Query) -> Generator[None]:
        started = time.perf_counter()
        # A change outside a transaction block is a transaction of its own.
        alone = query.operation != "select" and not self._in_transaction
        try:
            with self._counted() if alone else nullcontext():
                yield
        finally:
            self._metrics.query_ended(query.operation, query.table, time.perf_counter() - started)

    @contextmanager
    def _counted(self) -> Generator[None]:
        committed = False
        try:
            yield
            committed = True
        finally:
            self._metrics.transaction_ended(committed=committed)


class Database:
    """Hands out sessions; every failure to do so is an `Unavailable`, counted once."""

    def __init__(self, settings: DatabaseSettings, metrics: DatabaseMetrics, bootstrap: Bootstrap) -> None:
        self._settings = settings
        self._metrics = metrics
        self._bootstrap = bootstrap
        self._in_use = Occupancy(settings.max_connections)
        self._waiting: set[asyncio.Timeout] = set()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            settings.url,
            open=False,
            min_size=settings.min_connections,
            max_size=settings.max_connections,
            timeout=settings.acquire_timeout,
            reconnect_timeout=_RECONNECT_TIMEOUT,
            check=self._check,
            kwargs={
                "autocommit": True,
                "application_name": "erpgo-api",
                "connect_timeout": _CONNECT_TIMEOUT,
                "options": _session_options(settings),
            },
        )
        self._watch = OutageWatch(self._probe, lost=self._send_away, returned=self._prepare)
        metrics.watch_pool("active", lambda: float(self._in_use.taken))
        metrics.watch_pool("waiting", lambda: float(len(self._waiting)))
        metrics.watch_pool("max", lambda: float(settings.max_connections))
        metrics.watch_pool("idle", lambda: float(self._pool.get_stats().get("pool_available", 0)))

    @property
    def reachable(self) -> bool:
        """Whether the database answered when it was last looked at."""
        return self._watch.reachable.is_set()

    async def open(self, patience: float) -> None:
        """Start connecting; return when the database is ready, or after `patience` seconds without it."""
        await self._pool.open()
        self._watch.suspect()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._watch.reachable.wait()

    async def state(self, patience: float) -> str:
        """Return up, down, or busy when no connection is free within `patience` seconds; counts nothing."""
        if not self.reachable:
            return "down"
        began = _now()
        try:
            connection = await self._pool.getconn(timeout=patience)
        except PoolTimeout:
            return "busy" if self._in_use.was_full(began) else "down"
        line = _Line(connection, patience)
        try:
            await connection.execute("SELECT 1")
        except psycopg.Error:
            self._watch.suspect()
            return "down"
        finally:
            line.release()
            await self._pool.putconn(connection)
        return "up"

    async def close(self) -> None:
        await self._watch.close()
        await self._pool.close(timeout=1.0)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """Check out a connection for the block.

        Raises:
            Unavailable: no connection in time, the database away, or one of its timeouts expired.
        """
        connection = await self._checkout()
        line = _Line(connection, self._settings.statement_timeout + _HANG_UP_MARGIN)
        try:
            yield Session(connection, self._metrics)
        except (errors.UniqueViolation, errors.ForeignKeyViolation):
            raise
        except psycopg.Error as error:
            raise self._refusal(error, hung_up=line.hung_up) from error
        finally:
            line.release()
            self._in_use.give_back(_now())
            await self._pool.putconn(connection)

    @asynccontextmanager
    async def keep(self) -> AsyncGenerator[None]:
        """Check out a connection and run nothing on it, for as long as the block lasts.

        Raises:
            Unavailable: no connection in time.
        """
        connection = await self._checkout()
        try:
            yield
        finally:
            self._in_use.give_back(_now())
            await self._pool.putconn(connection)

    async def _checkout(self) -> Connection:
        if not self.reachable:
            raise self._unreachable()
        waiting = asyncio.timeout(None)
        began = _now()
        try:
            async with waiting:
                self._waiting.add(waiting)
                connection = await self._pool.getconn()
        except PoolTimeout as error:
            raise self._no_connection(began) from error
        except TimeoutError as error:
            raise self._unreachable() from error
        finally:
            self._waiting.discard(waiting)
        self._in_use.take()
        return connection

    def _send_away(self) -> None:
        """Let nobody go on waiting for a connection that cannot be made."""
        while self._waiting:
            self._waiting.pop().reschedule(_now())

    def _unreachable(self) -> Unavailable:
        self._metrics.failed("unavailable")
        return Unavailable("database_unavailable", "The database is not reachable; try again shortly.")

    def _no_connection(self, since: float) -> Unavailable:
        """No connection came: they were all in use at some moment of the wait, or none could be made."""
        seconds = self._settings.acquire_timeout
        if not self._in_use.is_full:
            self._watch.suspect()
        if not self._in_use.was_full(since):
            self._metrics.failed("unavailable")
            return Unavailable(
                "database_unavailable", f"No database connection could be made in {seconds:g} s."
            )
        self._metrics.timed_out("acquire")
        return Unavailable(
            "database_busy",
            f"No database connection became free in {seconds:g} s.",
            f"all {self._in_use.limit} connections were in use",
        )

    def _refusal(self, error: psycopg.Error, *, hung_up: bool) -> Unavailable:
        if isinstance(error, errors.LockNotAvailable):
            self._metrics.timed_out("lock")
            seconds = self._settings.lock_timeout
            return Unavailable("lock_timeout", f"A lock was not free within {seconds:g} s.")
        if hung_up or isinstance(error, errors.QueryCanceled):
            self._metrics.timed_out("statement")
            self._watch.suspect()
            seconds = self._settings.statement_timeout
            return Unavailable("statement_timeout", f"The database took longer than {seconds:g} s.")
        if isinstance(error, errors.DeadlockDetected):
            self._metrics.failed("deadlock")
            return Unavailable("deadlock", "Another request held what this one needed; try again.")
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            self._metrics.failed("unavailable")
            self._watch.suspect()
            return Unavailable("database_unavailable", "The database went away; try again shortly.")
        self._metrics.failed("query")
        raise error

    async def _check(self, connection: Connection) -> None:
        """Refuse a connection whose server said goodbye; costs one system call when all is well."""
        if not _has_unread(connection):
            return
        try:
            await AsyncConnectionPool.check_connection(connection)
        except psycopg.Error:
            self._watch.suspect()
            raise

    async def _probe(self) -> None:
        await (await self._connect()).close()

    async def _prepare(self) -> None:
        async with await self._connect() as connection, asyncio.timeout(_BOOTSTRAP_TIMEOUT):
            await self._bootstrap(connection)
        await self._pool.check()

    def _connect(self) -> Awaitable[Connection]:
        return AsyncConnection.connect(
            self._settings.url,
            autocommit=True,
            application_name="erpgo-api",
            connect_timeout=_CONNECT_TIMEOUT,
        )


class _Line:
    """Hangs up on a server that does not answer at all, so that no request waits for ever."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        self.hung_up = False
        self._descriptor = connection.fileno()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._hang_up)

    def release(self) -> None:
        self._timer.cancel()

    def _hang_up(self) -> None:
        # Shutting the socket down wakes psycopg with an ordinary "connection lost";
        # cancelling its task would first ask the silent server to cancel the query.
        self.hung_up = True
        with suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as line:
            line.shutdown(socket.SHUT_RDWR)


def _now() -> float:
    """Seconds of the loop's clock."""
    return asyncio.get_running_loop().time()


def _has_unread(connection: Connection) -> bool:
    """Tell whether an idle connection has something to read: normally the end of the connection."""
    if connection.closed:
        return True
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return bool(poller.poll(0))


def _session_options(settings: DatabaseSettings) -> str:
    lock, statement = int(settings.lock_timeout * 1000), int(settings.statement_timeout * 1000)
    return f"-c lock_timeout={lock} -c statement_timeout={statement} -c timezone=UTC"
