"""People who look around and often buy."""

import secrets
from decimal import Decimal
from typing import ClassVar
from urllib.parse import quote

from simulator.erpgo.counters import ORDERS
from simulator.erpgo.switches.cancellation_storm import CancellationStorm
from simulator.erpgo.switches.price_error import PriceError
from simulator.erpgo.traffic import wire
from simulator.erpgo.traffic.catalogue import PAGE_SIZE
from simulator.erpgo.traffic.pools import Zipf
from simulator.erpgo.traffic.wire import Product
from simulator.erpgo.users import accounts
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.arrivals import Arrival
from simulator.load.demand import Quota
from simulator.locust.persona import Request, SessionEnded, Unanswered, Unauthorized, bearer
from simulator.locust.pump import clock

PRODUCT_PAGES = 10
SHIPPING = ("STANDARD",) * 6 + ("EXPRESS",) * 2 + ("OVERNIGHT", "PICKUP")
PAYMENT = ("credit_card",) * 6 + ("paypal",) * 3 + ("bank_transfer",)
LARGEST_BASKET, MOST_PIECES = 12, 20
LOOKS_MOST = 3
CENT = Decimal("0.01")
FRESH = 0.7
"""Up to this part of its life a token is used as it is, so that none expires in the middle of an order.

The first one for a random part of that: users who came together do not refresh together.
"""


class Shopper(ErpgoPersona):
    """Lists, searches, looks at products; four of five order, look at the order, and one in sixteen cancels."""

    quota = Quota(share=0.9)
    weight = 10
    counts = frozenset({ORDERS})
    keeps_receipts = True
    orders: ClassVar[float] = 0.78
    cancels: ClassVar[float] = 0.06
    confirms: ClassVar[float] = 0.5
    lists_or_searches: ClassVar[float] = 0.75
    _tokens: wire.Tokens | None = None
    _fresh_until = _good_until = 0.0
    """Of the tokens, in seconds of `clock`."""

    def visit(self, arrival: Arrival) -> None:  # noqa: ARG002  shoppers behave alike, whatever brought them
        products = self.catalogue.products(self._page)
        if products is None:
            raise SessionEnded
        for step in (self._list, self._search):
            if self.chance.random() < self.lists_or_searches:
                step(products)
                self.think()
        for _ in range(self.chance.randint(1, LOOKS_MOST)):
            self.call(Request("GET", f"/products/{products.pick(self.chance).id}", "/products/{id}"))
            self.think()
        if self.chance.random() < self.orders:
            self._order(products)

    def _page(self, number: int) -> list[Product]:
        request = Request("GET", f"/products?limit={PAGE_SIZE}&page={number}", "/products")
        return self.ask(request, wire.ProductPage).products

    def _list(self, _products: Zipf[Product]) -> None:
        page = min(PRODUCT_PAGES, int(self.chance.paretovariate(1.2)))
        self.call(Request("GET", f"/products?limit=20&page={page}", "/products"))

    def _search(self, products: Zipf[Product]) -> None:
        # The second word of a name is the kind of thing: what people search for.
        words = products.pick(self.chance).name.split()
        word = quote(words[min(1, len(words) - 1)])
        self.call(Request("GET", f"/products/search?q={word}", "/products/search"))

    def _order(self, products: Zipf[Product]) -> None:
        if self.floor.desk.leaves_out(ORDERS, self.chance):
            return
        try:
            self._place_and_follow(self._basket(products), bearer(self._logged_in().access_token))
        except Unauthorized:
            self._tokens = None
            raise

    def _logged_in(self) -> wire.Tokens:
        """The tokens of this user: logged in once and for long, as people are, and refreshed before they expire."""
        now, tokens = clock(), self._tokens
        if tokens is not None and now < self._fresh_until:
            return tokens
        # A refresh that got no answer may have spent its token all the same: using that again would look like theft.
        self._tokens = None
        if tokens is not None and now < self._good_until:
            refresh = Request("POST", "/auth/refresh", body=wire.Refresh(tokens.refresh_token))
            return self._keep(self.ask(refresh, wire.Tokens), FRESH)
        login = self.log_in(accounts.shopper(self.number), accounts.PASSWORD)
        tokens = wire.Tokens(login.access_token, login.refresh_token, login.expires_in)
        return self._keep(tokens, FRESH * self.chance.random())

    def _keep(self, tokens: wire.Tokens, fresh: float) -> wire.Tokens:
        """Remember tokens that were just given; `fresh` is the part of their life in which they are used as they are."""
        self._tokens = tokens
        self._fresh_until = clock() + fresh * tokens.expires_in
        self._good_until = clock() + tokens.expires_in
        return tokens

    def _place_and_follow(self, basket: wire.NewOrder, token: dict[str, str]) -> None:
        order = self._place(basket, token)
        self.think()
        self.call(Request("GET", f"/orders/{order}", "/orders/{id}", headers=token))
        self.think()
        self.call(self._follow_up(order, token))

    def _place(self, basket: wire.NewOrder, token: dict[str, str]) -> str:
        """Place an order; returns its id."""
        key = secrets.token_hex(16)
        request = Request("POST", "/orders", body=basket, headers={"Idempotency-Key": key, **token})
        try:
            order = self.ask(request, wire.Order).id
        except Unanswered:
            # Has it been taken? Who does not know asks again with the same key, and must not get two.
            self.think()
            order = self.ask(request, wire.Order).id
        self.floor.desk.acknowledged(ORDERS, order, key)
        return order

    def _follow_up(self, order: str, token: dict[str, str]) -> Request:
        if self._regrets():
            reason = wire.Cancellation("changed_mind")
            return Request("POST", f"/orders/{order}/cancel", "/orders/{id}/cancel", reason, token)
        if self.chance.random() < self.confirms:
            confirmed = wire.StatusChange("CONFIRMED")
            return Request("PUT", f"/orders/{order}/status", "/orders/{id}/status", confirmed, token)
        return Request("GET", "/orders?limit=10", "/orders", headers=token)

    def _regrets(self) -> bool:
        storm = self.floor.desk.switchboard.find(CancellationStorm, clock())
        regrets = self.chance.random() < (storm.share if storm else self.cancels)
        if storm and regrets:
            self.floor.desk.happened(storm.name)
        return regrets

    def _price(self, listed: Decimal) -> Decimal:
        error = self.floor.desk.switchboard.find(PriceError, clock())
        if error is None:
            return listed
        self.floor.desk.happened(error.name)
        return max(CENT, (listed * Decimal(str(error.factor))).quantize(CENT))

    def _basket(self, products: Zipf[Product]) -> wire.NewOrder:
        """Most baskets hold one or two things; a few hold many: both tails are Pareto."""
        size = min(LARGEST_BASKET, int(self.chance.paretovariate(1.5)))
        chosen = {product.id: product for product in (products.pick(self.chance) for _ in range(size))}
        items = [
            wire.Item(
                product.id, min(MOST_PIECES, int(self.chance.paretovariate(1.8))), self._price(product.price)
            )
            for product in chosen.values()
        ]
        return wire.NewOrder(
            f"customer-{self.number}", self.chance.choice(SHIPPING), self.chance.choice(PAYMENT), items
        )
