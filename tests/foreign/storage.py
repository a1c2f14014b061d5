"""PostgreSQL behind pgbouncer, and Redis with a password: their files, and what is in them from the start."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.foreign import programs
from tests.foreign.names import Names
from tests.foreign.services.supervisor import NOBODY, dropped_rights
from tests.stack.waiting import eventually

MAX_CONNECTIONS = 30
PGBOUNCER = """\
[databases]
{database} = host=127.0.0.1 port={postgres} dbname={database}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = 6
server_login_retry = 1
server_connect_timeout = 1
query_wait_timeout = 2
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
"""
REDIS = """\
bind 127.0.0.1
port {port}
requirepass {password}
maxmemory 16mb
maxmemory-policy allkeys-lru
save ""
dir {folder}
"""


class Storage:
    """The folders and files of the three."""

    def __init__(self, folder: Path, names: Names) -> None:
        self._names = names
        self.data = folder / "postgres"
        self.pgbouncer = folder / "pgbouncer"
        self.redis = folder / "redis" / "redis.conf"

    def write(self) -> None:
        """Everything that is there before a server starts."""
        self._write_pgbouncer()
        self.redis.parent.mkdir()
        redis = REDIS.format(
            port=self._names.ports.redis, password=self._names.secrets.redis, folder=self.redis.parent
        )
        self.redis.write_text(redis, encoding="utf-8")
        self._initialise_postgres()

    def fill(self) -> None:
        """The shop's database, once PostgreSQL answers: its table has five old orders."""
        names = self._names
        shop, database = sql.Identifier(shop_user(names)), sql.Identifier(names.storage.database)
        table = sql.Identifier(names.storage.table)
        eventually("PostgreSQL takes sessions", lambda: _takes_sessions(names))  # it listens a moment before
        with psycopg.connect(owner_dsn(names, "postgres"), autocommit=True) as owner:
            password = sql.Literal(names.secrets.database_shop)
            owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(shop, password))
            owner.execute(sql.SQL("ALTER ROLE {} SET statement_timeout = '1500ms'").format(shop))
            owner.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(database))
        with psycopg.connect(owner_dsn(names, names.storage.database)) as owner:
            owner.execute(
                sql.SQL(
                    "CREATE TABLE {} (id serial PRIMARY KEY, item text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp())"
                ).format(table)
            )
            owner.execute(
                sql.SQL("INSERT INTO {} (item) SELECT 'tea' FROM generate_series(1, 5)").format(table)
            )
            owner.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(table, shop))

    def _write_pgbouncer(self) -> None:
        names, users = self._names, self.pgbouncer / "userlist.txt"
        self.pgbouncer.mkdir()
        users.write_text(f'"{shop_user(names)}" "{names.secrets.database_shop}"\n', encoding="utf-8")
        settings = PGBOUNCER.format(
            database=names.storage.database,
            postgres=names.ports.postgres,
            port=names.ports.pgbouncer,
            users=users,
        )
        (self.pgbouncer / "pgbouncer.ini").write_text(settings, encoding="utf-8")
        for path in (self.pgbouncer, *self.pgbouncer.iterdir()):
            _give_away(path)

    def _initialise_postgres(self) -> None:
        password = self.data.with_name("postgres.pw")
        password.write_text(self._names.secrets.database_owner, encoding="utf-8")
        self.data.mkdir(mode=0o700)
        for path in (password, self.data):
            _give_away(path)
        subprocess.run(
            [
                *(
                    str(programs.postgres() / "initdb"),
                    "-D",
                    str(self.data),
                    "--no-sync",
                    "--locale=C",
                    "-E",
                    "UTF8",
                ),
                *("-U", owner_user(self._names), "-A", "scram-sha-256", f"--pwfile={password}"),
            ],
            check=True,
            capture_output=True,
            timeout=120,
            cwd="/",
            **dropped_rights(),
        )
        password.unlink()


def _takes_sessions(names: Names) -> bool:
    try:
        psycopg.connect(owner_dsn(names, "postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def owner_user(names: Names) -> str:
    """The database administrators' role."""
    return f"{names.company}_dba"


def shop_user(names: Names) -> str:
    """The shop's role."""
    return f"{names.company}_app"


def owner_dsn(names: Names, database: str) -> str:
    """Straight to PostgreSQL, as an administrator."""
    return _dsn(owner_user(names), names.secrets.database_owner, names.ports.postgres, database)


def shop_dsn(names: Names) -> str:
    """Through pgbouncer, as the shop."""
    at = _dsn(shop_user(names), names.secrets.database_shop, names.ports.pgbouncer, names.storage.database)
    return f"{at}&application_name={quote(names.storage.application)}"


def redis_url(names: Names) -> str:
    """With its password."""
    return f"redis://:{names.secrets.redis}@127.0.0.1:{names.ports.redis}/0"


def _dsn(user: str, password: str, port: int, database: str) -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable"
