import random

import pytest

from simulator.erpgo.counters import ORDERS
from simulator.erpgo.switches.credential_stuffing import CredentialStuffing
from simulator.erpgo.switches.stop_orders import StopOrders
from simulator.load.arrivals import PATIENCE_SECONDS
from simulator.load.demand import SESSIONS_PER_USER, Demand, Population, Quota
from simulator.load.desk import Desk
from simulator.load.shapes import steady
from simulator.load.tally import Tally

QUOTAS = {
    "Shopper": Quota(share=0.9),
    "ReturningUser": Quota(share=0.1),
    "TypoThenSuccess": Quota(per_minute=0.5),
    "CredentialStuffing": Quota(),
}
EVERYBODY = {"Shopper": 8, "ReturningUser": 2, "TypoThenSuccess": 1, "CredentialStuffing": 2}
SLICE = 0.05


def desk(rate: float | None = 10.0, here: dict[str, int] | None = None) -> Desk:
    made = Desk(Demand(QUOTAS, rate), steady, "seed/0", now=0.0)
    made.population = Population(EVERYBODY if here is None else here, EVERYBODY)
    return made


def serve(made: Desk, begin: float, end: float) -> Tally:
    """Let time pass with a free user always at hand; the tally at its end."""
    for tick in range(int((end - begin) / SLICE)):
        now = begin + (tick + 1) * SLICE
        made.advance(now)
        for persona in QUOTAS:
            while (arrival := made.take(persona, now)) is not None:
                made.ran(arrival)
    return made.tally(end, cpu_percent=1.0, users=EVERYBODY)


def test_offered_is_achieved_while_users_are_free() -> None:
    tally = serve(desk(), 0.0, 200.0)
    assert tally.offered == tally.achieved
    assert tally.dropped == 0
    assert tally.offered / tally.seconds == pytest.approx(10.0, rel=0.1)


def test_without_free_users_everything_offered_is_dropped_after_its_patience() -> None:
    made = desk()
    for tick in range(1, 2000):
        made.advance(tick * SLICE)
    waiting = made.waiting("Shopper") + made.waiting("ReturningUser") + made.waiting("TypoThenSuccess")
    tally = made.tally(100.0, 0.0, EVERYBODY)
    assert tally.achieved == 0
    assert tally.dropped == tally.offered - waiting
    assert waiting == pytest.approx(10.0 * PATIENCE_SECONDS, rel=0.5)


def test_workers_share_the_rate_by_the_users_they_have() -> None:
    half = {"Shopper": 4, "ReturningUser": 1}
    tally = serve(desk(here=half), 0.0, 200.0)
    assert tally.offered / tally.seconds == pytest.approx(5.0, rel=0.1)


def test_the_default_rate_follows_the_users() -> None:
    demand = Demand(QUOTAS, None)
    everybody = Population(EVERYBODY, EVERYBODY)
    both = demand.shared("Shopper", everybody, 1.0) + demand.shared("ReturningUser", everybody, 1.0)
    assert both == pytest.approx(SESSIONS_PER_USER * sum(EVERYBODY.values()))


def test_a_persona_that_is_left_out_leaves_its_share_to_the_others() -> None:
    only = {"Shopper": 3}
    assert Demand(QUOTAS, 12.0).shared("Shopper", Population(only, only), 1.0) == pytest.approx(12.0)


def test_the_same_seed_gives_the_same_arrivals() -> None:
    first, second = desk(), desk()
    for tick in range(1, 400):
        first.advance(tick * SLICE)
        second.advance(tick * SLICE)
    now = 400 * SLICE
    arrivals = [(first.take("Shopper", now), second.take("Shopper", now)) for _ in range(30)]
    assert all(one is not None and one == other for one, other in arrivals)


def test_a_surge_adds_sessions_and_counts_them() -> None:
    made = desk()
    made.switchboard.turn_on("surge", {"factor": 3}, lease=1000, now=0.0)
    tally = serve(made, 0.0, 200.0)
    assert tally.offered / tally.seconds == pytest.approx(30.0, rel=0.1)
    assert tally.switches["surge"] / tally.seconds == pytest.approx(20.0, rel=0.1)


def test_stuffing_is_played_by_its_own_persona_at_the_rate_asked_for() -> None:
    made = desk(rate=0.001)
    made.switchboard.turn_on(CredentialStuffing.name, {"rate": 8}, lease=1000, now=0.0)
    tally = serve(made, 0.0, 100.0)
    assert tally.switches["credential-stuffing"] / tally.seconds == pytest.approx(8.0, rel=0.15)


def test_stopped_traffic_offers_nothing_and_counts_what_was_left_out() -> None:
    made = desk()
    made.switchboard.turn_on("stop-traffic", {}, lease=1000, now=0.0)
    tally = serve(made, 0.0, 100.0)
    assert tally.offered == 0
    assert tally.switches["stop-traffic"] / tally.seconds == pytest.approx(10.0, rel=0.15)
    assert made.sessions_stopped == "stop-traffic"


def test_stopped_orders_are_counted_by_the_shoppers_who_leave_them_out() -> None:
    made = desk()
    made.switchboard.turn_on(StopOrders.name, {}, lease=10, now=0.0)
    made.advance(0.1)
    assert made.leaves_out(ORDERS, random.Random(1))
    assert made.tally(1.0, 0.0, {}).switches == {"stop-orders": 1}


def test_a_switch_ends_with_its_lease_and_traffic_is_normal_again() -> None:
    made = desk()
    made.switchboard.turn_on("surge", {"factor": 5}, lease=3.0, now=0.0)
    during = serve(made, 0.0, 3.0)
    after = serve(made, 3.0, 103.0)
    assert "surge" in during.switches or during.offered > 0
    assert after.switches == {}
    assert after.offered / after.seconds == pytest.approx(10.0, rel=0.15)


def test_a_switch_that_comes_back_does_not_catch_up_on_the_time_it_was_off() -> None:
    made = desk(rate=0.001)
    made.switchboard.turn_on(CredentialStuffing.name, {"rate": 10}, lease=1.0, now=0.0)
    serve(made, 0.0, 100.0)
    made.switchboard.turn_on(CredentialStuffing.name, {"rate": 10}, lease=10.0, now=100.0)
    assert serve(made, 100.0, 101.0).offered < 30
