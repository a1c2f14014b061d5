"""The canary: one alert that is sent the whole way before anything is broken, and called back when its page was seen."""

from collections.abc import Mapping
from typing import Protocol

from simulator.base.clock import RunClock
from simulator.doors.alertmanager import Alertmanager, AlertToSend
from simulator.doors.prometheus import Prometheus
from simulator.doors.workload import Workload

PROMISED = 300.0
"""Seconds after which an alert that is posted and never called back resolves by itself."""


class Canary(Protocol):
    """One way to send it."""

    async def send(self) -> None:
        """Raises DoorError when it cannot be sent."""
        ...

    async def call_back(self) -> None:
        """Let it resolve. Idempotent."""
        ...

    async def how_far(self) -> str:
        """How far it came, where its page is not there yet; raises DoorError when that cannot be asked."""
        ...


class ScrapedCanary:
    """A gauge of ours that Prometheus scrapes, and a rule that looks at it: scrape, rule, route and receiver are tried.

    `alert` is the rule's name.
    """

    def __init__(
        self, workload: Workload, prometheus: Prometheus, alertmanager: Alertmanager, alert: str
    ) -> None:
        self._alert = alert
        self._workload = workload
        self._prometheus = prometheus
        self._alertmanager = alertmanager

    async def send(self) -> None:
        self._workload.canary(on=True)

    async def call_back(self) -> None:
        self._workload.canary(on=False)

    async def how_far(self) -> str:
        if any(alert.alert == self._alert for alert in await self._alertmanager.alerts()):
            return "Alertmanager has it, the receiver does not"
        if any(alert.alert == self._alert for alert in await self._prometheus.alerts()):
            return "it fires in Prometheus, Alertmanager does not have it"
        if not await self._prometheus.query("simulator_canary"):
            return "Prometheus does not scrape the simulator's own metrics"
        return "Prometheus scrapes the gauge, the rule does not fire"


class PostedCanary:
    """An alert that is given to Alertmanager: route and receiver are tried, and no scrape and no rule.

    `labels` lead it to a receiver that tells ours, and to nobody who sleeps.
    """

    def __init__(self, alertmanager: Alertmanager, clock: RunClock, labels: Mapping[str, str]) -> None:
        self._alertmanager = alertmanager
        self._clock = clock
        self._labels = dict(labels)
        self._since = 0.0

    async def send(self) -> None:
        self._since = self._clock.clock.now().timestamp()
        await self._post(PROMISED)

    async def call_back(self) -> None:
        await self._post(0.0)

    async def how_far(self) -> str:
        if any(self._labels.items() <= alert.labels.items() for alert in await self._alertmanager.alerts()):
            return "Alertmanager has it, the receiver does not"
        return "Alertmanager does not have it"

    async def _post(self, lasts: float) -> None:
        now = self._clock.clock.now().timestamp()
        said = {"summary": "The simulator tries the way of a page before it breaks anything."}
        alert = AlertToSend(
            labels=self._labels, annotations=said, starts_epoch=self._since, ends_epoch=now + lasts
        )
        await self._alertmanager.post(alert)
