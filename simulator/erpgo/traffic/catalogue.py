"""The shop's products, learned from its own list once per worker."""

import random
from collections.abc import Callable, Sequence

from gevent.lock import BoundedSemaphore

from simulator.erpgo.traffic.pools import Zipf
from simulator.erpgo.traffic.wire import Product

PAGE_SIZE = 100
MOST_PAGES = 10

FetchPage = Callable[[int], Sequence[Product]]
"""Page number, from 1 -> its products; empty beyond the last."""


class Catalogue:
    """Products by popularity. The order is drawn from the seed, not from the list: every worker agrees on it."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._lock = BoundedSemaphore(1)
        self._products: Zipf[Product] | None = None

    def products(self, fetch: FetchPage) -> Zipf[Product] | None:
        """All products; the first user that asks fetches them, the others wait. None: the shop is empty."""
        if self._products is None:
            with self._lock:
                if self._products is None:
                    self._products = self._learn(fetch)
        return self._products

    @property
    def known(self) -> Zipf[Product] | None:
        """The products, once a shopper has learned them."""
        return self._products

    def _learn(self, fetch: FetchPage) -> Zipf[Product] | None:
        found: list[Product] = []
        for page in range(1, MOST_PAGES + 1):
            products = fetch(page)
            found += products
            if len(products) < PAGE_SIZE:
                break
        random.Random(self._seed).shuffle(found)
        return Zipf(found) if found else None
