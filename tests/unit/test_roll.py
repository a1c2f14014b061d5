"""Who is lost and who joins among the load generators. No time passes."""

from simulator.load.roll import LOST_AFTER, Roll


def opened() -> Roll:
    roll = Roll()
    roll.open([0, 1], 100.0)
    for one, offered in ((0, 30.0), (1, 10.0)):
        assert roll.heard(one, offered, 101.0) == []
    return roll


def test_who_falls_silent_is_lost_once_with_its_share() -> None:
    roll = opened()
    roll.heard(0, 30.0, 104.0)
    (lost,) = roll.lost(101.0 + LOST_AFTER + 0.1)
    assert (lost.change, lost.generator, lost.left, lost.share) == ("lost", 1, 1, 0.25)
    assert lost.silent > LOST_AFTER
    assert roll.lost(104.0) == []


def test_who_comes_back_or_comes_late_joins() -> None:
    roll = opened()
    roll.lost(200.0)
    (back,) = roll.heard(1, 10.0, 201.0)
    assert (back.change, back.generator, back.left) == ("joined", 1, 1)
    (late,) = roll.heard(2, 5.0, 201.0)
    assert (late.change, late.left) == ("joined", 2)


def test_one_that_never_reported_may_have_carried_anything() -> None:
    roll = Roll()
    roll.open([0], 100.0)
    (lost,) = roll.lost(104.0)
    assert lost.share == 1.0


def test_nobody_is_missed_before_and_after_the_traffic() -> None:
    roll = Roll()
    assert roll.heard(0, 1.0, 1.0) == []
    assert roll.lost(100.0) == []
    roll = opened()
    roll.close()
    assert roll.lost(200.0) == []
    assert roll.heard(7, 1.0, 200.0) == []
