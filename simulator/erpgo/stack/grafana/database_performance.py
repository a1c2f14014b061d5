"""The dashboard of the database as the API sees it: connections, queries, errors, memory."""

from simulator.erpgo.stack.grafana.panels import Above, Dashboard, Panel, Query
from simulator.erpgo.stack.grafana.queries import or_zero, quantile, rate, steady
from simulator.erpgo.stack.grafana.signals import POOL_LIMITS, connections
from simulator.erpgo.stack.grafana.thresholds import limit

_QUERIES = "erpgo_database_query_duration_seconds"
_SATURATION, _ERRORS = "database-saturation", "database-errors"
_PER_SECOND = "cps"
_SLOW = Above(limit("DatabaseSlowQueries"))

DATABASE_PERFORMANCE = Dashboard(
    uid="erpgo-database-performance",
    title="ERPGo Database Performance",
    panels=(
        Panel(
            title="Database Connection Pool",
            description="The API's connections: checked out, waiting for work, most allowed. The alerts are shares of the latter.",
            unit="short",
            queries=(connections("active"), connections("idle"), *POOL_LIMITS),
            runbook=_SATURATION,
        ),
        Panel(
            title="Database Query Rate",
            description="Queries sent and transactions ended. The lines end where the API is gone.",
            unit=_PER_SECOND,
            queries=(
                Query("queries", steady("erpgo_database_queries_total")),
                Query("transactions", steady("erpgo_database_transactions_total")),
            ),
            runbook=_ERRORS,
        ),
        Panel(
            title="Query Response Time",
            description="How long queries take, without waiting for a connection; the alert looks at p95.",
            unit="s",
            queries=(
                Query("p50", quantile(0.5, _QUERIES)),
                Query("p95", quantile(0.95, _QUERIES)),
                Query("p99", quantile(0.99, _QUERIES)),
            ),
            runbook=_SATURATION,
            limits=_SLOW,
        ),
        Panel(
            title="95th Percentile Query Time",
            description="By kind of query: which of them are slow when the alert says that some are.",
            unit="s",
            queries=(Query("p95", quantile(0.95, _QUERIES, by="operation"), "{{operation}}"),),
            runbook=_SATURATION,
            limits=_SLOW,
        ),
        Panel(
            title="Slow Query Rate",
            description="Queries that took more than half a second.",
            unit=_PER_SECOND,
            queries=(Query("slow", or_zero(rate("erpgo_database_slow_queries_total"))),),
            runbook=_SATURATION,
        ),
        Panel(
            title="Database Errors",
            description="Failed queries, and waits given up. The limit is that of timeouts; the alerts on errors are "
            "shares of the queries.",
            unit=_PER_SECOND,
            queries=(
                Query("errors", or_zero(rate("erpgo_database_errors_total"))),
                Query("timeouts", or_zero(rate("erpgo_database_timeouts_total"))),
            ),
            runbook=_ERRORS,
            limits=Above(limit("DatabaseTimeouts")),
        ),
        Panel(
            title="Database Memory Usage",
            description="Its container's memory; without a container, what PostgreSQL may use for what it does now.",
            unit="bytes",
            queries=(Query("memory", "job:database_memory_bytes"),),
            runbook=_SATURATION,
        ),
    ),
)
