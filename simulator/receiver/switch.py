"""The dead man's switch: a page that must keep coming. When it stops, the alerting path itself is broken."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from simulator.receiver.alerts import Alert

NAME = "DeadMansSwitch"
MISSING = "DeadMansSwitchMissing"
MISSING_AFTER_S = 30.0
STALLED_S = 5.0
_LOOK_EVERY_S = 0.5


@dataclasses.dataclass
class DeadMansSwitch:
    """Counts pages of the switch (they are not stored one by one) and notices when they stop or return.

    Times are monotonic seconds, passed in.
    """

    count: int = 0
    last: float | None = None
    looked: float | None = None
    missing_since: dt.datetime | None = None

    def page(self, now: float) -> bool:
        """A page of the switch arrived; True when it had been missing."""
        returned = self.missing_since is not None
        self.count += 1
        self.last = now
        return returned

    def overdue(self, now: float) -> bool:
        """Whether the switch has newly gone missing; to be asked all the time. Before its first page it cannot.

        A receiver that was frozen itself has to give waiting pages the time to come in.
        """
        stalled = self.looked is not None and now - self.looked > STALLED_S
        self.looked = now
        if stalled and self.last is not None:
            self.last = now
        return self.missing_since is None and self.last is not None and now - self.last > MISSING_AFTER_S


class Watch:
    """Counts the switch's pages as they come in, and has `record` store the receiver's own alert when they do not.

    For stacks that have a rule of that name: somebody else's alert of it is an alert like any other.
    """

    def __init__(
        self, registry: CollectorRegistry, record: Callable[[Alert, dt.datetime], Awaitable[None]]
    ) -> None:
        self._switch = DeadMansSwitch()
        self._record = record
        self._pages = Counter(
            "simulator_receiver_dead_mans_switch_pages",
            "Pages of the dead man's switch.",
            registry=registry,
        )
        self._missing = Gauge(
            "simulator_receiver_dead_mans_switch_missing",
            "1 while the switch is missing.",
            registry=registry,
        )

    @property
    def count(self) -> int:
        """Pages of the switch so far."""
        return self._switch.count

    async def sift(self, alerts: Sequence[Alert], received: dt.datetime) -> list[Alert]:
        """Take note of the switch's pages; returns the other alerts."""
        for alert in alerts:
            if _is_page(alert) and alert.status == "firing":
                await self._page(received)
        return [alert for alert in alerts if not _is_page(alert)]

    @contextlib.asynccontextmanager
    async def on_duty(self) -> AsyncIterator[None]:
        """Within this the switch is looked after."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait([looking])

    async def _look(self) -> None:
        while True:
            if self._switch.overdue(time.monotonic()):
                now = dt.datetime.now(dt.UTC)
                self._switch.missing_since = now
                self._missing.set(1)
                await self._record(missing_alert(now, None), now)
            await asyncio.sleep(_LOOK_EVERY_S)  # a period; the task ends with the duty

    async def _page(self, received: dt.datetime) -> None:
        self._pages.inc()
        since = self._switch.missing_since
        if self._switch.page(time.monotonic()) and since is not None:
            self._switch.missing_since = None
            self._missing.set(0)
            await self._record(missing_alert(since, received), received)


def _is_page(alert: Alert) -> bool:
    return alert.labels.get("alertname") == NAME


def missing_alert(since: dt.datetime, until: dt.datetime | None) -> Alert:
    """The receiver's own alert: firing while `until` is None."""
    return Alert(
        status="resolved" if until else "firing",
        labels={
            "alertname": MISSING,
            "severity": "critical",
            "family": "alerting-path",
            "service": "alertmanager",
        },
        annotations={
            "summary": "The alerting path is broken",
            "description": f"No {NAME} page has arrived for {MISSING_AFTER_S:g} s.",
            "runbook_url": "docs/runbooks/alerting-path.md#deadmansswitch",
        },
        startsAt=since,
        endsAt=until or dt.datetime(1, 1, 1, tzinfo=dt.UTC),  # Alertmanager's zero time: not yet
        fingerprint="deadmansswitchmissing",
    )
