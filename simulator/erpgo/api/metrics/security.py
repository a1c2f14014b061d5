"""Authentication, tokens, blocked requests, probes."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter

from simulator.erpgo.api.labels import OTHER, BoundedLabels
from simulator.erpgo.api.metrics.catalogue import SETTLE_SECONDS

FAILURE_REASONS = (
    "invalid_credentials",
    "account_locked",
    "token_expired",
    "token_invalid",
    "account_disabled",
)
BLOCK_REASONS = ("rate_limit", "ip_blacklist", "geoblock")
EVENT_TYPES = (
    "sql_injection_attempt",
    "xss_attempt",
    "csrf_attempt",
    "path_traversal_attempt",
    "token_reuse",
)
TOKEN_TYPES = ("access", "refresh")
AUTH_METHODS = ("password", "refresh")
_ADDRESSES = 16


class SecurityMetrics:
    """The first 16 client addresses that authenticate have series of their own; the others share "other".

    Labels chosen where ERPGo's list names none: `method` (password, refresh) for attempts and successes,
    `token_type` (access, refresh) for tokens, none for rate limit violations.
    """

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], float]) -> None:
        self._failures = Counter(
            "erpgo_auth_failures", "Refused credentials.", ("reason", "ip_address"), registry=registry
        )
        self.attempts = Counter(
            "erpgo_auth_attempts", "Logins and refreshes tried.", ("method",), registry=registry
        )
        self.successes = Counter(
            "erpgo_auth_successes", "Logins and refreshes granted.", ("method",), registry=registry
        )
        self._rate_limited = Counter(
            "erpgo_rate_limit_violations", "Requests over the rate limit.", registry=registry
        )
        self._blocked = Counter("erpgo_blocked_requests", "Requests refused.", ("reason",), registry=registry)
        self.events = Counter("erpgo_security_events", "Probes recognised.", ("type",), registry=registry)
        self.issued = _tokens(registry, "issued")
        self.validated = _tokens(registry, "validated")
        self.expired = _tokens(registry, "expired")
        self.blacklisted = _tokens(registry, "blacklisted")
        self._addresses = BoundedLabels(
            _ADDRESSES, settle=SETTLE_SECONDS, clock=clock, announce=self._announce_address
        )
        self._announce_address(OTHER)
        for reason in BLOCK_REASONS:
            self._blocked.labels(reason)
        for event in EVENT_TYPES:
            self.events.labels(event)
        for method in AUTH_METHODS:
            self.attempts.labels(method)
            self.successes.labels(method)

    def _announce_address(self, address: str) -> None:
        for reason in FAILURE_REASONS:
            self._failures.labels(reason, address)

    def auth_failed(self, reason: str, address: str) -> None:
        self._failures.labels(reason, self._addresses.label(address)).inc()

    def rate_limited(self) -> None:
        self._rate_limited.inc()
        self._blocked.labels("rate_limit").inc()


def _tokens(registry: CollectorRegistry, verb: str) -> Counter:
    counter = Counter(f"erpgo_jwt_tokens_{verb}", f"Tokens {verb}.", ("token_type",), registry=registry)
    for token_type in TOKEN_TYPES:
        counter.labels(token_type)
    return counter
