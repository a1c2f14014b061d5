"""The book of holds and leases, on a clock that is passed in."""

import pytest

from simulator.erpgo.stack.supervisor.leases import HoldRefused, Leases
from simulator.erpgo.stack.supervisor.protocol import HoldRequest


def hold(service: str, owner: str = "me", lease_s: float = 3.0) -> HoldRequest:
    return HoldRequest(service=service, how="killed", owner=owner, lease_s=lease_s)


def begun(book: Leases, connection: int, asked: HoldRequest) -> None:
    book.begin(book.hold(connection, asked), now=0.0)


def test_the_lease_of_a_hold_runs_once_it_is_carried_out() -> None:
    book = Leases()
    entered = book.hold(1, hold("api"))
    assert book.expire(now=10.0) == []
    book.begin(entered, now=10.0)
    assert book.expire(now=12.9) == []
    assert book.expire(now=13.0) == [entered]


def test_a_hold_whose_connection_closed_while_it_was_carried_out_does_not_come_back() -> None:
    book = Leases()
    entered = book.hold(1, hold("api"))
    assert book.close(1) == [entered]
    book.begin(entered, now=1.0)
    assert book.holds() == ()


def test_a_hold_runs_out_when_its_connection_does_not_renew() -> None:
    book = Leases()
    begun(book, 1, hold("api"))
    begun(book, 2, hold("redis"))
    book.renew(1, now=2.0)
    assert [gone.service for gone in book.expire(now=3.0)] == ["redis"]
    assert [gone.service for gone in book.expire(now=4.9)] == []
    assert [gone.service for gone in book.expire(now=5.0)] == ["api"]
    assert book.holds() == ()


def test_a_late_renewal_does_not_bring_back_what_has_run_out() -> None:
    book = Leases()
    begun(book, 1, hold("api"))
    book.renew(1, now=3.0)
    assert [gone.service for gone in book.expire(now=3.0)] == ["api"]


def test_a_closed_connection_loses_all_it_held_and_nothing_else() -> None:
    book = Leases()
    begun(book, 1, hold("api"))
    begun(book, 2, hold("redis"))
    book.lease(1, "locust", 30.0, now=0.0)
    book.lease(2, "other", 30.0, now=0.0)
    assert [gone.service for gone in book.close(1)] == ["api"]
    assert [left.service for left in book.holds()] == ["redis"]
    assert book.holders() == ("other",)


def test_one_service_has_one_holder() -> None:
    book = Leases()
    begun(book, 1, hold("api", "first"))
    with pytest.raises(HoldRefused, match="already killed by first"):
        book.hold(1, hold("api", "second"))


def test_an_owner_is_released_on_every_connection() -> None:
    book = Leases()
    begun(book, 1, hold("api"))
    begun(book, 2, hold("redis"))
    begun(book, 2, hold("postgres", "other"))
    assert {gone.service for gone in book.release_owner("me")} == {"api", "redis"}
    assert book.release_owner("me") == []


def test_a_holders_second_lease_replaces_its_first() -> None:
    book = Leases()
    book.lease(1, "locust", 30.0, now=0.0)
    book.lease(1, "locust", 30.0, now=20.0)
    book.expire(now=40.0)
    assert book.holders() == ("locust",)
    book.expire(now=50.0)
    assert book.holders() == ()
