"""A shop, as the simulator gets to know it: who bears witness of its traffic, and what it keeps books of."""

from collections.abc import Sequence

from psycopg import sql

from simulator.doors import Doors
from simulator.environments.system import Books, System

DATABASE = "db"
"""What the environment file calls the service that is the database."""
SOLD = 'flask_http_request_duration_seconds_count{method="POST",url_rule="/orders",status=~"20."}'
_KNOWN = "SELECT id::text FROM {table} WHERE id::text = ANY(%s)"
_SOLD = (
    "SELECT count(*) FROM {table}"
    " WHERE created_at > to_timestamp(%(since)s) AND created_at <= to_timestamp(%(until)s)"
)


class Sales:
    """The table of what was sold; the environment file says what it is called."""

    what = "sales"
    metric = SOLD

    async def look_up(self, doors: Doors, ids: Sequence[str], since: float, until: float) -> Books:
        """Look up sales by id, and count those between two moments (UTC seconds)."""
        database = doors.database(DATABASE)
        table = sql.Identifier(database.client.table)
        known = await database.rows(sql.SQL(_KNOWN).format(table=table), [list(ids)])
        ((sold,),) = await database.rows(sql.SQL(_SOLD).format(table=table), {"since": since, "until": until})
        missing = tuple(sorted(set(ids) - {str(id_) for (id_,) in known}))
        # No key tells one that was asked for twice from two: nothing is said of doubled sales.
        return Books.model_validate({"missing": missing, "recorded": sold, "doubled": 0})


SHOP = System(
    name="the shop",
    witness="sum(rate(flask_http_request_total[15s]))",
    metrics={"shop": ("flask_",), DATABASE: ("flask_", "pg_")},
    ledger=Sales(),
)
