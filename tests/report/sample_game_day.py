"""The demo game day as it should be, experiment by experiment."""

from simulator.judge.verdict import ExperimentVerdict, TolerableAlert
from tests.report.sample_parts import (
    SECURITY,
    fault,
    gone,
    inhibited,
    moved,
    noisy,
    paged,
    stayed,
    step,
    track,
)

_PANELS = ("HTTP Request Rate", "Memory Usage", "Goroutine Count", "HTTP Error Rate", "Cache Hit Rate")


def _experiment(name: str, title: str, zero: float, lasted: float, **parts: object) -> ExperimentVerdict:
    """An experiment that was met, unless the parts say otherwise."""
    values: dict[str, object] = {
        "name": name,
        "title": title,
        "status": "completed",
        "outcome": "met",
        "reasons": (),
        "started": zero - 12.0,
        "ended": zero + lasted,
        "observed_from": zero + 0.26,
        "observed_to": zero + 30.3,
        "quiet_again": zero + lasted - 0.4,
        "faults": (),
        "alerts": (),
        "tolerated": (),
        "unexpected": (),
        "panels": (),
        "tracks": (),
    }
    return ExperimentVerdict.model_validate(values | parts)


def control() -> ExperimentVerdict:
    return _experiment(
        "control",
        "Steady traffic and no fault: nothing fires, nothing moves",
        20.0,
        61.0,
        panels=(*(stayed(panel) for panel in _PANELS), stayed("Authentication Failures/sec", SECURITY)),
    )


def api_killed() -> ExperimentVerdict:
    zero = 98.214
    return _experiment(
        "api-killed",
        "The API is killed and held down",
        zero,
        49.0,
        faults=(fault("service-kill", zero, "service erpgo-api", "/health refused the connection", 31.2),),
        alerts=(
            paged(
                "ApplicationDown",
                zero,
                10.0,
                true=0.62,
                pending=1.31,
                firing=3.31,
                accepted=3.42,
                notified=4.44,
                undone=31.2,
                resolved=36.9,
            ),
        ),
        tolerated=(
            TolerableAlert(
                alert="CriticalErrorRate",
                because="nginx answers 502 for requests that were on their way when the API died",
                fired=0,
                paged=0,
            ),
            TolerableAlert(
                alert="LowOrderRate", because="no orders are possible while the API is down", fired=1, paged=1
            ),
        ),
        panels=(
            moved("HTTP Request Rate", "requests", "disappear", zero=zero, after=5.1, back=38.3),
            stayed("Memory Usage"),
        ),
        tracks=(track("HTTP Request Rate", "reqps", zero, 49, requests=gone(noisy(118.0), 4.0, 38.0)),),
    )


def postgres_killed() -> ExperimentVerdict:
    zero = 161.877
    return _experiment(
        "postgres-killed",
        "PostgreSQL is killed and held down",
        zero,
        72.0,
        faults=(
            fault("service-kill", zero, "service erpgo-postgres", "connection refused on its port", 30.8),
        ),
        alerts=(
            paged(
                "PostgreSQLDown",
                zero,
                12.0,
                true=1.12,
                pending=1.9,
                firing=3.9,
                accepted=4.02,
                notified=5.03,
                undone=30.8,
                resolved=38.2,
            ),
            paged(
                "CriticalErrorRate",
                zero,
                22.0,
                true=4.13,
                pending=5.22,
                firing=10.21,
                accepted=10.33,
                notified=11.35,
                undone=30.8,
                resolved=53.0,
            ),
            inhibited(
                "HighErrorRate",
                zero,
                "CriticalErrorRate",
                true=2.14,
                pending=3.22,
                firing=8.22,
                accepted=8.33,
                undone=30.8,
            ),
        ),
        tolerated=(
            TolerableAlert(
                alert="HighResponseTime",
                because="requests wait up to 2 s for a connection before they are answered with 503",
                fired=1,
                paged=1,
            ),
        ),
        panels=(moved("HTTP Error Rate", "errors", "up", zero=zero, after=4.2, back=52.2),),
        tracks=(
            track(
                "HTTP Error Rate", "percentunit", zero, 72, errors=step(noisy(0.001), noisy(0.38), 2, 34, 14)
            ),
        ),
    )


def pool_exhausted() -> ExperimentVerdict:
    zero = 251.03
    return _experiment(
        "db-pool-exhausted",
        "A lock makes writers wait until the connection pool is full",
        zero,
        84.0,
        faults=(
            fault(
                "db-pool-exhaust",
                zero,
                "table orders",
                "20 of 20 connections checked out, 34 requests wait",
                31.0,
            ),
        ),
        alerts=(
            paged(
                "DatabaseConnectionCritical",
                zero,
                12.0,
                true=0.84,
                pending=1.71,
                firing=5.71,
                accepted=5.8,
                notified=6.82,
                undone=31.0,
                resolved=41.0,
            ),
            paged(
                "CriticalResponseTime",
                zero,
                24.0,
                true=5.85,
                pending=6.5,
                firing=11.5,
                accepted=11.62,
                notified=12.64,
                undone=31.0,
                resolved=58.1,
            ),
            inhibited(
                "DatabaseConnectionHigh",
                zero,
                "DatabaseConnectionCritical",
                true=0.84,
                pending=1.71,
                firing=6.71,
                accepted=6.9,
                undone=31.0,
            ),
            inhibited(
                "HighResponseTime",
                zero,
                "CriticalResponseTime",
                true=3.86,
                pending=4.5,
                firing=10.5,
                accepted=10.6,
                undone=31.0,
            ),
        ),
        panels=(
            moved("Active DB Connections", "active", "up", zero=zero, after=2.9, back=36.0),
            moved("Response Time Percentiles", "p95", "up", zero=zero, after=4.9, back=55.8),
        ),
        tracks=(
            track(
                "Active DB Connections",
                "short",
                zero,
                84,
                active=step(noisy(3.4, 0.3), noisy(20, 0), -2, 31, 3),
                max=lambda _: 20.0,
                high=lambda _: 16.0,
                critical=lambda _: 19.0,
            ),
            track(
                "Response Time Percentiles",
                "s",
                zero,
                84,
                p50=step(noisy(0.011), noisy(0.4, 0.1), 1, 34, 12),
                p95=step(noisy(0.048), noisy(2.31), 1, 34, 12),
                p99=step(noisy(0.083), noisy(2.46), 1, 34, 12),
            ),
        ),
    )


def cache_flooded() -> ExperimentVerdict:
    zero = 352.66
    return _experiment(
        "cache-flooded",
        "Junk keys push the application's own out of the cache",
        zero,
        69.0,
        faults=(
            fault("cache-flood", zero, "mebibytes 16", "0 of 412 product keys left, hit rate 6 %", 30.9),
        ),
        alerts=(
            paged(
                "CriticalCacheHitRate",
                zero,
                26.0,
                true=8.2,
                pending=9.4,
                firing=14.4,
                accepted=14.5,
                notified=15.52,
                undone=30.9,
                resolved=49.9,
            ),
            inhibited(
                "LowCacheHitRate",
                zero,
                "CriticalCacheHitRate",
                true=4.2,
                pending=5.4,
                firing=13.4,
                accepted=13.6,
                undone=30.9,
            ),
        ),
        panels=(moved("Cache Hit Rate", "hits", "down", zero=zero, after=5.6, back=46.0),),
        tracks=(
            track(
                "Cache Hit Rate",
                "percentunit",
                zero,
                69,
                hits=step(noisy(0.93, 0.01), noisy(0.07, 0.3), 0, 32, 14),
            ),
        ),
    )


def stuffing() -> ExperimentVerdict:
    zero = 438.5
    return _experiment(
        "credential-stuffing",
        "Stolen passwords are tried from a few addresses",
        zero,
        75.0,
        faults=(fault("workload", zero, "rate 12, switch stuffing", "11.8 failed logins a second", 30.6),),
        alerts=(
            paged(
                "CriticalAuthFailureRate",
                zero,
                22.0,
                true=3.3,
                pending=4.1,
                firing=9.1,
                accepted=9.2,
                notified=10.21,
                undone=30.6,
                resolved=62.4,
            ),
            inhibited(
                "HighAuthFailureRate",
                zero,
                "CriticalAuthFailureRate",
                true=1.3,
                pending=2.1,
                firing=7.1,
                accepted=7.3,
                undone=30.6,
            ),
        ),
        panels=(moved("Authentication Failures/sec", "failures", "up", zero=zero, after=3.4, back=47.0),),
        tracks=(
            track(
                "Authentication Failures/sec",
                "cps",
                zero,
                75,
                failures=step(noisy(0.02), noisy(11.8), 0, 31, 10),
            ),
        ),
    )
