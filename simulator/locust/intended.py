"""Latency from the actual start of a request, and from the intended start of its session: exact to the millisecond.

Locust measures from the actual start, so a stalled system under test looks fast while it stops the load. Here each request
of a session also carries how late the session started. Locust also rounds every time to two digits, 1049 ms to 1000:
next to a limit, or to a bucket of ours, that is another answer. So both are counted here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from locust.event import Events

from simulator.base.percentile import counted
from simulator.locust.hooks import on

REPORT_KEY = "simulator_latencies"


class Latencies(NamedTuple):
    """How often each whole millisecond was seen of one request; timeouts keep that to some thousand different ones."""

    actual: Counter[int]
    """From the actual start."""
    intended: Counter[int]
    """From the intended start of the session; of users without arrivals there is none."""

    def add(self, actual: Mapping[int, int], intended: Mapping[int, int]) -> None:
        self.actual.update(actual)
        self.intended.update(intended)


def p95(counts: Mapping[int, int]) -> int:
    """Milliseconds; 0 where nothing was counted."""
    return counted(95, counts) if counts else 0


class IntendedLatency:
    """Every request's latencies by method and name; a master's hold those of all its workers."""

    def __init__(self, events: Events) -> None:
        self.requests: dict[tuple[str, str], Latencies] = defaultdict(lambda: Latencies(Counter(), Counter()))
        for event in (events.test_start, events.reset_stats):
            on(event, self._on_new_start)
        on(events.request, self._on_request)
        on(events.report_to_master, self._on_report_to_master)
        on(events.worker_report, self._on_worker_report)

    def _on_new_start(self, **_: Any) -> None:
        self.requests.clear()

    def _on_request(
        self, request_type: str, name: str, response_time: float | None, context: Mapping[str, Any], **_: Any
    ) -> None:
        if response_time is None:
            return
        latencies = self.requests[request_type, name]
        latencies.actual[round(response_time)] += 1
        if (late_ms := context.get("late_ms")) is not None:
            latencies.intended[round(response_time + late_ms)] += 1

    def _on_report_to_master(self, data: dict[str, Any], **_: Any) -> None:
        data[REPORT_KEY] = [
            (method, name, dict(one.actual), dict(one.intended))
            for (method, name), one in self.requests.items()
        ]
        self.requests.clear()

    def _on_worker_report(self, data: Mapping[str, Any], **_: Any) -> None:
        report: Iterable[tuple[str, str, dict[int, int], dict[int, int]]] = data.get(REPORT_KEY, ())
        for method, name, actual, intended in report:
            self.requests[method, name].add(actual, intended)
