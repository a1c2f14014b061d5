"""Databases and caches that are not ours: through a pooler, with roles that may little, with passwords and certificates."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from simulator.base.addresses import with_credentials
from simulator.base.clock import RunClock, SystemClock
from simulator.base.errors import DoorError
from simulator.doors.endpoint import Certificates
from simulator.doors.postgres import Client, Postgres, Pulses
from simulator.doors.redis import Redis
from simulator.faults import FaultRecord, fault_named
from tests.acts.target import doors_to
from tests.foreign import certificates, storage
from tests.foreign.foreign import Foreign

OURS = "simulator-0123456789ab"
PASSWORD = "some-Passw0rd"
ROLE = "a_little_role"
WITHIN = 30.0


@pytest.fixture
def client(foreign: Foreign) -> Client:
    return Client(foreign.names.storage.application, foreign.names.storage.table)


@pytest.fixture
def little_role(foreign: Foreign) -> Iterator[str]:
    """A role that may change the table, and not see what others do; its address, straight to PostgreSQL."""
    place = foreign.dsn.partition("@")[2]
    table = sql.Identifier(foreign.names.storage.table)
    with psycopg.connect(foreign.dsn, autocommit=True) as session:
        role = sql.Identifier(ROLE)
        session.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD)))
        session.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, role))
        yield with_credentials("postgresql", ROLE, PASSWORD, place)
        session.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(role))


def grant(foreign: Foreign, what: str) -> None:
    with psycopg.connect(foreign.dsn, autocommit=True) as session:
        session.execute(f"GRANT {what} TO {ROLE}".encode())


@asynccontextmanager
async def database(dsn: str, client: Client) -> AsyncIterator[Postgres]:
    door = Postgres(dsn, SystemClock(), client)
    yield door
    await door.close()


async def test_a_pooler_is_refused_by_name(foreign: Foreign, client: Client) -> None:
    async with database(storage.shop_dsn(foreign.names), client) as pooled:
        assert await pooled.probe() == "SELECT 1 answered"
        with pytest.raises(DoorError, match="a pooler, such as pgbouncer, stands before PostgreSQL"):
            await pooled.aimed("")
    async with database(foreign.dsn, client) as straight:
        assert await straight.aimed("") == client.table
        assert await straight.aimed(f"public.{client.table}") == f"public.{client.table}"


async def test_asking_through_a_pooler_leaves_nothing_in_its_sessions(
    foreign: Foreign, client: Client
) -> None:
    at = storage.shop_dsn(foreign.names)
    async with database(at, client) as pooled:
        for _ in range(10):
            await pooled.probe()
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            session = stack.enter_context(psycopg.connect(at, prepare_threshold=None))
            (timeout,) = session.execute("SHOW statement_timeout").fetchone() or ("",)
            assert timeout == "1500ms", "that of the shop's own role"


async def test_a_role_that_may_not_lock_or_see_is_refused_before_anything_is_harmed(
    foreign: Foreign, client: Client, little_role: str
) -> None:
    async with database(little_role, client) as door:
        with pytest.raises(DoorError, match="this role may not lock the table"):
            await door.aimed("")
        grant(foreign, f"UPDATE ON {client.table}")
        with (
            a_session_of(storage.shop_dsn(foreign.names)),
            pytest.raises(DoorError, match="GRANT pg_monitor"),
        ):
            await door.aimed("")
        grant(foreign, "pg_monitor")
        assert await door.aimed("") == client.table


@contextlib.contextmanager
def a_session_of(dsn: str) -> Iterator[None]:
    """One of the shop's, in a transaction."""
    with psycopg.connect(dsn, prepare_threshold=None) as session:
        session.execute("SELECT 1")
        yield


@pytest.mark.parametrize(
    ("client_", "table", "why"),
    [
        (Client(), "", "no table is named"),
        (Client(), "a_table", "no application is named in the environment"),
        (Client("a-shop"), "no_such_table", "PostgreSQL has no table 'no_such_table'"),
    ],
)
async def test_what_the_environment_does_not_name_is_not_guessed(
    foreign: Foreign, client_: Client, table: str, why: str
) -> None:
    async with database(foreign.dsn, client_) as door:
        with pytest.raises(DoorError, match=why):
            await door.aimed(table)


async def test_the_shops_sessions_behind_its_pooler_wait_and_get_on(foreign: Foreign, client: Client) -> None:
    pulses = Pulses(table=client.table, hold=1.0, pause=0.2)
    async with database(foreign.dsn, client) as door, writers(foreign):
        await door.pulse(OURS, pulses)

        async def waited() -> bool | None:
            return door.struck(OURS).waited > 0 or None

        assert await RunClock(SystemClock()).until(waited, within=WITHIN, every=0.1), door.struck(OURS)
        await door.release_lock(OURS)
        assert (await door.sessions(OURS)).total == 0


@asynccontextmanager
async def writers(foreign: Foreign) -> AsyncIterator[None]:
    """Two that write through the pooler as the shop does, again and again."""
    update = sql.SQL("UPDATE {0} SET id = id WHERE id = (SELECT min(id) FROM {0})").format(
        sql.Identifier(foreign.names.storage.table)
    )

    enough = asyncio.Event()

    async def write() -> None:
        at = storage.shop_dsn(foreign.names)
        while not enough.is_set():
            with contextlib.suppress(psycopg.Error):  # the shop's role waits for 1.5 s
                async with await psycopg.AsyncConnection.connect(at, prepare_threshold=None) as session:
                    await session.execute(update)

    writing = [asyncio.create_task(write()) for _ in range(2)]
    try:
        yield
    finally:
        enough.set()
        await asyncio.gather(*writing)


@pytest.fixture
def cache_client(foreign: Foreign) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(foreign.redis_url) as session:
        yield session


@pytest.fixture
def little_user(foreign: Foreign, cache_client: redis.Redis) -> Iterator[str]:
    """One of the cache's ACL that may read, and neither write nor administer; its address."""
    cache_client.acl_setuser(
        "reader",
        enabled=True,
        passwords=[f"+{PASSWORD}"],
        keys=["*"],
        categories=["+@read", "+@connection"],
        commands=["+info", "-client|pause"],
    )
    yield with_credentials("redis", "reader", PASSWORD, foreign.redis_url.partition("@")[2])
    cache_client.acl_deluser("reader")


@pytest.mark.parametrize("fault", ["redis-stall", "cache-flood"])
async def test_what_an_acl_does_not_let_us_do_is_said(little_user: str, fault: str) -> None:
    cache = Redis(little_user, SystemClock(), "shop:")
    doors, kind, record = doors_to(caches={"cache": cache}), fault_named(fault), plan(fault)

    async def refused() -> str | None:
        check = await kind.is_effective(record, doors)
        assert not check.ok
        return check.observed if "Redis said: " in check.observed else None

    try:
        await kind.inject(record, doors)
        observed = await doors.clock.until(refused, within=WITHIN, every=0.1)
        assert observed is not None
        assert "permissions" in observed
        await kind.undo(record, doors)
    finally:
        await cache.close()


def plan(fault: str) -> FaultRecord:
    kind = fault_named(fault)
    record: FaultRecord = kind.plan(kind.settings(fault=fault, service="cache"), OURS)
    return record


async def test_junk_is_not_poured_where_it_would_push_nothing_out(
    foreign: Foreign, cache_client: redis.Redis
) -> None:
    cache = Redis(foreign.redis_url, SystemClock())
    doors, kind, record = doors_to(caches={"cache": cache}), fault_named("cache-flood"), plan("cache-flood")
    before = cache_client.config_get("maxmemory*")
    try:
        assert await kind.overreach(record, doors) == ""
        cache_client.config_set("maxmemory-policy", "noeviction")
        assert "cache pushes nothing out (noeviction)" in await kind.overreach(record, doors)
        cache_client.config_set("maxmemory", 0)
        assert "cache has no maxmemory" in await kind.overreach(record, doors)
    finally:
        for name in ("maxmemory", "maxmemory-policy"):
            cache_client.config_set(name, str(before[name]))
        await cache.close()


async def test_a_cache_that_was_killed_meanwhile_is_asked_anew(foreign: Foreign) -> None:
    """An experiment may flood what the one before it has killed; the door is open from the beginning."""
    door = Redis(foreign.redis_url, SystemClock())
    before = await door.room()
    for script in (foreign.down, foreign.up):
        assert await asyncio.to_thread(foreign.run, script, "redis") == 0
    assert await door.room() == before
    await door.close()


async def test_a_cache_behind_tls_is_believed_by_its_certificate(foreign: Foreign, tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "tls", "another")
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(made.certificate, made.key)
    password = foreign.names.secrets.redis
    async with in_front_of(foreign.names.ports.redis, secured) as port:
        address = with_credentials("rediss", "", password, f"127.0.0.1:{port}/0")
        believed = Redis(address, SystemClock(), certificates=Certificates(ca=made.ca))
        assert await believed.probe() == "PING answered"
        await believed.close()
        stranger = Redis(address, SystemClock(), certificates=Certificates(ca=foreign.ca))
        with pytest.raises(DoorError, match="certificate verify failed") as refused:
            await stranger.probe()
        assert password not in str(refused.value)
        await stranger.close()


@asynccontextmanager
async def in_front_of(port: int, secured: ssl.SSLContext) -> AsyncIterator[int]:
    """A TLS port that passes everything on to a plain one: the Redis-compatible server of the wheel has no TLS."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.wait(
            [asyncio.create_task(copied(reader, back)), asyncio.create_task(copied(there, writer))]
        )

    server = await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=secured)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
