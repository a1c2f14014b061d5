"""Every metric of ERPGo's list, one file per subject.

Series that an alert or a panel reads exist from the start at 0: `rate()` cannot see the first event of a
series that was not there before it.
"""

import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics

from simulator.erpgo.api.metrics.cache import CacheMetrics
from simulator.erpgo.api.metrics.catalogue import CatalogueMetrics
from simulator.erpgo.api.metrics.database import DatabaseMetrics
from simulator.erpgo.api.metrics.http import HttpMetrics
from simulator.erpgo.api.metrics.sales import SalesMetrics
from simulator.erpgo.api.metrics.security import SecurityMetrics
from simulator.erpgo.api.metrics.system import SystemMetrics
from simulator.erpgo.api.metrics.users import UserMetrics


@dataclass(frozen=True)
class Metrics:
    """All subjects, sharing one registry."""

    registry: CollectorRegistry
    http: HttpMetrics
    sales: SalesMetrics
    users: UserMetrics
    catalogue: CatalogueMetrics
    security: SecurityMetrics
    database: DatabaseMetrics
    cache: CacheMetrics
    system: SystemMetrics


def create(memory_limit: int) -> Metrics:
    """Create all metrics in a registry of their own; `memory_limit` in bytes."""
    # Half of all lines, and nobody asks for them.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus-client leaves it untyped
    registry = CollectorRegistry()
    ProcessCollector(
        registry=registry
    )  # process_start_time_seconds: who reads a counter must know of a restart
    return Metrics(
        registry=registry,
        http=HttpMetrics(registry),
        sales=SalesMetrics(registry, time.monotonic),
        users=UserMetrics(registry),
        catalogue=CatalogueMetrics(registry, time.monotonic),
        security=SecurityMetrics(registry, time.monotonic),
        database=DatabaseMetrics(registry),
        cache=CacheMetrics(registry, time.monotonic),
        system=SystemMetrics(registry, memory_limit),
    )
