"""Alerts on how the API gets on with its database and its cache."""

from simulator.erpgo.stack.prometheus.causes import CACHE_IS_WARM, DATABASE_ANSWERS
from simulator.erpgo.stack.prometheus.model import WAIT_FOR_CRITICAL, AlertRule, Production, RuleGroup

_JOBS = ("erpgo-api",)
_DATABASE = "postgres"
_CACHE = "redis"


# The busiest moment: those who wait give up together, and a scrape between two such waves would begin the hold anew.
_POOL_USAGE = (
    'sum by (database) (max_over_time(erpgo_database_connections{state="active"}[$window]))'
    ' / sum by (database) (erpgo_database_connections{state="max"}) > $threshold'
)
# One busy moment alone is nobody's emergency. The average tells it from a pool that stays busy, and where most of the pool
# is gone for good, so that the average is always high, the median does.
_POOL_STAYS_BUSY = (
    'sum by (database) (quantile_over_time(0.5, erpgo_database_connections{state="active"}[$window]))'
    ' / sum by (database) (erpgo_database_connections{state="max"}) > $threshold'
    ' and on (database) sum by (database) (avg_over_time(erpgo_database_connections{state="active"}[$window]))'
    ' / sum by (database) (erpgo_database_connections{state="max"}) > 0.75'
)
_DATABASE_ERRORS = (
    "sum(rate(erpgo_database_errors_total[$window])) / sum(rate(erpgo_database_queries_total[$window]))"
    " > $threshold and sum(rate(erpgo_database_errors_total[$window])) > $few"
)
# Everything but a hit went to the database, so an error counts as a miss. At five reads a second and more:
# below that, entries expire between two reads and a cold cache is normal.
_HIT_RATE = (
    '1 - sum(rate(erpgo_cache_operations_total{operation="get",result!="hit"}[$window]))'
    ' / sum(rate(erpgo_cache_operations_total{operation="get"}[$window])) < $threshold'
    ' and sum(rate(erpgo_cache_operations_total{operation="get"}[$window])) > 5'
)

_POOL_TEXT = "{{ $value | humanizePercentage }} of the API's database connections are checked out."
_ERRORS_TEXT = "{{ $value | humanizePercentage }} of database queries fail over $window."
_HIT_TEXT = "{{ $value | humanizePercentage }} of cache reads are hits over $window."

DATABASE_SATURATION = RuleGroup(
    "database-saturation",
    (
        AlertRule(
            name="DatabaseConnectionCritical",
            severity="critical",
            family="database-saturation",
            service=_DATABASE,
            expr=_POOL_STAYS_BUSY,
            threshold=0.95,
            # Three scrapes are its hold.
            window=6,
            # Other warnings of this family look back 15 s; they must have gone before this one does.
            keep_firing_for=20,
            summary="The API's connection pool is exhausted",
            description=_POOL_TEXT,
            jobs=_JOBS,
            production=Production("active connections > 50", hold=120, window=60),
        ),
        AlertRule(
            name="DatabaseConnectionHigh",
            severity="warning",
            family="database-saturation",
            service=_DATABASE,
            expr=_POOL_USAGE,
            threshold=0.80,
            window=6,
            hold=4 + WAIT_FOR_CRITICAL,
            summary="The API's connection pool is nearly exhausted",
            description=_POOL_TEXT,
            jobs=_JOBS,
            production=Production("active connections > 20", hold=300, window=60),
        ),
        AlertRule(
            name="DatabaseSlowQueries",
            severity="warning",
            family="database-saturation",
            service=_DATABASE,
            expr=(
                "histogram_quantile(0.95,"
                " sum by (le) (rate(erpgo_database_query_duration_seconds_bucket[$window]))) > $threshold"
                " and sum(rate(erpgo_database_query_duration_seconds_count[$window])) > 2"
            ),
            threshold=0.5,
            window=15,
            # Less than others wait for their critical one: a full pool pages 11 s after it filled at the latest, and
            # the queries of those who wait are told when their locks time out, after 4 s.
            hold=4,
            summary="One database query in twenty takes more than 0.5 s",
            description="The 95th percentile of query times is {{ $value | humanizeDuration }} over $window.",
            jobs=_JOBS,
            production=Production("p95 query > 0.5 s", hold=180),
        ),
        AlertRule(
            name="DatabaseTimeouts",
            severity="warning",
            family="database-saturation",
            service=_DATABASE,
            expr="sum(rate(erpgo_database_timeouts_total[$window])) > $threshold",
            unless=DATABASE_ANSWERS,
            threshold=0.2,
            window=15,
            hold=2 + WAIT_FOR_CRITICAL,
            summary="Database work times out",
            description='{{ $value | printf "%.1f" }} timeouts a second over $window.',
            jobs=_JOBS,
            production=Production("timeouts above a trickle", hold=180),
        ),
    ),
)

DATABASE_ERRORS = RuleGroup(
    "database-errors",
    (
        AlertRule(
            name="CriticalDatabaseErrorRate",
            severity="critical",
            family="database-errors",
            service=_DATABASE,
            expr=_DATABASE_ERRORS,
            unless=DATABASE_ANSWERS,
            threshold=0.05,
            window=15,
            # Longer than pg_up needs to be seen at 0 (3 s), so that a dead database pages once.
            hold=4,
            keep_firing_for=15,
            summary="More than 5 % of database queries fail",
            description=_ERRORS_TEXT,
            jobs=_JOBS,
            # Twice the minute that PostgreSQLDown takes there.
            production=Production("errors above a trickle", hold=120),
        ),
        AlertRule(
            name="DatabaseErrorRate",
            severity="warning",
            family="database-errors",
            service=_DATABASE,
            expr=_DATABASE_ERRORS,
            unless=DATABASE_ANSWERS,
            threshold=0.01,
            window=15,
            hold=4 + WAIT_FOR_CRITICAL,
            summary="More than 1 % of database queries fail",
            description=_ERRORS_TEXT,
            jobs=_JOBS,
            production=Production("errors above a trickle", hold=180),
        ),
    ),
)

CACHE_HIT_RATE = RuleGroup(
    "cache-hit-rate",
    (
        AlertRule(
            name="CriticalCacheHitRate",
            severity="critical",
            family="cache-hit-rate",
            service=_CACHE,
            expr=_HIT_RATE,
            unless=CACHE_IS_WARM,
            threshold=0.50,
            window=15,
            # The fall from a healthy rate takes seconds of its own, enough for a dead cache to be known as dead.
            keep_firing_for=15,
            summary="Fewer than half of the cache reads are hits",
            description=_HIT_TEXT,
            jobs=_JOBS,
            production=Production("hit rate < 50 %", hold=300),
        ),
        AlertRule(
            name="LowCacheHitRate",
            severity="warning",
            family="cache-hit-rate",
            service=_CACHE,
            expr=_HIT_RATE,
            unless=CACHE_IS_WARM,
            threshold=0.80,
            window=15,
            hold=WAIT_FOR_CRITICAL,
            summary="Fewer than 80 % of the cache reads are hits",
            description=_HIT_TEXT,
            jobs=_JOBS,
            production=Production("hit rate < 80 %", hold=600),
        ),
    ),
)
