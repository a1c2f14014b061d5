"""How journals, plans and reports called things before a system could name them; they stay readable, and judged as before."""

from collections.abc import Mapping

COUNTED = "orders"
"""What alone was counted, and kept books of."""
_SERVICES = {
    **dict.fromkeys(("db-errors", "db-pool-exhaust", "db-timeouts", "slow-queries"), "postgres"),
    **dict.fromkeys(("cache-flood", "cache-flush", "redis-stall"), "redis"),
}
"""What these faults harmed when there was one of each."""
_JOBS_OF = "erpgo-"
_BOOKS = {"placed": "recorded", "unkeyed": "doubled"}


def service(job: str) -> str:
    """The service that a job of Prometheus belongs to."""
    return job.removeprefix(_JOBS_OF)


def counted(values: object) -> object:
    """The one thing that was counted, as one of the named counters."""
    if not isinstance(values, Mapping) or COUNTED not in values or "counted" in values:
        return values
    rest = {name: value for name, value in values.items() if name != COUNTED}
    return {**rest, "counted": {COUNTED: values[COUNTED]}}


def books(values: object) -> object:
    """Books that do not say of what they are."""
    if not isinstance(values, Mapping) or "what" in values:
        return values
    return {"what": COUNTED, **{_BOOKS.get(name, name): value for name, value in values.items()}}


def record(values: object) -> object:
    """What was kept of a pruned run, with the names of the alerts that were loaded and nothing of what it exercised."""
    if not isinstance(values, Mapping):
        return values
    return {name: value for name, value in values.items() if name != "alerts"}


def plan(values: object) -> object:
    """A plan whose faults do not say which service they harm."""
    if not isinstance(values, Mapping) or not isinstance(values.get("experiments"), list | tuple):
        return values
    return {**values, "experiments": [_experiment(one) for one in values["experiments"]]}


def _experiment(values: object) -> object:
    if not isinstance(values, Mapping) or not isinstance(values.get("faults"), list | tuple):
        return values
    return {**values, "faults": [_fault(one) for one in values["faults"]]}


def _fault(values: object) -> object:
    name = values.get("fault") if isinstance(values, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(name, str) or name not in _SERVICES:
        return values
    return {"service": _SERVICES[name], **values}
