"""People who look around and often buy."""

import secrets
from typing import ClassVar
from urllib.parse import quote

import msgspec

from scenarios.users import accounts
from simulator.workload import wire
from simulator.workload.arrivals import Arrival
from simulator.workload.demand import Quota
from simulator.workload.persona import Persona, SessionEnded
from simulator.workload.pools import Zipf
from simulator.workload.wire import Product

UNAUTHORIZED = 401
ANSWERED = frozenset({200, 201, UNAUTHORIZED})
PRODUCT_PAGES = 25
SHIPPING = ("STANDARD",) * 6 + ("EXPRESS",) * 2 + ("OVERNIGHT", "PICKUP")
PAYMENT = ("credit_card",) * 6 + ("paypal",) * 3 + ("bank_transfer",)
LARGEST_BASKET, MOST_PIECES = 12, 20
LOOKS_MOST = 3


class Shopper(Persona):
    """Lists, searches, looks at products; seven of ten order, look at the order, and one in sixteen cancels."""

    quota = Quota(share=0.9)
    weight = 10
    orders: ClassVar[float] = 0.72
    cancels: ClassVar[float] = 0.06
    confirms: ClassVar[float] = 0.5
    lists_or_searches: ClassVar[float] = 0.75
    _login: wire.LoggedIn | None = None

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  shoppers behave alike, whatever brought them
        products = self.floor.catalogue.products(self._page)
        if products is None:
            raise SessionEnded
        for step in (self._list, self._search):
            if self.chance.random() < self.lists_or_searches:
                step(products)
                self.think()
        for _ in range(self.chance.randint(1, LOOKS_MOST)):
            self.call("GET", f"/products/{products.pick(self.chance).id}", name="/products/{id}")
            self.think()
        if self.chance.random() < self.orders:
            self._order(products)

    def _page(self, number: int) -> list[Product]:
        _, content = self.call("GET", f"/products?limit=100&page={number}", name="/products")
        return self.read(content, wire.ProductPage).products

    def _list(self, _products: Zipf[Product]) -> None:
        page = min(PRODUCT_PAGES, int(self.chance.paretovariate(1.2)))
        self.call("GET", f"/products?limit=20&page={page}", name="/products")

    def _search(self, products: Zipf[Product]) -> None:
        # The second word of a name is the kind of thing: what people search for.
        words = products.pick(self.chance).name.split()
        self.call(
            "GET", f"/products/search?q={quote(words[min(1, len(words) - 1)])}", name="/products/search"
        )

    def _order(self, products: Zipf[Product]) -> None:
        if self.floor.desk.orders_stopped:
            self.floor.desk.order_left_out()
            return
        key = {"Idempotency-Key": secrets.token_hex(16)}
        _, content = self._with_token("POST", "/orders", "/orders", self._basket(products), key)
        self.floor.desk.counts.orders += 1
        self.think()
        self._follow_up(self.read(content, wire.Order).id)

    def _follow_up(self, order: str) -> None:
        self._with_token("GET", f"/orders/{order}", "/orders/{id}")
        self.think()
        if self.chance.random() < self.cancels:
            self._with_token(
                "POST", f"/orders/{order}/cancel", "/orders/{id}/cancel", wire.Cancellation("changed_mind")
            )
        elif self.chance.random() < self.confirms:
            self._with_token(
                "PUT", f"/orders/{order}/status", "/orders/{id}/status", wire.StatusChange("CONFIRMED")
            )
        else:
            self._with_token("GET", "/orders?limit=10", "/orders")

    def _basket(self, products: Zipf[Product]) -> wire.NewOrder:
        """Most baskets hold one or two things; a few hold many: both tails are Pareto."""
        size = min(LARGEST_BASKET, int(self.chance.paretovariate(1.5)))
        chosen = {product.id: product for product in (products.pick(self.chance) for _ in range(size))}
        items = [
            wire.Item(product.id, min(MOST_PIECES, int(self.chance.paretovariate(1.8))), product.price)
            for product in chosen.values()
        ]
        return wire.NewOrder(
            f"customer-{self.number}", self.chance.choice(SHIPPING), self.chance.choice(PAYMENT), items
        )

    def _with_token(
        self,
        method: str,
        path: str,
        name: str,
        body: msgspec.Struct | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """A request of somebody who logged in once and stays so until the API no longer takes the token."""
        if self._login is None:
            self._login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        headers = {"Authorization": f"Bearer {self._login.access_token}", **(headers or {})}
        status, content = self.call(method, path, name=name, body=body, headers=headers, expect=ANSWERED)
        if status == UNAUTHORIZED:
            self._login = None
            raise SessionEnded
        return status, content
