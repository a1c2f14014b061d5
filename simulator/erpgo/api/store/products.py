"""Products in PostgreSQL."""

import uuid
from decimal import Decimal

import msgspec

from simulator.erpgo.api.database import Query, Session

_BY_ID = Query(
    "SELECT id, sku, name, description, category, price FROM products WHERE id = %s", "select", "products"
)
_BY_SKU = Query(
    "SELECT id, sku, name, description, category, price FROM products WHERE sku = %s", "select", "products"
)
_PAGE = Query(
    "SELECT id, sku, name, description, category, price FROM products ORDER BY name, id LIMIT %s OFFSET %s",
    "select",
    "products",
)
_COUNT = Query("SELECT count(*) FROM products", "select", "products")
_SEARCH = Query(
    "SELECT id, sku, name, description, category, price FROM products "
    "WHERE name ILIKE %s OR sku ILIKE %s OR category = %s ORDER BY name, id LIMIT %s OFFSET %s",
    "select",
    "products",
)
_SEARCH_COUNT = Query(
    "SELECT count(*) FROM products WHERE name ILIKE %s OR sku ILIKE %s OR category = %s", "select", "products"
)


class Product(msgspec.Struct, frozen=True):
    """A product; the price in US dollars."""

    id: uuid.UUID
    sku: str
    name: str
    description: str
    category: str
    price: Decimal
    currency: str = "USD"


async def by_id(session: Session, product_id: uuid.UUID) -> Product | None:
    """Find a product by id."""
    return await session.first(_BY_ID, (product_id,), Product)


async def by_sku(session: Session, sku: str) -> Product | None:
    """Find a product by stock keeping unit."""
    return await session.first(_BY_SKU, (sku,), Product)


async def page(session: Session, limit: int, offset: int) -> tuple[list[Product], int]:
    """Return a page of all products by name, and how many there are."""
    products = await session.rows(_PAGE, (limit, offset), Product)
    return products, await session.first(_COUNT, (), int) or 0


async def search(session: Session, text: str, limit: int, offset: int) -> tuple[list[Product], int]:
    """Return products whose name or SKU contains the text or whose category is it, and how many match."""
    pattern = f"%{_literal(text)}%"
    terms = (pattern, pattern, text)
    products = await session.rows(_SEARCH, (*terms, limit, offset), Product)
    return products, await session.first(_SEARCH_COUNT, terms, int) or 0


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
