"""ERPGo's JSON as the workload writes and reads it."""

from decimal import Decimal
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Credentials(msgspec.Struct, frozen=True):
    """Body of POST /auth/login."""

    email: str
    password: str


class Refresh(msgspec.Struct, frozen=True):
    """Body of POST /auth/refresh and /auth/logout."""

    refresh_token: str


class Account(msgspec.Struct, frozen=True):
    """The part of `user` in the answer to a login that the workload needs."""

    id: str


class Tokens(msgspec.Struct, frozen=True):
    """The answer to a refresh."""

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds that the access token is good for."""


class LoggedIn(msgspec.Struct, frozen=True):
    """The answer to a login."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: Account


class Product(msgspec.Struct, frozen=True):
    """A product as the lists show it."""

    id: str
    name: str
    price: Decimal


class ProductPage(msgspec.Struct, frozen=True):
    """The answer to GET /products."""

    products: list[Product]


class Item(msgspec.Struct, frozen=True):
    """One line of an order."""

    product_id: str
    quantity: int
    unit_price: Decimal


class NewOrder(msgspec.Struct, frozen=True):
    """Body of POST /orders."""

    customer_id: str
    shipping_method: str
    payment_method: str
    items: list[Item]
    type: str = "SALES"
    currency: str = "USD"


class Order(msgspec.Struct, frozen=True):
    """The part of an order in answers that the workload needs."""

    id: str


class Adjustment(msgspec.Struct, frozen=True):
    """Body of POST /inventory/adjust."""

    product_id: str
    adjustment: int
    warehouse_id: str


class StockLevel(msgspec.Struct, frozen=True):
    """The part of the answer to a change of stock that the workload needs."""

    quantity: int
    reserved: int


class StatusChange(msgspec.Struct, frozen=True):
    """Body of PUT /orders/{id}/status."""

    status: str


class Cancellation(msgspec.Struct, frozen=True):
    """Body of POST /orders/{id}/cancel."""

    reason: str


def encode(value: msgspec.Struct) -> bytes:
    """A body as JSON."""
    return msgspec.json.encode(value)


def decode(content: bytes, kind: type[T]) -> T:
    """An answer's JSON as a value; fields that the workload does not need are passed over.

    Raises:
        msgspec.DecodeError: it is not JSON, or of another shape.
    """
    return msgspec.json.decode(content, type=kind)
