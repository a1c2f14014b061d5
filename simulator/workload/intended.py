"""Latency from the intended start: what people waited who were due while everybody was busy.

Locust measures from the actual start of a request, so a stalled system under test looks fast while it stops the
load. Here each request of a session also carries how late the session started.
"""

from typing import Any

from locust.event import Events
from locust.stats import RequestStats, StatsEntry

from simulator.workload.hooks import on

REPORT_KEY = "simulator_intended"


class IntendedLatency:
    """A second set of Locust's own statistics, merged over workers the way Locust merges the first."""

    def __init__(self, events: Events) -> None:
        self.stats = RequestStats()
        on(events.test_start, self._on_test_start)
        on(events.request, self._on_request)
        on(events.report_to_master, self._on_report_to_master)
        on(events.worker_report, self._on_worker_report)

    def _on_test_start(self, **_: Any) -> None:
        self.stats.clear_all()

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        context: dict[str, Any],
        **_: Any,
    ) -> None:
        if response_time is not None and (late_ms := context.get("late_ms")) is not None:
            self.stats.log_request(request_type, name, int(response_time + late_ms), response_length)

    def _on_report_to_master(self, data: dict[str, Any], **_: Any) -> None:
        data[REPORT_KEY] = self.stats.serialize_stats(), self.stats.total.get_stripped_report()

    def _on_worker_report(self, data: dict[str, Any], **_: Any) -> None:
        entries, total = data.get(REPORT_KEY, ([], None))
        for each in entries:
            entry = StatsEntry.unserialize(each, self.stats)
            self.stats.get(entry.name, entry.method).extend(entry)
        if total is not None:
            self.stats.total.extend(StatsEntry.unserialize(total, self.stats))
