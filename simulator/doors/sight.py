"""Whether a fault on a table of PostgreSQL can be carried out through a connection, and be seen to bite."""

from typing import LiteralString

from psycopg import sql

from simulator.base.errors import DoorError
from simulator.doors.locks import Connection, backend

_UNSEEN = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state IS NULL"
_MAY_LOCK = "SELECT has_table_privilege(%s, 'UPDATE') OR has_table_privilege(%s, 'DELETE')"


async def check(connection: Connection, table: str, application: str) -> None:
    """Changes nothing.

    Raises:
        DoorError: a pooler is in the way, there is no such table, or the role may not do or see what it has to.
    """
    if await backend(connection) != connection.info.backend_pid:
        raise DoorError(
            "a pooler, such as pgbouncer, stands before PostgreSQL: a lock takes a session of its own, and whoever"
            " asks would wait for the very pool that is full; give PostgreSQL's own address"
        )
    name = sql.Identifier(*table.split(".")).as_string(connection)
    if not await _one(connection, "SELECT to_regclass(%s) IS NOT NULL", name):
        raise DoorError(f"PostgreSQL has no table {table!r}, or not for this role")
    if not await _one(connection, _MAY_LOCK, name, name):
        raise DoorError(f"this role may not lock the table {table!r}: it may not change its rows")
    if await _one(connection, _UNSEEN, application):
        raise DoorError(
            f"this role may not see what the sessions of {application!r} do; let it: GRANT pg_monitor TO the role"
        )


async def _one(connection: Connection, question: LiteralString, *values: str) -> object:
    cursor = await connection.execute(question, values)
    row = await cursor.fetchone()
    return row[0] if row else None
