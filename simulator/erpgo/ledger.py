"""The books of ERPGo: every order that the API acknowledged is in the database, once, and Prometheus has counted it."""

from collections.abc import Sequence

from simulator.doors import Doors
from simulator.environments.system import Books
from simulator.erpgo.counters import ORDERS

DATABASE = "postgres"
_MISSING = "SELECT id FROM unnest(%s::uuid[]) AS asked(id) WHERE NOT EXISTS (SELECT FROM orders WHERE orders.id = asked.id)"
_PLACED = (
    "WITH kept AS MATERIALIZED ("
    "SELECT (convert_from(response, 'UTF8')::jsonb ->> 'id')::uuid AS id FROM idempotency_keys"
    " WHERE created_at >= to_timestamp(%(since)s) - interval '1 min')"
    " SELECT count(*), count(*) FILTER (WHERE kept.id IS NULL) FROM orders LEFT JOIN kept USING (id)"
    " WHERE orders.created_at > to_timestamp(%(since)s) AND orders.created_at <= to_timestamp(%(until)s)"
)


class OrderBook:
    """What the database knows about orders."""

    what = ORDERS
    metric = "erpgo_orders_created_total"

    async def look_up(self, doors: Doors, ids: Sequence[str], since: float, until: float) -> Books:
        """Look up orders by id, and count those placed between two moments (UTC seconds)."""
        missing = await doors.database(DATABASE).rows(_MISSING, [list(ids)])
        ((placed, unkeyed),) = await doors.database(DATABASE).rows(_PLACED, {"since": since, "until": until})
        values = {
            "missing": tuple(str(id_) for (id_,) in missing),
            "recorded": placed,
            "doubled": unkeyed,
        }
        return Books.model_validate(values)
