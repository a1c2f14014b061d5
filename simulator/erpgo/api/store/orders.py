"""Orders in PostgreSQL."""

import datetime as dt
import uuid
from decimal import Decimal

import msgspec

from simulator.erpgo.api.database import Query, Session

# All or nothing in one statement, which is its own transaction and one round trip. Stock is locked in one
# order whoever asks, so that two orders never wait for each other in a circle; each product is taken from
# the warehouse with most of it. The key is claimed only when the stock suffices, and waits here for a
# concurrent request that claims the same one.
_PLACE = Query(
    """
    WITH line AS (
        SELECT product_id, sum(quantity) AS wanted
        FROM unnest(%(products)s::uuid[], %(quantities)s::int[]) AS l(product_id, quantity) GROUP BY product_id
    ),
    held AS (
        SELECT s.product_id, s.warehouse_id, s.quantity - s.reserved AS available, line.wanted
        FROM stock s JOIN line USING (product_id) ORDER BY s.product_id, s.warehouse_id FOR UPDATE OF s
    ),
    chosen AS (SELECT DISTINCT ON (product_id) * FROM held ORDER BY product_id, available DESC, warehouse_id),
    enough AS (
        SELECT FROM chosen
        HAVING count(*) = (SELECT count(*) FROM line) AND bool_and(available >= wanted)
    ),
    claimed AS (
        INSERT INTO idempotency_keys (account_id, key, body_hash, response)
        SELECT %(account)s::uuid, %(key)s::text, %(body_hash)s::bytea, %(response)s::bytea FROM enough
        WHERE %(key)s::text IS NOT NULL ON CONFLICT DO NOTHING RETURNING key
    ),
    go AS (SELECT FROM enough WHERE %(key)s::text IS NULL OR EXISTS (SELECT FROM claimed)),
    taken AS (
        UPDATE stock s SET reserved = s.reserved + chosen.wanted FROM chosen, go
        WHERE s.product_id = chosen.product_id AND s.warehouse_id = chosen.warehouse_id
    ),
    placed AS (
        INSERT INTO orders (id, account_id, customer_id, customer_type, type, status, shipping_method,
                            currency, payment_method, total, created_at)
        SELECT %(id)s::uuid, %(account)s::uuid, %(customer_id)s, %(customer_type)s, %(type)s, %(status)s,
               %(shipping_method)s, %(currency)s, %(payment_method)s, %(total)s::numeric, %(created_at)s::timestamptz
        FROM go RETURNING id
    )
    INSERT INTO order_items (order_id, line, product_id, warehouse_id, quantity, unit_price)
    SELECT placed.id, item.line, item.product_id, chosen.warehouse_id, item.quantity, item.unit_price
    FROM placed, unnest(%(products)s::uuid[], %(quantities)s::int[], %(prices)s::numeric[])
        WITH ORDINALITY AS item(product_id, quantity, unit_price, line) JOIN chosen USING (product_id)
    """,
    "insert",
    "orders",
)
_BY_ID = Query(
    "SELECT id, customer_id, customer_type, type, status, shipping_method, currency, payment_method, total, "
    "created_at FROM orders WHERE id = %s AND account_id = %s",
    "select",
    "orders",
)
_ITEMS = Query(
    "SELECT product_id, quantity, unit_price FROM order_items WHERE order_id = %s ORDER BY line",
    "select",
    "orders",
)
_PAGE = Query(
    "SELECT id, customer_id, customer_type, type, status, shipping_method, currency, payment_method, total, "
    "created_at FROM orders WHERE account_id = %s AND (%s::text IS NULL OR status = %s) "
    "ORDER BY created_at DESC LIMIT %s OFFSET %s",
    "select",
    "orders",
)
_COUNT = Query(
    "SELECT count(*) FROM orders WHERE account_id = %s AND (%s::text IS NULL OR status = %s)",
    "select",
    "orders",
)
_MOVE = Query(
    "UPDATE orders SET status = %s WHERE id = %s AND account_id = %s AND status = %s", "update", "orders"
)
_KEY = Query(
    "SELECT body_hash, response FROM idempotency_keys WHERE account_id = %s AND key = %s",
    "select",
    "idempotency_keys",
)
_KNOWN_PRODUCTS = Query("SELECT id FROM products WHERE id = ANY(%s)", "select", "products")


class OrderItem(msgspec.Struct, frozen=True):
    """One line of an order."""

    product_id: uuid.UUID
    quantity: int
    unit_price: Decimal


class Order(msgspec.Struct, frozen=True):
    """An order without its lines."""

    id: uuid.UUID
    customer_id: str
    customer_type: str
    type: str
    status: str
    shipping_method: str
    currency: str
    payment_method: str
    total: Decimal
    created_at: dt.datetime


class OrderWithItems(msgspec.Struct, frozen=True):
    """An order as clients see it."""

    id: uuid.UUID
    customer_id: str
    customer_type: str
    type: str
    status: str
    shipping_method: str
    currency: str
    payment_method: str
    total: Decimal
    created_at: dt.datetime
    items: list[OrderItem]


class Placement(msgspec.Struct, frozen=True):
    """An order to place: whose it is, and what to answer to everybody who asks with the same key."""

    account_id: uuid.UUID
    order: OrderWithItems
    key: str | None
    body_hash: bytes
    response: bytes


class Remembered(msgspec.Struct, frozen=True):
    """The first request with a key, and its answer."""

    body_hash: bytes
    response: bytes


async def place(session: Session, placement: Placement) -> bool:
    """Reserve the stock, store the order and remember its key; False when nothing of it was done."""
    order = placement.order
    values = {field: getattr(order, field) for field in Order.__struct_fields__}
    lines = {
        "products": [item.product_id for item in order.items],
        "quantities": [item.quantity for item in order.items],
        "prices": [item.unit_price for item in order.items],
    }
    owner = {
        "account": placement.account_id,
        "key": placement.key,
        "body_hash": placement.body_hash,
        "response": placement.response,
    }
    return await session.run(_PLACE, {**values, **lines, **owner}) > 0


async def remembered(session: Session, placement: Placement) -> Remembered | None:
    """Return the first request with the same key, if there is one."""
    if placement.key is None:
        return None
    return await session.first(_KEY, (placement.account_id, placement.key), Remembered)


async def by_id(session: Session, account_id: uuid.UUID, order_id: uuid.UUID) -> Order | None:
    """Find an account's own order."""
    return await session.first(_BY_ID, (order_id, account_id), Order)


async def items(session: Session, order_id: uuid.UUID) -> list[OrderItem]:
    """Return an order's lines."""
    return await session.rows(_ITEMS, (order_id,), OrderItem)


async def page(
    session: Session, account_id: uuid.UUID, status: str | None, bounds: tuple[int, int]
) -> tuple[list[Order], int]:
    """Return an account's orders, newest first, and how many there are; `bounds` is (limit, offset)."""
    wanted = (account_id, status, status)
    orders = await session.rows(_PAGE, (*wanted, *bounds), Order)
    return orders, await session.first(_COUNT, wanted, int) or 0


async def move(session: Session, account_id: uuid.UUID, order: Order, status: str) -> bool:
    """Change an order's status unless somebody else changed it since it was read."""
    return await session.run(_MOVE, (status, order.id, account_id, order.status)) == 1


async def unknown_products(session: Session, wanted: set[uuid.UUID]) -> set[uuid.UUID]:
    """Return those ids that no product has."""
    return wanted - set(await session.rows(_KNOWN_PRODUCTS, (list(wanted),), uuid_column))


def uuid_column(value: uuid.UUID) -> uuid.UUID:
    """Take a one-column row as it is."""
    return value
