"""The door to PostgreSQL: short questions, and locks held under a tag."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from simulator.base.addresses import ENCODE, is_well_formed
from simulator.base.clock import Clock
from simulator.base.errors import DoorError
from simulator.base.values import Value
from simulator.doors import locks, sight
from simulator.doors.locks import Connection, Queue

CONNECT_TIMEOUT = 2
"""Seconds."""
STATEMENT_TIMEOUT_MS = 2000
LEASE_MS = 3000
"""The server ends the session of a lock that is not renewed for this long: its holder is frozen."""
RENEW_EVERY = 0.5
COUNT_EVERY = 0.05
"""Seconds between two counts of those who wait for a lock."""


class Sessions(Value):
    """What the sessions of one application are doing."""

    total: int
    busy: int
    """Not idle: running a statement, in a transaction, or waiting."""
    waiting_for_lock: int


class Pulses(Value):
    """A lock on a table, taken again and again: writers wait while it is held, and some of them are struck."""

    table: str
    hold: float
    """Seconds for which the lock is held, at most."""
    most: int = 1000
    """Sessions of the API that may wait: with so many the lock is given back before its time."""
    pause: float
    """Seconds between two pulses, in which everybody gets on."""
    victims: int = 0
    """Of the waiting sessions of the API, how many are struck at the end of each pulse."""
    strike: Literal["cancel", "terminate"] = "cancel"
    """What strikes them: their statement is cancelled, or their session terminated."""


class Struck(Value):
    """What pulses have done so far."""

    pulses: int = 0
    waited: int = 0
    """Sessions of the API that waited for the lock at the end of the latest pulse."""
    victims: int = 0
    """Over all pulses."""
    gave_up: str = ""
    """Why there are no more pulses, where the lock was not to be had any more."""


@dataclass(frozen=True)
class Client:
    """The application whose sessions a fault of the database strikes."""

    name: str = ""
    """The application name of its sessions."""
    table: str = ""
    """One that it writes to, for faults that lock one."""
    waiting: Callable[[], Awaitable[float]] | None = None
    """How many of its requests wait for a session, where it tells."""


class Postgres:
    """Asks the database, and holds locks in sessions whose application name is the holder's tag.

    A lock lives exactly as long as its session: it ends when we close it, when we die, or when anybody
    terminates the sessions of that tag.
    """

    def __init__(self, dsn: str, clock: Clock, client: Client = Client()) -> None:
        self._dsn = dsn
        self.client = client
        self._clock = clock
        self._held: dict[str, tuple[Connection, asyncio.Task[None]]] = {}
        self._struck: dict[str, Struck] = {}
        self._queues: dict[str, Queue] = {}

    async def probe(self) -> str:
        """The answer to a real question; raises DoorError when there is none."""
        async with self._asking() as connection:
            await connection.execute("SELECT 1")
        return "SELECT 1 answered"

    async def aimed(self, table: str) -> str:
        """The table that is meant: that of the fault, or else of the environment. Changes nothing.

        Raises:
            DoorError: a fault that locks it could not be carried out, or not be seen to bite; the message says why.
        """
        meant = table or self.client.table
        if not meant:
            raise DoorError("no table is named, neither by the fault nor by the environment")
        if not self.client.name:
            raise DoorError(
                "no application is named in the environment: whose sessions should wait is not known"
            )
        async with self._asking() as connection:
            await sight.check(connection, meant, self.client.name)
        return meant

    async def hold_lock(self, tag: str, table: str) -> None:
        """Take and keep a lock on the table that its writers wait for; readers and exporters do not.

        Raises:
            DoorError: somebody holds one that is in the way, and does not let go within a few short tries.
        """
        connection = await self._locked(tag, table)
        self._held[tag] = connection, asyncio.create_task(self._renew(connection))

    async def pulse(self, tag: str, pulses: Pulses) -> None:
        """Begin to take the lock again and again, against the client's sessions; `release_lock` ends it.

        Raises:
            DoorError: as for `hold_lock`.
        """
        connection = await self._locked(tag, pulses.table)
        self._struck[tag] = Struck()
        self._held[tag] = (
            connection,
            asyncio.create_task(self._keep_pulsing(tag, connection, pulses)),
        )

    def queue(self, tag: str) -> Queue:
        """What waiting for the locks of this tag has done."""
        return self._queues.get(tag, Queue())

    async def in_the_way(self, application: str) -> str:
        """Whom the sessions of an application wait for, in words; empty: none of them waits for a lock."""
        async with self._asking() as connection:
            holders = await locks.in_the_way_of(connection, application)
        return str(Queue(in_the_way=holders)) if holders else ""

    def struck(self, tag: str) -> Struck:
        """What the pulses of this tag have done."""
        return self._struck.get(tag, Struck())

    async def release_lock(self, tag: str) -> None:
        """End every session of this tag, ours and those a dead engine left behind. Idempotent."""
        await self._let_go(tag)
        async with self._asking() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [tag]
            )

    async def sessions(self, application: str) -> Sessions:
        """Count the sessions of one application name."""
        async with self._asking() as connection:
            cursor = await connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE state <> 'idle'),"
                " count(*) FILTER (WHERE wait_event_type = 'Lock')"
                " FROM pg_stat_activity WHERE application_name = %s",
                [application],
            )
            row = await cursor.fetchone()
        total, busy, waiting = row or (0, 0, 0)
        return Sessions.model_validate({"total": total, "busy": busy, "waiting_for_lock": waiting})

    async def rows(
        self, question: LiteralString | sql.Composed, values: Sequence[object] | Mapping[str, object]
    ) -> list[tuple[object, ...]]:
        """The rows that answer a question which changes nothing.

        Raises:
            DoorError: no answer.
        """
        async with self._asking() as connection:
            cursor = await connection.execute(question, values)
            return await cursor.fetchall()

    async def close(self) -> None:
        """End what is held."""
        for tag in list(self._held):
            await self._let_go(tag)

    async def _let_go(self, tag: str) -> None:
        connection, renewing = self._held.pop(tag, (None, None))
        if renewing is not None:
            renewing.cancel()
            await asyncio.wait([renewing])
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()

    async def _locked(self, tag: str, table: str) -> Connection:
        """A new session that holds the lock."""
        await self.release_lock(tag)
        self._queues.pop(tag, None)
        connection = await self._connect(tag)
        try:
            if await self._take(tag, connection, table):
                return connection
        except psycopg.Error as error:
            await connection.close()
            raise DoorError(f"PostgreSQL gave no lock on {table}: {str(error).strip()}") from None
        except BaseException:
            await connection.close()
            raise
        await connection.close()
        raise DoorError(self._refusal(tag, table))

    async def _take(self, tag: str, connection: Connection, table: str) -> bool:
        """Whether a few short tries got the lock; between them those who were held up get on."""
        for left in reversed(range(locks.TRIES)):
            before = self.queue(tag)
            taking = asyncio.create_task(locks.hold(connection, table, LEASE_MS))
            pid = await locks.backend(connection)
            now = await locks.watched(taking, pid, self._asking, self._clock, before)
            self._queues[tag] = now
            if now.given_up == before.given_up:
                return True
            await connection.rollback()
            if left:
                await self._clock.sleep(locks.BREATH)
        return False

    def _refusal(self, tag: str, table: str) -> str:
        return (
            f"PostgreSQL gave no lock on {table} in {locks.TRIES} tries of {locks.WAIT:g} s; {self.queue(tag)}."
            " Waiting longer would hold up everybody behind: end that transaction first, or run again later"
        )

    async def _keep_pulsing(self, tag: str, connection: Connection, pulses: Pulses) -> None:
        """From a lock that is held already, until the session ends or the lock is not to be had any more."""
        try:
            while True:
                waiting = await self._waited(connection, pulses)
                await _strike(connection, waiting[: pulses.victims], pulses.strike)
                self._struck[tag] = _added(self.struck(tag), len(waiting), pulses.victims)
                await connection.rollback()
                await self._clock.sleep(pulses.pause)
                if not await self._take(tag, connection, pulses.table):
                    gave_up = {"gave_up": self._refusal(tag, pulses.table)}
                    self._struck[tag] = self.struck(tag).model_copy(update=gave_up)
                    return
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return
        except psycopg.Error as error:
            gave_up = {"gave_up": f"PostgreSQL refused: {str(error).strip()}"}
            self._struck[tag] = self.struck(tag).model_copy(update=gave_up)

    async def _waited(self, connection: Connection, pulses: Pulses) -> list[object]:
        """Those who wait once the lock was held for its time, or keeps as many waiting as it may."""
        deadline = self._clock.monotonic() + pulses.hold
        while True:
            waiting = await _waiting(connection, self.client.name)
            left = deadline - self._clock.monotonic()
            if left <= 0 or len(waiting) >= pulses.most:
                return waiting
            await self._clock.sleep(min(COUNT_EVERY, left))

    async def _renew(self, connection: Connection) -> None:
        """Until the session ends: then the lock is gone, and the fault's own check shows it."""
        with contextlib.suppress(psycopg.Error):
            while True:
                await self._clock.sleep(RENEW_EVERY)
                await connection.execute("SELECT 1")

    async def _connect(self, application: str) -> Connection:
        if not is_well_formed(self._dsn):  # libpq would repeat pieces of it
            raise DoorError(f"PostgreSQL's address is not well-formed: {ENCODE}")
        try:
            # PGHOSTADDR, and a service file's hostaddr, would lead to another host than the one that was checked.
            where = {"hostaddr": "", **conninfo_to_dict(self._dsn)}
            return await psycopg.AsyncConnection.connect(
                psycopg.conninfo.make_conninfo("", **where),
                connect_timeout=CONNECT_TIMEOUT,
                application_name=application,
                prepare_threshold=None,  # a pooler would give the next statement to another session
            )
        except psycopg.Error as error:
            raise DoorError(f"PostgreSQL did not accept a connection: {str(error).strip()}") from None

    @contextlib.asynccontextmanager
    async def _asking(self) -> AsyncIterator[Connection]:
        connection = await self._connect("simulator")
        try:
            # Of this transaction alone: a pooler hands the session on, with all that was set for it.
            await connection.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
            yield connection
        except psycopg.Error as error:
            raise DoorError(f"PostgreSQL did not answer: {str(error).strip()}") from None
        finally:
            await connection.close()


async def _waiting(connection: Connection, application: str) -> list[object]:
    """The sessions of an application that wait for a lock."""
    # In a transaction PostgreSQL shows who was there when it was first asked.
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    cursor = await connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'",
        [application],
    )
    return [pid for (pid,) in await cursor.fetchall()]


async def _strike(connection: Connection, pids: Sequence[object], how: str) -> None:
    act = "pg_terminate_backend" if how == "terminate" else "pg_cancel_backend"
    for pid in pids:
        await connection.execute(sql.SQL("SELECT {}(%s)").format(sql.Identifier(act)), [pid])


def _added(struck: Struck, waited: int, victims: int) -> Struck:
    return Struck(pulses=struck.pulses + 1, waited=waited, victims=struck.victims + min(waited, victims))
