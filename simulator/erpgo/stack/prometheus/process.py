"""Alerts on what the API itself uses: memory, and tasks in flight (goroutines, where it is written in Go)."""

from simulator.erpgo.stack.prometheus.model import WAIT_FOR_CRITICAL, AlertRule, Production, RuleGroup

_API = "erpgo-api"
_JOBS = (_API,)
# One sample is no trend: a gauge must stand above its limit in three scrapes.
_HOLD = 4

_MEMORY = (
    'sum by (job) (erpgo_system_memory_bytes{type="alloc"}) / sum by (job) (erpgo_system_memory_bytes{type="sys"})'
    " > $threshold"
)
_MEMORY_TEXT = "The API uses {{ $value | humanizePercentage }} of the memory it may use."
_TASKS = "sum by (job) (erpgo_goroutines) > $threshold"
_TASKS_TEXT = '{{ $value | printf "%.0f" }} tasks are in flight in the API.'

MEMORY = RuleGroup(
    "memory",
    (
        AlertRule(
            name="CriticalMemoryUsage",
            severity="critical",
            family="memory",
            service=_API,
            expr=_MEMORY,
            threshold=0.95,
            hold=_HOLD,
            # On the way down, critical must outlast the warning's being above its limit for one more scrape.
            keep_firing_for=4,
            summary="The API has used up its memory",
            description=_MEMORY_TEXT,
            jobs=_JOBS,
            production=Production("alloc / sys > 95 %", hold=120),
        ),
        AlertRule(
            name="HighMemoryUsage",
            severity="warning",
            family="memory",
            service=_API,
            expr=_MEMORY,
            threshold=0.80,
            hold=_HOLD + WAIT_FOR_CRITICAL,
            summary="The API's memory runs out",
            description=_MEMORY_TEXT,
            jobs=_JOBS,
            production=Production("alloc / sys > 80 %", hold=300),
        ),
    ),
)

TASKS = RuleGroup(
    "goroutines",
    (
        AlertRule(
            name="CriticalGoroutineCount",
            severity="critical",
            family="goroutines",
            service=_API,
            expr=_TASKS,
            threshold=5000,
            hold=_HOLD,
            keep_firing_for=4,
            summary="Tasks pile up in the API beyond 5000",
            description=_TASKS_TEXT,
            jobs=_JOBS,
            production=Production("> 5000", hold=120),
        ),
        AlertRule(
            name="HighGoroutineCount",
            severity="warning",
            family="goroutines",
            service=_API,
            expr=_TASKS,
            threshold=1000,
            hold=_HOLD + WAIT_FOR_CRITICAL,
            summary="Tasks pile up in the API beyond 1000",
            description=_TASKS_TEXT,
            jobs=_JOBS,
            production=Production("> 1000", hold=300),
        ),
    ),
)
