from simulator.erpgo.api.occupancy import Occupancy


def full(limit: int = 2) -> Occupancy:
    occupancy = Occupancy(limit)
    for _ in range(limit):
        occupancy.take()
    return occupancy


def test_it_is_full_once_as_many_are_taken_as_there_are() -> None:
    occupancy = Occupancy(2)
    occupancy.take()
    assert not occupancy.is_full
    occupancy.take()
    assert occupancy.is_full
    assert occupancy.was_full(since=100)


def test_who_waited_while_one_was_handed_on_met_it_full() -> None:
    occupancy = full()
    occupancy.give_back(now=8)  # nobody has it yet
    assert not occupancy.is_full
    assert occupancy.was_full(since=7)


def test_who_waited_while_all_were_given_back_at_once_met_it_full() -> None:
    occupancy = full()
    for _ in range(2):
        occupancy.give_back(now=8)
    assert occupancy.taken == 0
    assert occupancy.was_full(since=7)


def test_who_came_later_did_not() -> None:
    occupancy = full()
    occupancy.give_back(now=8)
    assert not occupancy.was_full(since=8.1)


def test_what_was_never_full_was_never_full() -> None:
    occupancy = Occupancy(2)
    occupancy.take()
    occupancy.give_back(now=8)
    assert not occupancy.was_full(since=0)
