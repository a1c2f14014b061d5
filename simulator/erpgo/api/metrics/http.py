"""Requests: how many, how long, how big."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

from simulator.erpgo.api.labels import OTHER, AgentFamilies

# ERPGo's buckets plus 2.0, so that "over 2 s" is measured and not interpolated.
DURATION_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0)
SIZE_BUCKETS = (128, 512, 2048, 8192, 32768, 131072)
UNMATCHED = "unmatched"
CLIENT_LEFT = 499
"""The client went away before it was answered; nginx's own status for it."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A 5xx series must exist before its first failure, for each agent that may meet it first.
_FAILURES = ("500", "503")
_EXPECTED_AGENTS = ("locust", "python", "browser", OTHER)


@dataclass(frozen=True)
class Exchange:
    """One finished request; seconds and bytes."""

    method: str
    endpoint: str
    agent: str
    status: int
    seconds: float
    request_bytes: int
    response_bytes: int


@dataclass(frozen=True)
class _Route:
    duration: Histogram
    request_size: Histogram
    response_size: Histogram


class HttpMetrics:
    """`endpoint` is the route's template or "unmatched"; `user_agent` is a family."""

    def __init__(self, registry: CollectorRegistry) -> None:
        route = ("method", "endpoint")
        self._requests = Counter(
            "erpgo_http_requests",
            "Requests answered.",
            (*route, "status_code", "user_agent"),
            registry=registry,
        )
        self._duration = Histogram(
            "erpgo_http_request_duration_seconds",
            "Time from request to answer.",
            route,
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self._request_size = Histogram(
            "erpgo_http_request_size_bytes",
            "Size of request bodies.",
            route,
            buckets=SIZE_BUCKETS,
            registry=registry,
        )
        self._response_size = Histogram(
            "erpgo_http_response_size_bytes",
            "Size of answers.",
            route,
            buckets=SIZE_BUCKETS,
            registry=registry,
        )
        self._agents = AgentFamilies()
        self._counters: dict[tuple[str, str, int, str], Counter] = {}
        self._routes: dict[tuple[str, str], _Route] = {}

    def prepare(self, routes: Iterable[tuple[str, str]]) -> None:
        """Let the failure series of every (method, endpoint) exist at 0.

        No alert reads the sizes, so those wait for a first request: every line costs at every scrape.
        """
        for method, endpoint in routes:
            for agent in _EXPECTED_AGENTS:
                self._announce_failures(method, endpoint, agent)
            self._duration.labels(method, endpoint)
        self._route("GET", UNMATCHED)

    def observe(self, exchange: Exchange) -> None:
        method = exchange.method if exchange.method in _METHODS else OTHER
        self._counter(method, exchange).inc()
        if exchange.status == CLIENT_LEFT:
            return  # how long it stayed says nothing about the service
        route = self._route(method, exchange.endpoint)
        route.duration.observe(exchange.seconds)
        route.request_size.observe(exchange.request_bytes)
        route.response_size.observe(exchange.response_bytes)

    def _counter(self, method: str, exchange: Exchange) -> Counter:
        family = self._agents.family(exchange.agent)
        key = (method, exchange.endpoint, exchange.status, family)
        counter = self._counters.get(key)
        if counter is None:
            self._announce_failures(method, exchange.endpoint, family)
            counter = self._requests.labels(method, exchange.endpoint, str(exchange.status), family)
            self._counters[key] = counter
        return counter

    def _announce_failures(self, method: str, endpoint: str, agent: str) -> None:
        for status in _FAILURES:
            self._requests.labels(method, endpoint, status, agent)

    def _route(self, method: str, endpoint: str) -> _Route:
        route = self._routes.get((method, endpoint))
        if route is None:
            route = _Route(
                self._duration.labels(method, endpoint),
                self._request_size.labels(method, endpoint),
                self._response_size.labels(method, endpoint),
            )
            self._routes[method, endpoint] = route
        return route
