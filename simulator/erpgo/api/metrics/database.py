"""Connections, queries, errors and timeouts."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

TIMEOUT_TYPES = ("lock", "statement", "acquire")
ERROR_TYPES = ("unavailable", "deadlock", "query")
OUTCOMES = ("committed", "rolled_back")
OPERATIONS = ("select", "insert", "update")
# What the service runs; a query of another kind has to be added here.
QUERIES = (
    *(("select", table) for table in ("accounts", "products", "orders", "stock", "idempotency_keys")),
    ("insert", "accounts"),
    ("insert", "orders"),
    ("update", "orders"),
    ("update", "stock"),
)
_SLOW_SECONDS = 0.5
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class DatabaseMetrics:
    """Labels chosen where ERPGo's list names none.

    `type` of a query is its SQL verb; `outcome` of a transaction is committed or rolled_back; `type` of an
    error is unavailable, deadlock or query; `type` of a timeout is lock, statement or acquire. A timeout is
    not counted as an error as well. `state="waiting"` counts requests that wait for a connection.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._connections = Gauge(
            "erpgo_database_connections",
            "Pool: checked out, idle, most allowed, requests waiting.",
            ("database", "state"),
            registry=registry,
        )
        self._queries = Counter("erpgo_database_queries", "Queries sent.", ("type",), registry=registry)
        self._transactions = Counter(
            "erpgo_database_transactions", "Transactions ended.", ("outcome",), registry=registry
        )
        self._duration = Histogram(
            "erpgo_database_query_duration_seconds",
            "Time of a query, without waiting for a connection.",
            ("operation", "table"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._slow = Counter("erpgo_database_slow_queries", "Queries over 0.5 s.", registry=registry)
        self._errors = Counter("erpgo_database_errors", "Failed queries.", ("type",), registry=registry)
        self._timeouts = Counter("erpgo_database_timeouts", "Waits given up.", ("type",), registry=registry)
        for error_type in ERROR_TYPES:
            self._errors.labels(error_type)
        for timeout_type in TIMEOUT_TYPES:
            self._timeouts.labels(timeout_type)
        self._outcomes = {outcome: self._transactions.labels(outcome) for outcome in OUTCOMES}
        self._verbs = {verb: self._queries.labels(verb) for verb in OPERATIONS}
        self._durations = {kind: self._duration.labels(*kind) for kind in QUERIES}

    def watch_pool(self, state: str, read: Callable[[], float]) -> None:
        """Read a state of the pool at every scrape."""
        self._connections.labels("erp", state).set_function(read)

    def query_ended(self, operation: str, table: str, seconds: float) -> None:
        self._verbs[operation].inc()
        self._durations[operation, table].observe(seconds)
        if seconds > _SLOW_SECONDS:
            self._slow.inc()

    def transaction_ended(self, *, committed: bool) -> None:
        self._outcomes["committed" if committed else "rolled_back"].inc()

    def failed(self, error_type: str) -> None:
        self._errors.labels(error_type).inc()

    def timed_out(self, timeout_type: str) -> None:
        self._timeouts.labels(timeout_type).inc()
