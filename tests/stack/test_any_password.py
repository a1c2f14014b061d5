"""Passwords of any characters, with real servers: they work everywhere, and no error says a piece of one."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, example, given, settings
from psycopg import sql
from ruamel.yaml import YAML

from simulator.base.addresses import with_credentials
from simulator.base.errors import DoorError
from simulator.doors.postgres import Postgres
from simulator.doors.redis import Redis
from simulator.erpgo.api.settings import BadSetting, load
from simulator.erpgo.stack.compose import dotenv
from simulator.erpgo.stack.compose.render import STACK
from simulator.erpgo.stack.supervisor.binaries import find
from tests.erpgo.servers import Servers, free_port, own_servers, spawn, wait_for
from tests.fakes.clock import FakeClock
from tests.secrecy import AWKWARD, PASSWORDS, fragments_in

HBA = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
TORN = "zq7x/kw3v@j8qy:z4wq#x9kj?v2zx%q6wk"
"""As it stands in an address, each reader takes another piece of it for something else."""
SAID_ANYWAY = (
    "127.0.0.1",
    "localhost",
    "postgresql",
    "redis",
    "erpgo_exporter",
    "password",
    "PGPASSWORD",
    "user",
    "erp",
)


@dataclass(frozen=True)
class Guarded:
    """PostgreSQL and Valkey that ask for a password."""

    postgres: Servers
    database: str
    cache: redis.Redis

    def set_password(self, role: str, password: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as session:
            session.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            )

    @property
    def database_place(self) -> str:
        return f"127.0.0.1:{self.postgres.postgres.port}/postgres"

    @property
    def cache_place(self) -> str:
        return f"127.0.0.1:{self.postgres.valkey.port}/0"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with own_servers() as servers:
        database = servers.postgres.url("postgres")
        (servers.postgres.folder / "pg_hba.conf").write_text(HBA)
        with psycopg.connect(database, autocommit=True) as session:
            session.execute("SELECT pg_reload_conf()")
            session.execute("CREATE ROLE erpgo LOGIN")
        yield Guarded(servers, database, redis.Redis(port=servers.valkey.port))


@pytest.fixture
def for_nobody() -> Iterator[Path]:
    """A folder that the servers' user may enter."""
    with tempfile.TemporaryDirectory(prefix="simulator-tests-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def refusal(ask: Callable[[str], str], address: str) -> str:
    with pytest.raises(DoorError) as refused:
        ask(address)
    return str(refused.value)


async def asked(door: Postgres | Redis) -> str:
    try:
        return await door.probe()
    finally:
        await door.close()


def from_postgres(address: str) -> str:
    return asyncio.run(asked(Postgres(address, FakeClock())))


def from_redis(address: str) -> str:
    async def ask() -> str:
        return await asked(Redis(address, FakeClock()))

    return asyncio.run(ask())


def quiet(error: str, password: str) -> None:
    assert fragments_in(error, password, *SAID_ANYWAY) == [], error


REAL = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@REAL
@given(PASSWORDS)
@example(AWKWARD)
@example(TORN)
def test_postgresql_lets_its_holder_in_and_nobody_hears_of_it(guarded: Guarded, password: str) -> None:
    guarded.set_password("erpgo", password)
    place = guarded.database_place
    assert from_postgres(with_credentials("postgresql", "erpgo", password, place)) == "SELECT 1 answered"
    for address in (
        with_credentials("postgresql", "erpgo", f"{password}x", place),
        with_credentials("postgresql", "nobody", password, place),
        with_credentials("postgresql", "erpgo", password, "127.0.0.1:1/postgres"),
        f"postgresql://erpgo:{password}/x@{place}",
        f"postgresql://erpgo:{password}@@{place}",
    ):
        quiet(refusal(from_postgres, address), password)


@REAL
@given(PASSWORDS)
@example(AWKWARD)
@example(TORN)
def test_valkey_lets_its_holder_in_and_nobody_hears_of_it(guarded: Guarded, password: str) -> None:
    guarded.cache.config_set("requirepass", password)
    try:
        place = guarded.cache_place
        assert from_redis(with_credentials("redis", "", password, place)) == "PING answered"
        for address in (
            with_credentials("redis", "", f"{password}x", place),
            with_credentials("redis", "", password, "127.0.0.1:1/0"),
            f"redis://:{password}/x@{place}",
            f"redis://:{password}@@{place}",
        ):
            quiet(refusal(from_redis, address), password)
    finally:
        guarded.cache.config_set("requirepass", "")


@REAL
@given(PASSWORDS)
@example(AWKWARD)
@example(TORN)
def test_the_api_takes_them_from_beside_the_address_and_names_none(password: str) -> None:
    given = {"JWT_SECRET": "x" * 32, "REDIS_PASSWORD": password}
    assert load(given).cache.password == password
    assert fragments_in(repr(load(given)), password, *SAID_ANYWAY) == []
    for name in ("DATABASE_URL", "REDIS_URL"):
        with pytest.raises(BadSetting, match=f"{name} is not well-formed") as refused:
            load({**given, name: f"postgresql://erpgo:{password}@/@127.0.0.1/erp"})
        quiet(str(refused.value), password)


@pytest.mark.parametrize("password", [AWKWARD, TORN, "it's :'here' $HOME `id` \\", '"; \\q'])
def test_the_exporters_role_is_made_with_any_password(guarded: Guarded, password: str) -> None:
    """The script that makes it in the containers, run by a real psql."""
    servers = guarded.postgres.postgres
    with psycopg.connect(guarded.database, autocommit=True) as session:
        session.execute("DROP ROLE IF EXISTS erpgo_exporter")
    made = subprocess.run(
        ["sh", str(STACK / "postgres" / "roles.sh")],
        env={
            "PATH": f"{find('postgres').parent}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(servers.port),
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": "postgres",
            "EXPORTER_PASSWORD": password,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    quiet(made.stdout + made.stderr, password)
    assert from_postgres(with_credentials("postgresql", "erpgo_exporter", password, guarded.database_place))


@pytest.mark.parametrize("password", [AWKWARD, TORN, 'with a space, a # and a "', "\\x41 \\", "'single'"])
def test_the_cache_in_a_container_starts_with_any_password(
    tmp_path: Path, for_nobody: Path, password: str
) -> None:
    """The command of compose.yaml, run by a real shell, with Valkey in Redis's place."""
    service = YAML(typ="safe", pure=True).load((STACK / "compose.yaml").read_text())["services"]["redis"]
    command = [part.replace("$$", "$") for part in service["command"]]
    port = free_port()
    shim = for_nobody / "redis-server"
    shim.write_text(f'#!/bin/sh\nexec {find("valkey-server")} "$@" --port {port} --bind 127.0.0.1\n')
    shim.chmod(0o755)
    address = with_credentials("redis", "", password, f"127.0.0.1:{port}/0")
    path = f"{for_nobody}:{os.environ['PATH']}"
    server = spawn(["env", f"PATH={path}", f"REDIS_PASSWORD={password}", *command], tmp_path / "redis.log")
    try:
        assert wait_for(server, lambda: from_redis(address), DoorError), (tmp_path / "redis.log").read_text()
        shown = Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
    finally:
        server.kill()
        server.wait(20)
    quiet(shown, password)


@given(PASSWORDS)
@example(AWKWARD)
@example("ends with \\")
def test_what_is_written_to_env_is_read_back(password: str) -> None:
    assert dotenv.parse(f"# a comment\n\n{dotenv.line('A', password)}B=1\n") == {"A": password, "B": "1"}


@pytest.mark.parametrize(
    "line", ["A=a b-piece", "A=piece#x", "A='it's piece'", 'A="$piece"', "piece", "A=$piece"]
)
def test_a_line_that_compose_reads_otherwise_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(dotenv.Unclear, match="line 2 is not NAME=VALUE") as refused:
        dotenv.parse(f"B=1\n{line}\n")
    assert "piece" not in str(refused.value)
