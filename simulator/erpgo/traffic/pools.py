"""Data that Faker made once per process: a call to Faker costs 200 times what picking from a pool does."""

import bisect
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from faker import Faker

T = TypeVar("T")
POOL_SIZE = 200
ZIPF_EXPONENT = 1.3
"""Popularity of the k-th product ~ 1/k^1.3: a shop's bestsellers are steeper than the 1/k of web pages.

With 500 products, 28 views a second and a cache that keeps them for 30 s, 85 of 100 views then hit the cache; with
1/k it was 76, measured and computed, so that normal traffic alone tripped LowCacheHitRate.
"""
USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Edg/126.0",
)


class Zipf(Generic[T]):
    """Picks items by popularity, the first being the most popular."""

    def __init__(self, items: Sequence[T], exponent: float = ZIPF_EXPONENT) -> None:
        if not items:
            raise ValueError("Zipf needs at least one item")
        self._items = items
        self._heights = list(itertools.accumulate(1 / rank**exponent for rank in range(1, len(items) + 1)))

    def pick(self, chance: random.Random) -> T:
        return self._items[bisect.bisect(self._heights, chance.random() * self._heights[-1])]


@dataclass(frozen=True)
class Pools:
    """What sessions pick from."""

    attack_names: tuple[str, ...]
    passwords: tuple[str, ...]
    """Plausible and wrong."""


def make_pools(seed: str) -> Pools:
    """The same pools for the same seed."""
    faker = Faker(use_weighting=False)
    faker.seed_instance(seed)
    return Pools(
        attack_names=tuple(faker.user_name() for _ in range(POOL_SIZE)),
        passwords=tuple(faker.password(length=12) for _ in range(POOL_SIZE)),
    )
