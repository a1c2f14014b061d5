"""Tables and their first content; safe when several processes start at once."""

from collections.abc import Iterable
from typing import Any, LiteralString

from psycopg import AsyncConnection, AsyncCursor

from simulator.erpgo.api import seed

# Any number will do as long as all instances use the same: ERPG in ASCII.
_LOCK = 0x45525047
_IS_SEEDED = "SELECT to_regclass('public.seeded') IS NOT NULL"
_TABLES = """
CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE,
    username text NOT NULL,
    password_hash text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    user_type text NOT NULL,
    customer_type text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE products (
    id uuid PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    category text NOT NULL,
    price numeric(12, 2) NOT NULL CHECK (price > 0)
);
CREATE INDEX products_by_name ON products (name, id);
CREATE TABLE stock (
    product_id uuid NOT NULL REFERENCES products,
    warehouse_id text NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0),
    reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    reorder_level integer NOT NULL,
    PRIMARY KEY (product_id, warehouse_id),
    CHECK (reserved <= quantity)
) WITH (fillfactor = 50);
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    customer_id text NOT NULL,
    customer_type text NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    shipping_method text NOT NULL,
    currency text NOT NULL,
    payment_method text NOT NULL,
    total numeric(14, 2) NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX orders_by_account ON orders (account_id, created_at DESC);
CREATE TABLE order_items (
    order_id uuid NOT NULL REFERENCES orders,
    line integer NOT NULL,
    product_id uuid NOT NULL,
    warehouse_id text NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 1),
    unit_price numeric(12, 2) NOT NULL CHECK (unit_price > 0),
    PRIMARY KEY (order_id, line)
);
CREATE TABLE idempotency_keys (
    account_id uuid NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    response bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE TABLE seeded (at timestamptz NOT NULL DEFAULT now());
INSERT INTO seeded DEFAULT VALUES;
"""


async def ensure(connection: AsyncConnection[Any], password_hash: str) -> None:
    """Create tables and seed data unless they are there; `password_hash` is that of all seeded accounts."""
    if await _is_seeded(connection):
        return
    async with connection.transaction(), connection.cursor() as cursor:
        # The lock ends with the transaction; whoever waited for it finds the work done.
        await cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if await _is_seeded(connection):
            return
        await cursor.execute(_TABLES)
        await _copy(
            cursor,
            "COPY accounts (id, email, username, password_hash, first_name, last_name, user_type, customer_type, "
            "active) FROM STDIN",
            seed.accounts(password_hash),
        )
        await _copy(
            cursor, "COPY products (id, sku, name, description, category, price) FROM STDIN", seed.products()
        )
        await _copy(
            cursor, "COPY stock (product_id, warehouse_id, quantity, reorder_level) FROM STDIN", seed.stock()
        )
        # Autovacuum comes after a minute; the first plans should be good ones too.
        await cursor.execute("ANALYZE accounts, products, stock")


async def _is_seeded(connection: AsyncConnection[Any]) -> bool:
    cursor = await connection.execute(_IS_SEEDED)
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _copy(
    cursor: AsyncCursor[Any], statement: LiteralString, rows: Iterable[tuple[object, ...]]
) -> None:
    async with cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
