"""The dashboard of requests, memory, connections and cache."""

from stack.grafana.panels import Above, Below, Dashboard, Panel, Query
from stack.grafana.queries import or_zero, quantile, rate
from stack.grafana.thresholds import limit

_REQUESTS = rate("erpgo_http_requests_total")
_FAILED = rate('erpgo_http_requests_total{status_code=~"5.."}')
_READS = rate('erpgo_cache_operations_total{operation="get"}')
_NOT_HITS = rate('erpgo_cache_operations_total{operation="get",result!="hit"}')
_DURATIONS = "erpgo_http_request_duration_seconds"
_POOL_MAX = 'sum (erpgo_database_connections{state="max"})'

SYSTEM_PERFORMANCE = Dashboard(
    uid="erpgo-system-performance",
    title="ERPGo System Performance",
    panels=(
        Panel(
            title="HTTP Request Rate",
            description="Requests a second. The line ends where the API is gone.",
            unit="reqps",
            queries=(Query("requests", _REQUESTS),),
        ),
        Panel(
            title="Response Time Percentiles",
            description="How long requests take; the alerts look at p95.",
            unit="s",
            queries=(
                Query("p50", quantile(0.5, _DURATIONS)),
                Query("p95", quantile(0.95, _DURATIONS)),
                Query("p99", quantile(0.99, _DURATIONS)),
            ),
            limits=Above(limit("HighResponseTime"), limit("CriticalResponseTime")),
        ),
        Panel(
            title="Memory Usage",
            description="What the API uses (alloc) of what it may use (sys).",
            unit="bytes",
            queries=(
                Query("alloc", 'sum (erpgo_system_memory_bytes{type="alloc"})'),
                Query("sys", 'sum (erpgo_system_memory_bytes{type="sys"})'),
            ),
        ),
        Panel(
            title="Goroutine Count",
            description="Goroutines, or tasks in flight where the API is not written in Go.",
            unit="short",
            queries=(Query("goroutines", "sum (erpgo_goroutines)"),),
        ),
        Panel(
            title="Active DB Connections",
            description="Connections checked out of the API's pool. The alerts are shares of its maximum.",
            unit="short",
            queries=(
                Query("active", 'sum (erpgo_database_connections{state="active"})'),
                Query("max", _POOL_MAX),
                Query("high", f"{limit('DatabaseConnectionHigh')} * {_POOL_MAX}"),
                Query("critical", f"{limit('DatabaseConnectionCritical')} * {_POOL_MAX}"),
            ),
        ),
        Panel(
            title="HTTP Error Rate",
            description="Share of requests answered with 5xx.",
            unit="percentunit",
            queries=(Query("errors", f"({or_zero(_FAILED)}) / {_REQUESTS}"),),
            limits=Above(limit("HighErrorRate"), limit("CriticalErrorRate")),
        ),
        Panel(
            title="Cache Hit Rate",
            description="Share of cache reads that were hits; an error is not a hit.",
            unit="percentunit",
            queries=(Query("hits", f"1 - {_NOT_HITS} / {_READS}"),),
            limits=Below(limit("LowCacheHitRate"), limit("CriticalCacheHitRate")),
        ),
    ),
)
