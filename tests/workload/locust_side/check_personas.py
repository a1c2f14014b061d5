"""A persona of any system: what the core's base knows, and what ERPGo's own adds to it."""

import random
from typing import ClassVar

import pytest

from simulator.erpgo.personas import personas
from simulator.erpgo.switches.stop_logins import StopLogins
from simulator.erpgo.system import ERPGO
from simulator.erpgo.users.persona import ErpgoPersona
from simulator.load.demand import Demand
from simulator.load.desk import Desk
from simulator.load.shapes import steady
from simulator.locust.floor import Floor
from simulator.locust.persona import Persona, SessionEnded
from simulator.locust.pump import Pump
from simulator.locust.worker import counters_of


class Reader(Persona):
    """Somebody at a system of which nothing is known."""

    counts: ClassVar[frozenset[str]] = frozenset({"pages"})


def floor() -> Floor:
    desk = Desk(Demand({}, 1.0), steady, "seed", now=0.0)
    made = Floor(seed="seed", run="run", worker=0, desk=desk, pump=Pump(desk))
    made.pump.stop()
    return made


def test_what_is_shared_is_made_once_of_the_seed() -> None:
    here, there = floor(), floor()
    assert here.shared(random.Random) is here.shared(random.Random)
    assert here.shared(random.Random) is not there.shared(random.Random)
    assert here.shared(random.Random).random() == random.Random("seed").random()


def test_the_personas_of_erpgo_count_what_the_system_is_known_for() -> None:
    kinds = personas().values()
    assert all(issubclass(kind, ErpgoPersona) and kind is not ErpgoPersona for kind in kinds)
    counted = counters_of(kinds)
    assert (counted.names, counted.receipts) == (frozenset(ERPGO.counters), True)


def test_personas_that_keep_no_receipts_give_none() -> None:
    counted = counters_of([Reader])
    assert (counted.names, counted.receipts) == (frozenset({"pages"}), False)


def test_nobody_logs_in_while_a_switch_stops_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    here = floor()
    here.desk.switchboard.turn_on(StopLogins.name, {}, lease=10, now=0.0)
    here.desk.advance(0.1)
    monkeypatch.setattr(Persona, "floor", here, raising=False)
    somebody = ErpgoPersona.__new__(ErpgoPersona)
    somebody.chance = random.Random(1)
    with pytest.raises(SessionEnded):
        somebody.log_in("a@b.test", "x")
    assert here.desk.tally(1.0, 0.0, {}).switches == {StopLogins.name: 1}
