"""Accounts and sessions."""

from prometheus_client import CollectorRegistry, Counter, Gauge

USER_TYPES = ("customer", "staff")


class UserMetrics:
    """`source` is always this API; a refused login counts as a customer's, since nobody knows whose it was."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registrations = Counter(
            "erpgo_user_registrations", "Accounts created.", ("user_type", "source"), registry=registry
        )
        self._logins = Counter("erpgo_user_logins", "Logins.", ("user_type", "status"), registry=registry)
        self.active_sessions = Gauge(
            "erpgo_active_sessions",
            "Sessions logged in here and neither logged out nor expired.",
            ("user_type",),
            registry=registry,
        )
        for user_type in USER_TYPES:
            self._registrations.labels(user_type, "api")
            self.active_sessions.labels(user_type)
            for status in ("success", "failure"):
                self._logins.labels(user_type, status)

    def registered(self, user_type: str) -> None:
        self._registrations.labels(user_type, "api").inc()

    def login(self, user_type: str, *, success: bool) -> None:
        self._logins.labels(user_type, "success" if success else "failure").inc()
