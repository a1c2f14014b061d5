"""Stock in PostgreSQL: what is there, and how much of it is spoken for."""

import uuid

import msgspec

from simulator.erpgo.api.database import Query, Session

_PAGE = Query(
    "SELECT product_id, warehouse_id, quantity, reserved, reorder_level FROM stock "
    "ORDER BY product_id, warehouse_id LIMIT %s OFFSET %s",
    "select",
    "stock",
)
_COUNT = Query("SELECT count(*) FROM stock", "select", "stock")
_LOW = Query(
    "SELECT product_id, warehouse_id, quantity, reserved, reorder_level FROM stock "
    "WHERE quantity - reserved <= reorder_level ORDER BY quantity - reserved, product_id LIMIT %s OFFSET %s",
    "select",
    "stock",
)
_LOW_COUNT = Query("SELECT count(*) FROM stock WHERE quantity - reserved <= reorder_level", "select", "stock")
_CHANGE = Query(
    "UPDATE stock SET quantity = quantity + %s, reserved = reserved + %s "
    "WHERE product_id = %s AND warehouse_id = %s "
    "AND quantity + %s >= reserved + %s AND reserved + %s >= 0 "
    "RETURNING product_id, warehouse_id, quantity, reserved, reorder_level",
    "update",
    "stock",
)
_EXISTS = Query("SELECT 1 FROM stock WHERE product_id = %s AND warehouse_id = %s", "select", "stock")
_RELEASE = Query(
    """
    WITH line AS (
        SELECT product_id, warehouse_id, sum(quantity) AS quantity FROM order_items
        WHERE order_id = %s GROUP BY product_id, warehouse_id
    ),
    held AS (
        SELECT s.product_id, s.warehouse_id, line.quantity
        FROM stock s JOIN line USING (product_id, warehouse_id)
        ORDER BY s.product_id, s.warehouse_id FOR UPDATE OF s
    )
    UPDATE stock s SET reserved = greatest(0, s.reserved - held.quantity) FROM held
    WHERE s.product_id = held.product_id AND s.warehouse_id = held.warehouse_id
    """,
    "update",
    "stock",
)


class StockLevel(msgspec.Struct, frozen=True):
    """One product in one warehouse."""

    product_id: uuid.UUID
    warehouse_id: str
    quantity: int
    reserved: int
    reorder_level: int

    @property
    def available(self) -> int:
        return self.quantity - self.reserved


class StockChange(msgspec.Struct, frozen=True):
    """By how much the quantity and the reserved part of one product in one warehouse change."""

    product_id: uuid.UUID
    warehouse_id: str
    quantity: int
    reserved: int


async def page(session: Session, limit: int, offset: int) -> tuple[list[StockLevel], int]:
    """Return a page of all stock, and how many entries there are."""
    levels = await session.rows(_PAGE, (limit, offset), StockLevel)
    return levels, await session.first(_COUNT, (), int) or 0


async def low(session: Session, limit: int, offset: int) -> tuple[list[StockLevel], int]:
    """Return a page of the stock at or below its reorder level, scarcest first, and how much there is."""
    levels = await session.rows(_LOW, (limit, offset), StockLevel)
    return levels, await session.first(_LOW_COUNT, (), int) or 0


async def change(session: Session, wanted: StockChange) -> StockLevel | None:
    """Apply a change unless it would reserve more than there is; None when it was not applied."""
    amounts = (wanted.quantity, wanted.reserved)
    place = (wanted.product_id, wanted.warehouse_id)
    return await session.first(_CHANGE, (*amounts, *place, *amounts, wanted.reserved), StockLevel)


async def exists(session: Session, product_id: uuid.UUID, warehouse_id: str) -> bool:
    """Tell whether a warehouse knows a product."""
    return await session.first(_EXISTS, (product_id, warehouse_id), int) is not None


async def release_order(session: Session, order_id: uuid.UUID) -> None:
    """Give back what an order had reserved."""
    await session.run(_RELEASE, (order_id,))
