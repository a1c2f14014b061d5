"""Taking a lock in PostgreSQL: briefly, because whoever waits for one blocks everybody who comes after.

PostgreSQL serves those who wait in turn. A lock that has to wait for one long transaction holds up every statement
behind it that would not have had to wait for that transaction.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import psycopg
from psycopg import sql

from simulator.base.clock import Clock
from simulator.base.values import Value

WAIT = 1.5
"""Seconds for which one try waits: a writer's transaction takes a few milliseconds, and up to a second on a machine that is
asked for sixteen times what it has (measured)."""
TRIES = 3
BREATH = 1.0
"""Seconds between two tries, in which those who were held up get on."""
LOOK_EVERY = 0.1
"""Seconds between two looks at the queue, while there is one."""
MOST_NAMED = 3

Connection = psycopg.AsyncConnection[tuple[object, ...]]
Asking = Callable[[], AbstractAsyncContextManager[Connection]]

_BEHIND = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> %(pid)s"
    " AND CASE WHEN wait_event_type = 'Lock' THEN %(pid)s = ANY(pg_blocking_pids(pid)) END"
)
_IN_THE_WAY = (
    "SELECT blocker.pid, coalesce(nullif(left(application_name, 63), ''), backend_type, 'unknown'),"
    " coalesce(state, 'unknown'), coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float"
    " FROM unnest(pg_blocking_pids(%(pid)s)) AS blocker (pid) LEFT JOIN pg_stat_activity USING (pid)"
    " ORDER BY xact_start"
)
"""No text of a query: it may hold customers' data."""
_WAITING = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock' LIMIT 1"


class Holder(Value):
    """A session that somebody has to wait for."""

    pid: int
    """0: a prepared transaction, which has no session."""
    application: str
    state: str
    since: float
    """How long its transaction has lasted, in seconds."""

    def __str__(self) -> str:
        who = f"session {self.pid}" if self.pid else "a prepared transaction"
        return f"{who} ({self.application}, {self.state}, in its transaction for {self.since:.0f} s)"


class Queue(Value):
    """What waiting for one fault's locks has done so far."""

    tries: int = 0
    given_up: int = 0
    """Tries that ended without the lock."""
    longest: float = 0.0
    """Seconds that one try has waited, at most."""
    behind: int = 0
    """Sessions that waited behind it at a time, at most."""
    in_the_way: tuple[Holder, ...] = ()
    """For whom it had to wait, the last time that it gave up."""

    def __str__(self) -> str:
        holders = ", ".join(map(str, self.in_the_way[:MOST_NAMED])) or "nobody who could still be seen"
        return f"in the way: {holders}"


async def hold(connection: Connection, table: str, lease_ms: int) -> None:
    """Begin a transaction that holds the lock; the server ends it when we freeze.

    Raises:
        psycopg.errors.LockNotAvailable: not within WAIT.
    """
    await connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(round(WAIT * 1000))))
    await connection.execute(
        sql.SQL("SET idle_in_transaction_session_timeout = {}").format(sql.Literal(lease_ms))
    )
    await connection.execute(
        sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.Identifier(*table.split(".")))
    )


async def backend(connection: Connection) -> int:
    """The id of the session's process, as PostgreSQL says it: a pooler tells another number."""
    cursor = await connection.execute("SELECT pg_backend_pid()")
    row = await cursor.fetchone()
    return int(str(row[0])) if row else 0


async def watched(
    taking: "asyncio.Task[None]", pid: int, asking: Asking, clock: Clock, queue: Queue
) -> Queue:
    """Wait for the end of a try, and look meanwhile at whom it waits for and who waits behind it.

    Raises:
        psycopg.Error: the try failed for another reason than that the lock was not to be had.
    """
    began = clock.monotonic()
    behind, holders = 0, queue.in_the_way
    try:
        await asyncio.wait([taking], timeout=LOOK_EVERY)
        while not taking.done():
            with contextlib.suppress(Exception):  # a look that fails must not cost the lock
                async with asking() as other:
                    behind = max(behind, await _behind(other, pid))
                    holders = await in_the_way(other, pid) or holders
            await asyncio.wait([taking], timeout=LOOK_EVERY)
    finally:
        if not taking.done():  # we are being cancelled: the session must not go on waiting
            taking.cancel()
            await asyncio.wait([taking])
    waited = clock.monotonic() - began
    got = not isinstance(taking.exception(), psycopg.errors.LockNotAvailable)
    if got:
        taking.result()
    return Queue(
        tries=queue.tries + 1,
        given_up=queue.given_up + (not got),
        longest=round(max(queue.longest, waited), 3),
        behind=max(queue.behind, behind),
        in_the_way=queue.in_the_way if got else holders,
    )


async def in_the_way(asking: Connection, pid: int) -> tuple[Holder, ...]:
    """Whom a session waits for, those who have been at it longest first."""
    cursor = await asking.execute(_IN_THE_WAY, {"pid": pid})
    keys = ("pid", "application", "state", "since")
    return tuple(Holder.model_validate(dict(zip(keys, row, strict=True))) for row in await cursor.fetchall())


async def in_the_way_of(asking: Connection, application: str) -> tuple[Holder, ...]:
    """Whom the sessions of an application wait for, as one of them sees it; empty: none waits for a lock."""
    cursor = await asking.execute(_WAITING, [application])
    row = await cursor.fetchone()
    return await in_the_way(asking, int(str(row[0]))) if row else ()


async def _behind(asking: Connection, pid: int) -> int:
    cursor = await asking.execute(_BEHIND, {"pid": pid})
    row = await cursor.fetchone()
    return int(str(row[0])) if row else 0
