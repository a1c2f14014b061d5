"""The process itself, and errors nobody planned for."""

import asyncio
import os
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge

COMPONENTS = ("http", "database", "cache", "auth")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")


class SystemMetrics:
    """`alloc` is the resident size, `sys` the configured limit; `cpu="process"` is this process's share."""

    def __init__(self, registry: CollectorRegistry, memory_limit: int) -> None:
        memory = Gauge("erpgo_system_memory_bytes", "Memory in bytes.", ("type",), registry=registry)
        memory.labels("alloc").set_function(resident_bytes)
        memory.labels("sys").set(memory_limit)
        cpu = Gauge("erpgo_system_cpu_percent", "CPU since the last scrape.", ("cpu",), registry=registry)
        cpu.labels("process").set_function(CpuShare().percent)
        tasks = Gauge("erpgo_goroutines", "Tasks in flight.", registry=registry)
        tasks.set_function(_tasks_in_flight)
        self._errors = Counter(
            "erpgo_errors",
            "Failures inside the service.",
            ("error_type", "component", "severity"),
            registry=registry,
        )
        self._panics = Counter(
            "erpgo_panics", "Exceptions that no code expected.", ("component",), registry=registry
        )
        for component in COMPONENTS:
            self._panics.labels(component)
        self._errors.labels("unavailable", "database", "error")
        self._errors.labels("unavailable", "cache", "warning")
        self._errors.labels("timeout", "database", "error")
        self._errors.labels("panic", "http", "critical")

    def error(self, error_type: str, component: str, severity: str) -> None:
        self._errors.labels(error_type, component, severity).inc()

    def panic(self, component: str) -> None:
        self._panics.labels(component).inc()
        self.error("panic", component, "critical")


class CpuShare:
    """CPU use between two readings, in percent of one core."""

    def __init__(self) -> None:
        self._wall = time.monotonic()
        self._used = time.process_time()

    def percent(self) -> float:
        wall, used = time.monotonic(), time.process_time()
        elapsed, spent = wall - self._wall, used - self._used
        self._wall, self._used = wall, used
        return 100.0 * spent / elapsed if elapsed > 0 else 0.0


def resident_bytes() -> float:
    """Return the resident size of this process."""
    return float(int(_STATM.read_text().split()[1]) * _PAGE_BYTES)


def _tasks_in_flight() -> float:
    try:
        return float(len(asyncio.all_tasks()))
    except RuntimeError:  # read outside the event loop, as some tests do
        return 0.0
