"""Orders in PostgreSQL."""

import datetime as dt
import uuid
from decimal import Decimal

import msgspec

from stack.erpgo.database import Query, Session

_INSERT = Query(
    """
    WITH placed AS (
        INSERT INTO orders (id, account_id, customer_id, customer_type, type, status, shipping_method,
                            currency, payment_method, total, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
    )
    INSERT INTO order_items (order_id, line, product_id, warehouse_id, quantity, unit_price)
    SELECT placed.id, item.line, item.product_id, item.warehouse_id, item.quantity, item.unit_price
    FROM placed, unnest(%s::int[], %s::uuid[], %s::text[], %s::int[], %s::numeric[])
        AS item(line, product_id, warehouse_id, quantity, unit_price)
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
_CLAIM_KEY = Query(
    "INSERT INTO idempotency_keys (account_id, key, body_hash, response) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT DO NOTHING",
    "insert",
    "idempotency_keys",
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


class IdempotencyKey(msgspec.Struct, frozen=True):
    """A client's promise that requests with this key mean the same order."""

    account_id: uuid.UUID
    key: str
    body_hash: bytes


class Remembered(msgspec.Struct, frozen=True):
    """The first request with a key, and its answer."""

    body_hash: bytes
    response: bytes


async def insert(
    session: Session, account_id: uuid.UUID, order: OrderWithItems, warehouses: dict[uuid.UUID, str]
) -> None:
    """Store an order and its lines; `warehouses` says from where each product is taken."""
    items = order.items
    head = (order.id, account_id, order.customer_id, order.customer_type, order.type, order.status)
    terms = (order.shipping_method, order.currency, order.payment_method, order.total, order.created_at)
    lines = (
        list(range(1, len(items) + 1)),
        [item.product_id for item in items],
        [warehouses[item.product_id] for item in items],
        [item.quantity for item in items],
        [item.unit_price for item in items],
    )
    await session.run(_INSERT, (*head, *terms, *lines))


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


async def claim(session: Session, key: IdempotencyKey, response: bytes) -> Remembered | None:
    """Claim a key for this answer; return what was remembered when it is taken.

    A concurrent request with the same key waits here until the first has committed.
    """
    if await session.run(_CLAIM_KEY, (key.account_id, key.key, key.body_hash, response)) == 1:
        return None
    return await session.first(_KEY, (key.account_id, key.key), Remembered)


async def unknown_products(session: Session, wanted: set[uuid.UUID]) -> set[uuid.UUID]:
    """Return those ids that no product has."""
    return wanted - set(await session.rows(_KNOWN_PRODUCTS, (list(wanted),), uuid_column))


def uuid_column(value: uuid.UUID) -> uuid.UUID:
    """Take a one-column row as it is."""
    return value
