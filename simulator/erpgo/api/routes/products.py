"""Product reads, all cached."""

import uuid

import msgspec

from simulator.erpgo.api.errors import NotFound, Unprocessable
from simulator.erpgo.api.http import Answer, Call, Operation
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.store import products
from simulator.erpgo.api.store.products import Product
from simulator.erpgo.api.wire import Paging, encode, paging

_LONGEST_QUERY = 64


class ProductList(msgspec.Struct, frozen=True):
    """A page of products."""

    products: list[Product]
    pagination: Paging


class _Viewed(msgspec.Struct, frozen=True):
    """What the metrics need of a cached product."""

    id: str
    category: str


class _Listed(msgspec.Struct, frozen=True):
    """What the metrics need of a cached list."""

    pagination: Paging


async def list_products(services: Services, call: Call) -> Answer:
    """GET /products."""
    page = call.page()
    key = f"{page.number}:{page.limit}"
    body = await _cached(services, "product_list", key, _Listed)
    if body is None:
        async with services.database.session() as session:
            found, total = await products.page(session, page.limit, page.offset)
        body = encode(ProductList(found, paging(page.number, page.limit, total)))
        await services.cache.set("product_list", key, body)
    return Answer(body)


async def search_products(services: Services, call: Call) -> Answer:
    """GET /products/search?q=."""
    text = call.query.get("q", "").strip().lower()
    if not 1 <= len(text) <= _LONGEST_QUERY or "\0" in text:
        raise Unprocessable("validation_failed", f"q must have 1 to {_LONGEST_QUERY} characters.")
    page = call.page()
    key = f"{page.number}:{page.limit}:{text}"
    body = await _cached(services, "search", key, _Listed)
    if body is None:
        async with services.database.session() as session:
            found, total = await products.search(session, text, page.limit, page.offset)
        body = encode(ProductList(found, paging(page.number, page.limit, total)))
        await services.cache.set("search", key, body)
    services.metrics.catalogue.searched(msgspec.json.decode(body, type=_Listed).pagination.total)
    return Answer(body)


async def get_product(services: Services, call: Call) -> Answer:
    """GET /products/{id}."""
    try:
        product_id = uuid.UUID(call.path["id"])
    except ValueError:
        raise _no_product(call.path["id"]) from None
    key = f"id:{product_id}"
    body = await _cached(services, "product", key, _Viewed)
    if body is None:
        async with services.database.session() as session:
            product = await products.by_id(session, product_id)
        body = await _remember(services, product, key)
    return _viewed(services, body)


async def get_product_by_sku(services: Services, call: Call) -> Answer:
    """GET /products/sku/{sku}."""
    sku = call.path["sku"]
    if len(sku) > _LONGEST_QUERY or "\0" in sku:
        raise _no_product(sku[:_LONGEST_QUERY])
    key = f"sku:{sku}"
    body = await _cached(services, "product", key, _Viewed)
    if body is None:
        async with services.database.session() as session:
            product = await products.by_sku(session, sku)
        body = await _remember(services, product, key)
    return _viewed(services, body)


async def _cached(services: Services, kind: str, key: str, shape: type[_Viewed | _Listed]) -> bytes | None:
    """Return a cached answer; one that somebody else has overwritten is thrown away."""
    body = await services.cache.get(kind, key)
    if body is None:
        return None
    try:
        msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        await services.cache.delete(kind, key)
        return None
    return body


async def _remember(services: Services, product: Product | None, key: str) -> bytes:
    if product is None:
        raise _no_product(key.partition(":")[2])
    body = encode(product)
    await services.cache.set("product", key, body)
    return body


def _viewed(services: Services, body: bytes) -> Answer:
    product = msgspec.json.decode(body, type=_Viewed)
    services.metrics.catalogue.viewed(product.id, product.category)
    services.metrics.sales.product_viewed()
    return Answer(body)


def _no_product(name: str) -> NotFound:
    return NotFound("product_not_found", "There is no such product.", name)


OPERATIONS = (
    Operation("GET", "/products", list_products),
    Operation("GET", "/products/search", search_products),
    Operation("GET", "/products/sku/{sku}", get_product_by_sku),
    Operation("GET", "/products/{id}", get_product),
)
