"""The dead man's switch, on a clock that is passed in."""

import datetime as dt

from stack.receiver.switch import MISSING_AFTER_S, DeadMansSwitch, missing_alert

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def test_it_cannot_go_missing_before_its_first_page() -> None:
    assert not DeadMansSwitch().overdue(now=1_000_000.0)


def test_it_is_overdue_once_when_pages_stop_and_says_when_it_is_back() -> None:
    switch = DeadMansSwitch()
    assert not switch.page(now=0.0)
    assert not switch.overdue(now=MISSING_AFTER_S)
    assert switch.overdue(now=MISSING_AFTER_S + 0.1)
    switch.missing_since = NOON
    assert not switch.overdue(now=MISSING_AFTER_S + 60)
    assert switch.page(now=100.0)
    switch.missing_since = None
    assert not switch.overdue(now=100.0 + MISSING_AFTER_S)


def test_the_receivers_own_alert_fires_and_resolves_as_the_same_alert() -> None:
    firing, resolved = missing_alert(NOON, None), missing_alert(NOON, NOON + dt.timedelta(minutes=1))
    assert (firing.status, resolved.status) == ("firing", "resolved")
    assert firing.labels == resolved.labels
    assert firing.labels["severity"] == "critical"
    assert (firing.startsAt, firing.fingerprint) == (resolved.startsAt, resolved.fingerprint)
