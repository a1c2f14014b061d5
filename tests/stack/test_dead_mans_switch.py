"""The dead man's switch, on a clock that is passed in."""

import datetime as dt

from simulator.receiver.switch import DeadMansSwitch, missing_alert

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def test_it_cannot_go_missing_before_its_first_page() -> None:
    assert not DeadMansSwitch().overdue(now=1_000_000.0)


def test_it_is_overdue_once_when_pages_stop_and_says_when_it_is_back() -> None:
    switch = DeadMansSwitch()
    assert not switch.page(now=0.0)
    assert [at for at in range(35) if switch.overdue(now=at)] == [31, 32, 33, 34]
    switch.missing_since = NOON
    assert not switch.overdue(now=35.0)
    assert switch.page(now=36.0)
    switch.missing_since = None
    assert not switch.overdue(now=37.0)


def test_a_receiver_that_was_frozen_itself_waits_for_pages_before_it_complains() -> None:
    switch = DeadMansSwitch()
    switch.page(now=0.0)
    assert not switch.overdue(now=1.0)
    assert not switch.overdue(now=101.0)
    assert next(at for at in range(102, 140) if switch.overdue(now=at)) == 132


def test_the_receivers_own_alert_fires_and_resolves_as_the_same_alert() -> None:
    firing, resolved = missing_alert(NOON, None), missing_alert(NOON, NOON + dt.timedelta(minutes=1))
    assert (firing.status, resolved.status) == ("firing", "resolved")
    assert firing.labels == resolved.labels
    assert firing.labels["severity"] == "critical"
    assert (firing.startsAt, firing.fingerprint) == (resolved.startsAt, resolved.fingerprint)
