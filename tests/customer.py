"""A customer at the real API, for tests: logs in, chooses, orders."""

import secrets
from typing import Any, Self, cast

import httpx

from simulator.base.protocol import Receipt
from simulator.erpgo.users import accounts


class Customer:
    """One of the seeded shoppers, logged in inside the block."""

    def __init__(self, url: str, number: int = 7, patience: float = 2.0) -> None:
        self._shop = httpx.Client(base_url=f"{url}/api/v1", timeout=patience, trust_env=False)
        self._number = number
        self._product: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        credentials = {"email": accounts.shopper(self._number), "password": accounts.PASSWORD}
        try:
            token = _json(self._shop.post("/auth/login", json=credentials))["access_token"]
        except httpx.HTTPError:
            self._shop.close()
            raise
        self._shop.headers["Authorization"] = f"Bearer {token}"
        return self

    def __exit__(self, *_: object) -> None:
        self._shop.close()

    def orders(self, key: str = "") -> Receipt:
        """Order one piece of something, under this idempotency key or one of its own."""
        key = key or secrets.token_hex(16)
        product = self._chosen()
        order = {
            "customer_id": "customer-7",
            "shipping_method": "STANDARD",
            "payment_method": "paypal",
            "type": "SALES",
            "currency": "USD",
            "items": [{"product_id": product["id"], "quantity": 1, "unit_price": product["price"]}],
        }
        placed = _json(self._shop.post("/orders", json=order, headers={"Idempotency-Key": key}))
        return Receipt(id=placed["id"], key=key)

    def looks(self) -> None:
        """Look at a product, which the cache may know."""
        _json(self._shop.get(f"/products/{self._chosen()['id']}"))

    def _chosen(self) -> dict[str, Any]:
        if self._product is None:
            self._product = _json(self._shop.get("/products?limit=1"))["products"][0]
        return self._product


def _json(answer: httpx.Response) -> dict[str, Any]:
    return cast("dict[str, Any]", answer.raise_for_status().json())
