"""The dead man's switch: a page that must keep coming. When it stops, the alerting path itself is broken."""

import dataclasses
import datetime as dt

from simulator.receiver.alerts import Alert

NAME = "DeadMansSwitch"
MISSING = "DeadMansSwitchMissing"
MISSING_AFTER_S = 30.0
STALLED_S = 5.0


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


def is_page(alert: Alert) -> bool:
    """Whether an alert is a page of the switch."""
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
