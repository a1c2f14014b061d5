"""The cache's use and success."""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge

from simulator.erpgo.api.windows import MovingRatio

CACHE_TYPES = ("product", "product_list", "search")
_RESULTS = {"get": ("hit", "miss", "error"), "set": ("ok", "error"), "delete": ("ok", "error")}
_RATE_SECONDS = 30


class CacheMetrics:
    """A `get` that Redis could not answer counts as an error, and not as a hit in the rate."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        operations = Counter(
            "erpgo_cache_operations",
            "Operations on the cache.",
            ("operation", "cache_type", "result"),
            registry=registry,
        )
        rate = Gauge(
            "erpgo_cache_hit_rate",
            "Share of hits among gets of the last 30 s, 0 to 1; 1 without any.",
            ("cache_type",),
            registry=registry,
        )
        self.size = Gauge("erpgo_cache_size_bytes", "Memory Redis uses.", registry=registry)
        self._children = {
            (operation, cache_type, result): operations.labels(operation, cache_type, result)
            for operation, results in _RESULTS.items()
            for cache_type in CACHE_TYPES
            for result in results
        }
        self._ratios = {cache_type: MovingRatio(_RATE_SECONDS, clock) for cache_type in CACHE_TYPES}
        for cache_type, ratio in self._ratios.items():
            rate.labels(cache_type).set_function(partial(ratio.ratio, 1.0))

    def count(self, operation: str, cache_type: str, result: str) -> None:
        self._children[operation, cache_type, result].inc()
        if operation == "get":
            self._ratios[cache_type].add(part=result == "hit", whole=1)
