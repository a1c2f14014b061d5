"""The dead man's switch: a page that must keep coming. When it stops, the alerting path itself is broken."""

import dataclasses
import datetime as dt

from stack.receiver.alerts import Alert

NAME = "DeadMansSwitch"
MISSING = "DeadMansSwitchMissing"
MISSING_AFTER_S = 30.0


@dataclasses.dataclass
class DeadMansSwitch:
    """Counts pages of the switch (they are not stored one by one) and notices when they stop or return.

    Times are monotonic seconds, passed in.
    """

    count: int = 0
    last: float | None = None
    missing_since: dt.datetime | None = None

    def page(self, now: float) -> bool:
        """A page of the switch arrived; True when it had been missing."""
        returned = self.missing_since is not None
        self.count += 1
        self.last = now
        return returned

    def overdue(self, now: float) -> bool:
        """Whether the switch has newly gone missing. Before its first page it cannot."""
        return self.missing_since is None and self.last is not None and now - self.last > MISSING_AFTER_S


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
        },
        startsAt=since,
        endsAt=until or dt.datetime(1, 1, 1, tzinfo=dt.UTC),  # Alertmanager's zero time: not yet
        fingerprint="deadmansswitchmissing",
    )
