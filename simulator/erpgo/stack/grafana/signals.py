"""What more than one dashboard draws of the API."""

from simulator.erpgo.stack.grafana.panels import Query
from simulator.erpgo.stack.grafana.queries import quantile, rate
from simulator.erpgo.stack.grafana.thresholds import above, shares

REQUESTS = rate("erpgo_http_requests_total")
DURATIONS = "erpgo_http_request_duration_seconds"
DURATION_LIMITS = above("HighResponseTime", "CriticalResponseTime")
P95 = Query("p95", quantile(0.95, DURATIONS))
GOROUTINES = Query("goroutines", "sum (erpgo_goroutines)")
GOROUTINE_LIMITS = above("HighGoroutineCount", "CriticalGoroutineCount")
_SYS = 'sum (erpgo_system_memory_bytes{type="sys"})'
MEMORY = (
    Query("alloc", 'sum (erpgo_system_memory_bytes{type="alloc"})'),
    Query("sys", _SYS),
    *shares(_SYS, "HighMemoryUsage", "CriticalMemoryUsage"),
)
_POOL_MAX = 'sum (erpgo_database_connections{state="max"})'
POOL_LIMITS = (
    Query("max", _POOL_MAX),
    *shares(_POOL_MAX, "DatabaseConnectionHigh", "DatabaseConnectionCritical"),
)


def connections(state: str) -> Query:
    """The pool's connections in a state, under its name."""
    return Query(state, f'sum (erpgo_database_connections{{state="{state}"}})')
