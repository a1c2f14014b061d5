"""Stock: look, adjust, reserve, release."""

import uuid
from typing import Annotated

import msgspec

from simulator.erpgo.api.database import Session
from simulator.erpgo.api.errors import Conflict, Unprocessable
from simulator.erpgo.api.http import Access, Answer, Call, Operation
from simulator.erpgo.api.metrics.catalogue import WAREHOUSES
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.store import stock
from simulator.erpgo.api.store.stock import StockChange, StockLevel
from simulator.erpgo.api.wire import Paging, encode, paging

_MOST = 1_000_000_000
_MOST_ADJUSTMENTS = 100


class Adjustment(msgspec.Struct, frozen=True):
    """The body of POST /inventory/adjust: goods came in (positive) or left (negative)."""

    product_id: uuid.UUID
    adjustment: Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
    warehouse_id: str = WAREHOUSES[0]
    reason: str = ""


class BulkAdjustment(msgspec.Struct, frozen=True):
    """The body of POST /inventory/bulk-adjust: all or none."""

    adjustments: Annotated[list[Adjustment], msgspec.Meta(min_length=1, max_length=_MOST_ADJUSTMENTS)]


class Reservation(msgspec.Struct, frozen=True):
    """The body of POST /inventory/reserve and /inventory/release."""

    product_id: uuid.UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=_MOST)]
    warehouse_id: str = WAREHOUSES[0]


class StockList(msgspec.Struct, frozen=True):
    """A page of stock."""

    inventory: list[StockLevel]
    pagination: Paging


class Adjusted(msgspec.Struct, frozen=True):
    """The answer to a bulk adjustment."""

    adjusted: list[StockLevel]


async def list_stock(services: Services, call: Call) -> Answer:
    """GET /inventory."""
    page = call.page()
    async with services.database.session() as session:
        levels, total = await stock.page(session, page.limit, page.offset)
    return Answer(encode(StockList(levels, paging(page.number, page.limit, total))))


async def list_low_stock(services: Services, call: Call) -> Answer:
    """GET /inventory/low-stock."""
    page = call.page()
    async with services.database.session() as session:
        levels, total = await stock.low(session, page.limit, page.offset)
    return Answer(encode(StockList(levels, paging(page.number, page.limit, total))))


async def adjust(services: Services, call: Call) -> Answer:
    """POST /inventory/adjust."""
    return await _change_one(services, "adjust", _adjustment(call.body(Adjustment)))


async def reserve(services: Services, call: Call) -> Answer:
    """POST /inventory/reserve."""
    wanted = call.body(Reservation)
    change = StockChange(wanted.product_id, wanted.warehouse_id, 0, wanted.quantity)
    return await _change_one(services, "reserve", change)


async def release(services: Services, call: Call) -> Answer:
    """POST /inventory/release."""
    wanted = call.body(Reservation)
    change = StockChange(wanted.product_id, wanted.warehouse_id, 0, -wanted.quantity)
    return await _change_one(services, "release", change)


async def bulk_adjust(services: Services, call: Call) -> Answer:
    """POST /inventory/bulk-adjust."""
    # In one order for everybody, so that two of these never wait for each other in a circle.
    changes = sorted(
        (_adjustment(adjustment) for adjustment in call.body(BulkAdjustment).adjustments),
        key=lambda change: (change.product_id, change.warehouse_id),
    )
    async with services.database.session() as session, session.transaction():
        levels = [await _apply(session, change) for change in changes]
    for change, level in zip(changes, levels, strict=True):
        _count(services, "adjust", change, level)
    return Answer(encode(Adjusted(levels)))


def _adjustment(wanted: Adjustment) -> StockChange:
    return StockChange(wanted.product_id, wanted.warehouse_id, wanted.adjustment, 0)


async def _change_one(services: Services, operation: str, change: StockChange) -> Answer:
    async with services.database.session() as session:
        level = await _apply(session, change)
    _count(services, operation, change, level)
    return Answer(encode(level))


async def _apply(session: Session, change: StockChange) -> StockLevel:
    if change.warehouse_id not in WAREHOUSES:
        raise Unprocessable(
            "unknown_warehouse", "There is no such warehouse.", f"known: {', '.join(WAREHOUSES)}"
        )
    level = await stock.change(session, change)
    if level is None:
        if not await stock.exists(session, change.product_id, change.warehouse_id):
            raise Unprocessable("unknown_product", "There is no such product.", str(change.product_id))
        raise Conflict(
            "insufficient_stock",
            "The stock does not allow this.",
            f"{change.product_id} in {change.warehouse_id}",
        )
    return level


def _count(services: Services, operation: str, change: StockChange, level: StockLevel) -> None:
    product = str(level.product_id)
    catalogue = services.metrics.catalogue
    catalogue.stock_changed(operation, product, level.warehouse_id)
    before = level.available - change.quantity + change.reserved
    if before > level.reorder_level >= level.available:
        catalogue.stock_low("warning", product, level.warehouse_id)
    if before > 0 >= level.available:
        catalogue.stock_low("critical", product, level.warehouse_id)


OPERATIONS = (
    Operation("GET", "/inventory", list_stock, Access.ACCOUNT),
    Operation("GET", "/inventory/low-stock", list_low_stock, Access.ACCOUNT),
    Operation("POST", "/inventory/adjust", adjust, Access.ACCOUNT),
    Operation("POST", "/inventory/reserve", reserve, Access.ACCOUNT),
    Operation("POST", "/inventory/release", release, Access.ACCOUNT),
    Operation("POST", "/inventory/bulk-adjust", bulk_adjust, Access.ACCOUNT),
)
