"""The simulator's own /metrics: what Locust and we have counted, made into series when it is scraped."""

import gc
import socket
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path

from gevent.pywsgi import WSGIServer
from greenlet import greenlet
from locust.env import Environment
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import make_wsgi_app
from prometheus_client.registry import Collector

from simulator.base.errors import HarnessError
from simulator.locust.board import Board
from simulator.locust.intended import IntendedLatency
from simulator.locust.target import TargetFile

PORT = 9646
COUNT_EVERY = 30.0
"""Seconds."""
LOOPBACK = "127.0.0.1"
BUCKETS_MS = (5, 10, 25, 50, 100, 250, 500, 1000, 2000, 2500, 5000, 10000)
LABELS = ("method", "name")


class SimulatorCollector(Collector):
    """Everything the simulator knows about itself, at the moment of the scrape."""

    def __init__(self, environment: Environment, intended: IntendedLatency, board: Board) -> None:
        self._environment = environment
        self._intended = intended
        self._board = board
        self._counted = 0
        self._count_again = 0.0

    def collect(self) -> Iterable[Metric]:
        yield from self._requests()
        yield from self._arrivals()
        yield from self._game_day()

    def _requests(self) -> Iterable[Metric]:
        requests = CounterMetricFamily("simulator_requests", "Requests that Locust made", labels=LABELS)
        failures = CounterMetricFamily("simulator_request_failures", "Requests that failed", labels=LABELS)
        for entry in self._environment.stats.entries.values():
            requests.add_metric((entry.method, entry.name), entry.num_requests)
            failures.add_metric((entry.method, entry.name), entry.num_failures)
        yield requests
        yield failures
        yield latency(
            "simulator_response_seconds",
            "From the actual start of the request",
            {request: one.actual for request, one in self._intended.requests.items()},
        )
        yield latency(
            "simulator_intended_response_seconds",
            "From the intended start: the response time and how late the session started",
            {request: one.intended for request, one in self._intended.requests.items() if one.intended},
        )

    def _arrivals(self) -> Iterable[Metric]:
        totals, traffic = self._board.totals, self._board.traffic
        sessions = CounterMetricFamily("simulator_arrivals", "Sessions", labels=("outcome",))
        for outcome in ("offered", "achieved", "dropped"):
            sessions.add_metric((outcome,), getattr(totals, outcome))
        yield sessions
        began = self._environment.stats.start_time
        yield gauge("simulator_traffic_began_timestamp_seconds", "When this run's traffic began", began)
        yield gauge("simulator_users", "Locust users that run", traffic.users if traffic else 0)
        yield gauge(
            "simulator_cpu_percent", "The busiest Locust process", traffic.cpu_percent if traffic else 0
        )
        yield gauge(
            "simulator_greenlets", "Greenlets of this process, counted twice a minute", self._greenlets()
        )
        counted = GaugeMetricFamily(
            "simulator_counted_per_second", "What the personas count", labels=("counter",)
        )
        for name, rate in (traffic.counted if traffic else {}).items():
            counted.add_metric((name,), rate)
        yield counted
        switches = GaugeMetricFamily(
            "simulator_switch_events_per_second", "Caused by a workload switch that is on", labels=("switch",)
        )
        for name, events in (traffic.switches if traffic else {}).items():
            switches.add_metric((name,), events)
        yield switches

    def _greenlets(self) -> int:
        """Counted seldom: it means looking at every object there is, for about 20 ms."""
        if time.monotonic() >= self._count_again:
            self._count_again = time.monotonic() + COUNT_EVERY
            self._counted = sum(isinstance(one, greenlet) and not one.dead for one in gc.get_objects())
        return self._counted

    def _game_day(self) -> Iterable[Metric]:
        board = self._board
        yield gauge("simulator_canary", "Raises the canary alert while it is 1", float(board.canary))
        active = GaugeMetricFamily(
            "simulator_fault_active", "1 while a fault is injected", labels=("experiment", "fault")
        )
        for fault in board.seen_faults:
            active.add_metric(fault, float(fault in board.faults))
        yield active
        labels = ("experiment", "alert")
        detect = GaugeMetricFamily("simulator_alert_detect_seconds", "Effective to firing", labels=labels)
        notify = GaugeMetricFamily("simulator_alert_notify_seconds", "Effective to notified", labels=labels)
        for one in board.notified:
            notify.add_metric((one.experiment, one.alert), one.notify)
            if one.detect is not None:
                detect.add_metric((one.experiment, one.alert), one.detect)
        yield detect
        yield notify


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    """A gauge without labels."""
    return GaugeMetricFamily(name, meaning, value=value)


def latency(
    name: str, meaning: str, requests: Mapping[tuple[str, str], Mapping[int, int]]
) -> HistogramMetricFamily:
    """Counted milliseconds, by method and name of the request, as a histogram in seconds."""
    family = HistogramMetricFamily(name, meaning, labels=LABELS)
    for request, counts in requests.items():
        family.add_metric(request, buckets(counts), sum(ms * n for ms, n in counts.items()) / 1000)
    return family


def buckets(counts: Mapping[int, int]) -> list[tuple[str, float]]:
    """Cumulative counts by upper bound in seconds."""
    into = [0] * (len(BUCKETS_MS) + 1)
    for ms, n in counts.items():
        into[bisect_left(BUCKETS_MS, ms)] += n
    bounds = [*(str(bound / 1000) for bound in BUCKETS_MS), "+Inf"]
    return list(zip(bounds, accumulate(into), strict=True))


class MetricsServer:
    """Serves /metrics on an address of this machine, and tells Prometheus where."""

    def __init__(self, collector: SimulatorCollector, targets: Path | None, host: str = LOOPBACK) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        self._listener = listen(PORT, host)
        self.port: int = self._listener.getsockname()[1]
        self._server = WSGIServer(self._listener, make_wsgi_app(registry), log=None)
        self._server.start()
        self._target = TargetFile(targets, f"{host}:{self.port}") if targets is not None else None

    def announce(self, *, game_day: bool) -> None:
        """Have them scraped: a game day's in any case, others' where no other Locust's are."""
        if self._target is not None:
            self._target.announce(game_day=game_day)

    def close(self) -> None:
        if self._target is not None:
            self._target.withdraw()
        self._server.stop(timeout=1)


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """Listen on this port of one of the machine's addresses, or on a free one when it is taken.

    Raises:
        HarnessError: the address is none of this machine's, as with a rootless Docker engine.
    """
    try:
        return socket.create_server((host, port))
    except OSError:
        try:
            return socket.create_server((host, 0))
        except OSError as error:
            raise HarnessError(
                f"the simulator's metrics cannot be served at {host}, where Prometheus would look for them"
                f" ({error.strerror}); a rootless Docker engine has no address of this machine"
            ) from None
