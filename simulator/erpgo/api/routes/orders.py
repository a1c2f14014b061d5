"""Orders: place, read, move on, cancel."""

import datetime as dt
import hashlib
import time
import uuid
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from simulator.erpgo.api.database import Session
from simulator.erpgo.api.errors import BadRequest, Conflict, NotFound, Unprocessable
from simulator.erpgo.api.http import Access, Answer, Call, Operation
from simulator.erpgo.api.metrics.sales import PlacedOrder
from simulator.erpgo.api.security.tokens import Principal
from simulator.erpgo.api.services import Services
from simulator.erpgo.api.store import orders, stock
from simulator.erpgo.api.store.orders import Order, OrderItem, OrderWithItems, Placement
from simulator.erpgo.api.wire import Paging, encode, paging

_CENT = Decimal("0.01")
_LONGEST_KEY = 128
_DEAREST = Decimal(1_000_000)
_NEXT = {
    "PENDING": ("CONFIRMED", "PROCESSING"),
    "CONFIRMED": ("PROCESSING",),
    "PROCESSING": ("SHIPPED", "COMPLETED"),
    "SHIPPED": ("DELIVERED", "COMPLETED"),
    "DELIVERED": ("COMPLETED",),
}
_CANCELLABLE = ("PENDING", "CONFIRMED", "PROCESSING")
Status = Literal["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED", "COMPLETED", "CANCELLED"]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[^\\x00]*$")]


class Item(msgspec.Struct, frozen=True):
    """One line of a new order."""

    product_id: uuid.UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    unit_price: Decimal


class NewOrder(msgspec.Struct, frozen=True):
    """The body of POST /orders."""

    customer_id: ShortText
    type: Literal["SALES", "PURCHASE", "RETURN", "EXCHANGE", "TRANSFER"]
    shipping_method: Literal["STANDARD", "EXPRESS", "OVERNIGHT", "PICKUP", "DIGITAL"]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    payment_method: ShortText
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=100)]


class StatusChange(msgspec.Struct, frozen=True):
    """The body of PUT /orders/{id}/status."""

    status: Status


class Cancellation(msgspec.Struct, frozen=True):
    """The body of POST /orders/{id}/cancel, which may be empty."""

    reason: str = "customer_request"


class OrderList(msgspec.Struct, frozen=True):
    """A page of orders."""

    orders: list[Order]
    pagination: Paging


async def create_order(services: Services, call: Call) -> Answer:
    """POST /orders; with an Idempotency-Key the same request gives the same order, however often it comes."""
    started = time.perf_counter()
    principal = call.bearer().principal
    wanted = call.body(NewOrder)
    order = _priced(wanted, principal)
    services.metrics.sales.cart_sent(order.customer_type, float(order.total))
    body = encode(order)
    body_hash = hashlib.sha256(call.content).digest()
    placement = Placement(principal.account_id, order, _key(call), body_hash, body)
    async with services.database.session() as session:
        if not await orders.place(session, placement):
            return await _not_placed(session, placement)
    services.metrics.sales.order_placed(_placed(order, time.perf_counter() - started))
    return Answer(body, 201)


async def list_orders(services: Services, call: Call) -> Answer:
    """GET /orders?page=&limit=&status=: the caller's own, newest first."""
    page = call.page()
    status = call.query.get("status")
    if status is not None and status not in {*_NEXT, "COMPLETED", "CANCELLED"}:
        raise Unprocessable("validation_failed", "There is no such status.", f"known: {', '.join(_NEXT)}")
    account = call.bearer().principal.account_id
    async with services.database.session() as session:
        found, total = await orders.page(session, account, status, (page.limit, page.offset))
    return Answer(encode(OrderList(found, paging(page.number, page.limit, total))))


async def get_order(services: Services, call: Call) -> Answer:
    """GET /orders/{id}: the caller's own."""
    async with services.database.session() as session:
        order = await _own(session, call)
        items = await orders.items(session, order.id)
    return Answer(encode(_with_items(order, items)))


async def set_status(services: Services, call: Call) -> Answer:
    """PUT /orders/{id}/status: forward only."""
    wanted = call.body(StatusChange).status
    async with services.database.session() as session:
        order = await _own(session, call)
        if wanted not in _NEXT.get(order.status, ()):
            allowed = ", ".join(_NEXT.get(order.status, ())) or "none"
            raise Conflict(
                "status_not_allowed",
                f"An order that is {order.status} cannot become {wanted}.",
                f"allowed: {allowed}; to cancel, POST to /cancel",
            )
        await _move(session, call, order, wanted)
    if wanted == "COMPLETED":
        services.metrics.sales.order_completed(order.shipping_method.lower(), order.customer_type)
    return Answer(encode(msgspec.structs.replace(order, status=wanted)))


async def cancel_order(services: Services, call: Call) -> Answer:
    """POST /orders/{id}/cancel: gives the reserved stock back."""
    reason = (call.body(Cancellation) if call.content else Cancellation()).reason
    async with services.database.session() as session, session.transaction():
        order = await _own(session, call)
        if order.status not in _CANCELLABLE:
            raise Conflict("not_cancellable", f"An order that is {order.status} cannot be cancelled.")
        await _move(session, call, order, "CANCELLED")
        await stock.release_order(session, order.id)
    services.metrics.sales.order_cancelled(reason, order.customer_type)
    return Answer(encode(msgspec.structs.replace(order, status="CANCELLED")))


def _priced(wanted: NewOrder, principal: Principal) -> OrderWithItems:
    """Work out the total; clients do not get to say it."""
    items = [OrderItem(item.product_id, item.quantity, _price(item.unit_price)) for item in wanted.items]
    return OrderWithItems(
        id=uuid.uuid4(),
        customer_id=wanted.customer_id,
        customer_type=principal.customer_type,
        type=wanted.type,
        status="PENDING",
        shipping_method=wanted.shipping_method,
        currency=wanted.currency,
        payment_method=wanted.payment_method,
        total=sum((item.quantity * item.unit_price for item in items), Decimal(0)),
        created_at=dt.datetime.now(dt.UTC),
        items=items,
    )


def _price(price: Decimal) -> Decimal:
    if not (price.is_finite() and 0 < price <= _DEAREST and price == (rounded := price.quantize(_CENT))):
        raise Unprocessable(
            "validation_failed",
            f"unit_price must be above 0, at most {_DEAREST}, in whole cents.",
            f"got {price}",
        )
    return rounded


def _key(call: Call) -> str | None:
    key = call.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise BadRequest("bad_idempotency_key", f"Idempotency-Key must have 1 to {_LONGEST_KEY} characters.")
    return key


async def _not_placed(session: Session, placement: Placement) -> Answer:
    """Find out why: the key was used before, a product does not exist, or there is not enough of it."""
    remembered = await orders.remembered(session, placement)
    if remembered is not None:
        if remembered.body_hash != placement.body_hash:
            raise Conflict("idempotency_key_reused", "This Idempotency-Key was used for another order.")
        return Answer(remembered.response, 201)
    products = {item.product_id for item in placement.order.items}
    unknown = await orders.unknown_products(session, products)
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise Unprocessable("unknown_product", "There is no such product.", names)
    raise Conflict("insufficient_stock", "Not enough in stock for this order.")


def _placed(order: OrderWithItems, seconds: float) -> PlacedOrder:
    return PlacedOrder(
        order_type=order.type.lower(),
        payment_method=order.payment_method.lower(),
        customer_type=order.customer_type,
        currency=order.currency,
        value=float(order.total),
        seconds=seconds,
    )


async def _own(session: Session, call: Call) -> Order:
    text = call.path["id"]
    try:
        order = await orders.by_id(session, call.bearer().principal.account_id, uuid.UUID(text))
    except ValueError:
        order = None
    if order is None:
        raise NotFound("order_not_found", "You have no such order.", text)
    return order


async def _move(session: Session, call: Call, order: Order, status: str) -> None:
    if not await orders.move(session, call.bearer().principal.account_id, order, status):
        raise Conflict(
            "changed_meanwhile", "Another request changed the order; read it again.", str(order.id)
        )


def _with_items(order: Order, items: list[OrderItem]) -> OrderWithItems:
    return OrderWithItems(
        order.id,
        order.customer_id,
        order.customer_type,
        order.type,
        order.status,
        order.shipping_method,
        order.currency,
        order.payment_method,
        order.total,
        order.created_at,
        items,
    )


OPERATIONS = (
    Operation("POST", "/orders", create_order, Access.ACCOUNT),
    Operation("GET", "/orders", list_orders, Access.ACCOUNT),
    Operation("GET", "/orders/{id}", get_order, Access.ACCOUNT),
    Operation("PUT", "/orders/{id}/status", set_status, Access.ACCOUNT),
    Operation("POST", "/orders/{id}/cancel", cancel_order, Access.ACCOUNT),
)
