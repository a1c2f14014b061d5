"""The dashboard of requests, memory, connections and cache."""

from simulator.erpgo.stack.grafana.panels import Below, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import or_zero, quantile, rate
from simulator.erpgo.stack.grafana.signals import (
    DURATION_LIMITS,
    DURATIONS,
    GOROUTINE_LIMITS,
    GOROUTINES,
    MEMORY,
    P95,
    POOL_LIMITS,
    REQUESTS,
    connections,
)
from simulator.erpgo.stack.grafana.thresholds import above, limit

_FAILED = rate('erpgo_http_requests_total{status_code=~"5.."}')
_READS = rate('erpgo_cache_operations_total{operation="get"}')
_NOT_HITS = rate('erpgo_cache_operations_total{operation="get",result!="hit"}')

SYSTEM_PERFORMANCE = Dashboard(
    uid="erpgo-system-performance",
    title="ERPGo System Performance",
    panels=(
        Panel(
            title="HTTP Request Rate",
            description="Requests a second. The line ends where the API is gone.",
            unit="reqps",
            queries=(Query("requests", REQUESTS),),
            runbook="availability",
        ),
        Panel(
            title="Response Time Percentiles",
            description="How long requests take; the alerts look at p95.",
            unit="s",
            queries=(Query("p50", quantile(0.5, DURATIONS)), P95, Query("p99", quantile(0.99, DURATIONS))),
            runbook="response-time",
            limits=DURATION_LIMITS,
        ),
        Panel(
            title="Memory Usage",
            description="What the API uses (alloc) of what it may use (sys). The alerts are shares of sys.",
            unit="bytes",
            queries=MEMORY,
            runbook="memory",
        ),
        Panel(
            title="Goroutine Count",
            description="Goroutines, or tasks in flight where the API is not written in Go.",
            unit="short",
            queries=(GOROUTINES,),
            runbook="goroutines",
            limits=GOROUTINE_LIMITS,
        ),
        Panel(
            title="Active DB Connections",
            description="Connections checked out of the API's pool. The alerts are shares of its maximum.",
            unit="short",
            queries=(connections("active"), *POOL_LIMITS),
            runbook="database-saturation",
        ),
        Panel(
            title="HTTP Error Rate",
            description="Share of requests answered with 5xx.",
            unit="percentunit",
            queries=(Query("errors", f"({or_zero(_FAILED)}) / {REQUESTS}"),),
            runbook="error-rate",
            limits=above("HighErrorRate", "CriticalErrorRate"),
        ),
        Panel(
            title="Cache Hit Rate",
            description="Share of cache reads that were hits; an error is not a hit.",
            unit="percentunit",
            queries=(Query("hits", f"1 - {_NOT_HITS} / {_READS}"),),
            runbook="cache-hit-rate",
            limits=Below(limit("LowCacheHitRate"), limit("CriticalCacheHitRate")),
        ),
    ),
)
