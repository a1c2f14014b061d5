"""What the page and the metrics know of a game day."""

from simulator.base.protocol import FaultState, Notified
from simulator.locust.board import Board


def state(*, active: bool, experiment: str = "a", fault: str = "service-kill", number: int = 1) -> FaultState:
    return FaultState(experiment=experiment, fault=fault, id=f"{fault}-{number}", active=active)


def test_a_page_that_comes_again_is_the_same_alert() -> None:
    board = Board()
    board.heard(state(active=True))
    for after in (5.0, 9.0):
        board.heard(Notified(experiment="a", alert="Down", detect=None, notify=after))
    assert [one.notify for one in board.notified] == [5.0]


def test_when_it_fired_may_be_known_after_the_page() -> None:
    board = Board()
    board.heard(state(active=True))
    for detect, notify in ((None, 5.0), (4.9, 5.0), (6.0, 7.0)):
        board.heard(Notified(experiment="a", alert="Down", detect=detect, notify=notify))
    assert [(one.detect, one.notify) for one in board.notified] == [(4.9, 5.0)]


def test_another_round_begins_without_the_pages_of_the_one_before() -> None:
    board = Board()
    for experiment in ("a", "b"):
        board.heard(state(active=True, experiment=experiment))
        board.heard(Notified(experiment=experiment, alert="Down", detect=None, notify=5.0))
        board.heard(state(active=False, experiment=experiment))
    board.heard(state(active=True))
    assert [one.experiment for one in board.notified] == ["b"]
    board.heard(Notified(experiment="a", alert="Down", detect=None, notify=7.0))
    board.heard(state(active=True, fault="cache-flood"))
    assert [(one.experiment, one.notify) for one in board.notified] == [("b", 5.0), ("a", 7.0)]


def test_of_two_faults_of_a_kind_the_other_stays_injected_when_one_is_undone() -> None:
    board = Board()
    for number in (1, 2):
        board.heard(state(active=True, number=number))
    board.heard(state(active=False, number=1))
    assert board.faults == [("a", "service-kill")]
    board.heard(state(active=False, number=2))
    assert board.faults == []
