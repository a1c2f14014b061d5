"""What a new shop starts with: products, stock, accounts. The same on every start, ids included."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

from simulator.erpgo.api.metrics.catalogue import CATEGORIES, WAREHOUSES
from simulator.erpgo.api.metrics.sales import CUSTOMER_TYPES

PRODUCTS = 500
SHOPPERS = 300
# The password of every seeded account. A test system's, printed in the documentation.
SHOPPER_PASSWORD = "Shopper-Passw0rd!"  # noqa: S105 - public by design, see above
_NAMESPACE = uuid.UUID("6f1f7a52-6f5e-4c0e-9d0a-5a1d7c2b9e10")
# Hours of orders at hundreds a second.
_DEEP_STOCK = 1_000_000
_REORDER_LEVEL = 1_000
# A few products are scarce in one warehouse, so that the low-stock list has something to show.
_SCARCE_EVERY = 50
_ADJECTIVES = (
    "Compact",
    "Sturdy",
    "Classic",
    "Modern",
    "Light",
    "Premium",
    "Basic",
    "Smart",
    "Quiet",
    "Bright",
)
_NOUNS = {
    "electronics": ("Headphones", "Keyboard", "Monitor", "Charger", "Speaker"),
    "furniture": ("Desk", "Chair", "Shelf", "Lamp", "Table"),
    "clothing": ("Jacket", "Shirt", "Trousers", "Cap", "Scarf"),
    "grocery": ("Coffee", "Tea", "Honey", "Pasta", "Olive Oil"),
    "toys": ("Puzzle", "Blocks", "Robot", "Kite", "Train"),
    "tools": ("Drill", "Hammer", "Wrench", "Saw", "Level"),
    "books": ("Atlas", "Cookbook", "Novel", "Dictionary", "Planner"),
    "sports": ("Ball", "Racket", "Mat", "Bottle", "Helmet"),
}


def product_id(number: int) -> uuid.UUID:
    """Return the id of the product with this number, counted from 1."""
    return uuid.uuid5(_NAMESPACE, f"product-{number}")


def account_id(email: str) -> uuid.UUID:
    """Return the id of a seeded account."""
    return uuid.uuid5(_NAMESPACE, email)


def products() -> Iterator[tuple[object, ...]]:
    """Yield (id, sku, name, description, category, price)."""
    for number in range(1, PRODUCTS + 1):
        category = CATEGORIES[number % len(CATEGORIES)]
        noun = _NOUNS[category][number // len(CATEGORIES) % 5]
        name = f"{_ADJECTIVES[number // 40 % 10]} {noun} {number:03d}"
        # 4.99 to 498.99, spread over the numbers so that popular products are not all cheap.
        price = Decimal(number * 197 % 495 + 4) + Decimal("0.99")
        yield (
            product_id(number),
            f"ERP-{category[:3].upper()}-{number:04d}",
            name,
            f"{name}, from our {category} range.",
            category,
            price,
        )


def stock() -> Iterator[tuple[object, ...]]:
    """Yield (product_id, warehouse_id, quantity, reorder_level)."""
    for number in range(1, PRODUCTS + 1):
        for warehouse in WAREHOUSES:
            scarce = number % _SCARCE_EVERY == 0 and warehouse == WAREHOUSES[-1]
            yield (product_id(number), warehouse, 500 if scarce else _DEEP_STOCK, _REORDER_LEVEL)


def accounts(password_hash: str) -> Iterator[tuple[object, ...]]:
    """Yield (id, email, username, password_hash, first_name, last_name, user_type, customer_type, active)."""
    for number in range(1, SHOPPERS + 1):
        customer_type = CUSTOMER_TYPES[0 if number % 5 else 1 + number // 5 % 2]
        yield _account(f"shopper-{number:04d}", password_hash, "customer", customer_type, active=True)
    yield _account("clerk-0001", password_hash, "staff", CUSTOMER_TYPES[0], active=True)
    yield _account("disabled-0001", password_hash, "customer", CUSTOMER_TYPES[0], active=False)


def _account(
    name: str, password_hash: str, user_type: str, customer_type: str, *, active: bool
) -> tuple[object, ...]:
    email = f"{name}@erpgo.test"
    role = name.partition("-")[0].capitalize()
    return (
        account_id(email),
        email,
        name,
        password_hash,
        role,
        name[-4:],
        user_type,
        customer_type,
        active,
    )
