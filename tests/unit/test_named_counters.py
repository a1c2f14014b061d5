"""What a system counts and keeps books of is named by its adapter; what it does not tell is left out, and never met."""

import dataclasses
import json
import random
from collections.abc import Sequence

import pytest

from simulator.base.errors import BadInput
from simulator.base.protocol import Receipt, Traffic
from simulator.doors import Doors
from simulator.doors.workload import LinkedWorkload
from simulator.engine.gates import Gates
from simulator.engine.ledger import Ledger
from simulator.engine.watch import Watch
from simulator.environments.system import Books, System
from simulator.erpgo.counters import ORDERS
from simulator.erpgo.switches.stop_orders import StopOrders
from simulator.erpgo.system import ERPGO
from simulator.journal.facts import AnyFact, LedgerChecked, Planned
from simulator.journal.fitness import TrafficSeen
from simulator.judge import judge
from simulator.judge.ledger import judge_ledger
from simulator.judge.verdict import LedgerVerdict, TrafficSummary
from simulator.load.demand import Demand
from simulator.load.desk import Desk
from simulator.load.shapes import steady
from simulator.load.tally import Counters
from simulator.observers import Scene
from simulator.plan.models import Experiment, Needs
from simulator.plan.policy import TODAY
from simulator.plan.system import SystemFacts
from simulator.preflight import check_plan
from simulator.report.html import FORMAT as HTML
from simulator.report.text import FORMAT as TEXT
from tests.fakes.clock import FakeClock
from tests.fakes.doors import FakeServices, fake_doors, journal_in_memory
from tests.fakes.journals import EXPERIMENT, at, met_journal, plan

SIGN_UPS = "sign-ups"
BOOKS = LedgerChecked(
    what=SIGN_UPS, experiments=("db-killed",), seconds=60.0, acknowledged=4, recorded=4, counted=4.0
)
RATES = {
    "offered": 1.0,
    "achieved": 1.0,
    "dropped": 0.0,
    "requests": 9.0,
    "failures": 0.0,
    "cpu_percent": 1.0,
}


class SignUps:
    """Books of sign-ups that nothing is missing from."""

    what = SIGN_UPS
    metric = ""

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[str], float, float]] = []

    async def look_up(self, doors: Doors, ids: Sequence[str], since: float, until: float) -> Books:  # noqa: ARG002  the contract's signature
        self.asked.append((ids, since, until))
        return Books(missing=(), recorded=3, doubled=0)


def of_system(system: SystemFacts, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """The same journal, of a run on this system."""
    first = facts[0]
    assert isinstance(first, Planned)
    planned = first.plan.model_copy(update={"system": system})
    return [first.model_copy(update={"plan": planned}), *facts[1:]]


def with_books(books: LedgerChecked) -> list[AnyFact]:
    facts = met_journal()
    return [*facts[:-1], at(books, facts[-1].at, ""), facts[-1]]


def test_what_was_written_before_counters_had_names_is_read_as_one_of_them() -> None:
    seen = TrafficSeen.model_validate_json(json.dumps({**RATES, "users": 3, "orders": 2.5}))
    assert seen.counted == {"orders": 2.5}
    assert Needs.model_validate({"orders": 5}).counted == {"orders": 5.0}
    old = {"kind": "ledger_checked", "experiments": ["a"], "acknowledged": 3, "placed": 2, "unkeyed": 1}
    books = LedgerChecked.model_validate({**old, "counted": 2.0})
    assert (books.what, books.recorded, books.doubled, books.counted) == ("orders", 2, 1, 2.0)


def test_reports_from_before_are_read_too() -> None:
    judged = judge_ledger(BOOKS, 2.0, TODAY.books).model_dump()
    old = {name: value for name, value in judged.items() if name not in ("what", "recorded")}
    assert LedgerVerdict.model_validate({**old, "placed": 7}).recorded == 7
    numbers = {"seconds": 1, "requests": 9, "offered": 1, "achieved": 1, "dropped": 0}
    summary = {**numbers, "orders": 2.5, "busiest_cpu_percent": 1, "loop_lag_p99": 0}
    assert TrafficSummary.model_validate(summary).counted == {"orders": 2.5}


@pytest.mark.parametrize("both", [{"orders": 1, "counted": {"orders": 2}}, {"orders": -1}, {"orders": "x"}])
def test_old_and_new_words_at_once_are_refused(both: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"orders|counted"):
        Needs.model_validate(both)


def test_a_counter_that_the_system_does_not_have_is_refused_with_those_it_has() -> None:
    needs = Needs.model_validate({"counted": {"oders": 5}})
    wrong = plan(EXPERIMENT.model_copy(update={"needs": needs})).model_copy(update={"system": ERPGO.facts})
    with pytest.raises(BadInput, match=r"ERPGo has no counter 'oders'.*'orders'"):
        check_plan(wrong)


def test_what_nobody_counted_is_not_taken_for_enough_or_for_none() -> None:
    facts = [
        fact.model_copy(update={"counted": {}}) if isinstance(fact, TrafficSeen) else fact
        for fact in met_journal()
    ]
    verdict = judge(facts)
    assert verdict.outcome == "inconclusive"
    reasons = [reason.text for reason in verdict.experiments[0].reasons]
    assert reasons == ["nobody counted orders before the fault; 5 orders/s needed"]
    assert verdict.traffic.counted == {}


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        ({SIGN_UPS: 2.0}, ""),
        ({SIGN_UPS: 1.0}, "9.0 requests/s and 1.0 sign-ups/s; 6.7 and 2 are needed"),
        ({}, "the workload does not count sign-ups"),
    ],
)
def test_the_gate_waits_for_what_is_counted(counted: dict[str, float], said: str) -> None:
    experiment = Experiment(name="x", title="x", needs=Needs(counted={SIGN_UPS: 2.0}))
    doors = fake_doors(FakeClock(), FakeServices())
    journal = journal_in_memory(doors.clock)
    journal.write(TrafficSeen.model_validate({**RATES, "users": 1, "counted": counted}))
    asked = plan(experiment)
    gates = Gates(asked, doors, journal, Watch(Scene(asked, doors), journal))
    assert gates._traffic_missing(experiment) == said


def test_a_desk_tells_what_its_personas_count_and_nothing_of_what_nobody_does() -> None:
    silent = Desk(Demand({}, 1.0), steady, "seed", now=0.0).tally(1.0, 0.0, {})
    assert (silent.counted, silent.receipts) == ({}, None)
    desk = Desk(
        Demand({}, 1.0), steady, "seed", 0.0, Counters(frozenset({SIGN_UPS, "visits"}), receipts=True)
    )
    desk.acknowledged(SIGN_UPS, "7", "a-key")
    tally = desk.tally(1.0, 0.0, {})
    assert (tally.counted, tally.receipts) == ({SIGN_UPS: 1, "visits": 0}, (Receipt(id="7", key="a-key"),))
    assert desk.tally(2.0, 0.0, {}).receipts == ()


def test_a_switch_leaves_out_only_what_it_is_about() -> None:
    desk = Desk(Demand({}, 1.0), steady, "seed", now=0.0)
    desk.switchboard.turn_on(StopOrders.name, {}, lease=10, now=0.0)
    desk.advance(0.1)
    assert desk.leaves_out(ORDERS, random.Random(1))
    assert not desk.leaves_out(SIGN_UPS, random.Random(1))


def test_a_workload_without_receipts_is_not_one_without_acknowledgements() -> None:
    workload = LinkedWorkload(lambda _: None, fake_doors(FakeClock(), FakeServices()).clock)
    said = Traffic.model_validate({**RATES, "users": 1})
    workload.heard(said)
    assert workload.receipts() is None
    receipt = Receipt(id="1", key="k")
    workload.heard(said.model_copy(update={"receipts": (receipt,)}))
    workload.heard(said)
    assert workload.receipts() == [receipt]
    assert workload.receipts() == []


async def test_without_a_ledger_nothing_is_written_down() -> None:
    doors = fake_doors(FakeClock(), FakeServices())
    journal = journal_in_memory(doors.clock)
    await Ledger(doors, journal, None).reconcile(["a"], 0.0)
    assert journal.facts == []


@pytest.mark.parametrize("receipts", [None, (Receipt(id="1", key="k"),)], ids=["without", "with-receipts"])
async def test_books_of_any_kind_are_looked_up(receipts: tuple[Receipt, ...] | None) -> None:
    clock = FakeClock()
    doors = fake_doors(clock, FakeServices())
    workload = LinkedWorkload(lambda _: None, doors.clock)
    workload.heard(Traffic.model_validate({**RATES, "users": 1}).model_copy(update={"receipts": receipts}))
    doors = dataclasses.replace(doors, workload=workload)
    journal = journal_in_memory(doors.clock)
    kept = SignUps()
    await clock.sleep(8.0)
    await Ledger(doors, journal, kept).reconcile(["a"], 3.0)
    (fact,) = journal.facts
    assert isinstance(fact, LedgerChecked)
    assert (fact.what, fact.acknowledged, fact.recorded, fact.counted, fact.error) == (
        SIGN_UPS,
        None if receipts is None else 1,
        3,
        None,
        "",
    )
    ((ids, since, until),) = kept.asked
    assert (list(ids), until - since) == ([] if receipts is None else ["1"], 5.0)


@pytest.mark.parametrize(
    ("absent", "reason"),
    [
        ({"counted": None}, "all acknowledged sign-ups are there, once"),
        ({"acknowledged": None}, "none of the sign-ups is there twice"),
        ({"acknowledged": None, "doubled": 1}, "twice under one idempotency key, or without any: 1"),
        (
            {"acknowledged": None, "recorded": 400},
            "Prometheus counted 4 sign-ups, the database has 400; scrapes account for 14",
        ),
    ],
)
def test_books_are_judged_by_what_they_say(absent: dict[str, object], reason: str) -> None:
    judged = judge_ledger(BOOKS.model_copy(update=absent), 2.0, TODAY.books)
    assert judged.reason == reason
    assert judged.outcome == ("met" if "sign-ups are" in reason or "none of" in reason else "breached")


def test_checks_without_grounds_are_left_out_and_the_report_says_which() -> None:
    verdict = judge(of_system(System("Bare").facts, met_journal()))
    assert (verdict.outcome, verdict.left_out, verdict.ledger) == ("met", ("witness", "ledger"), ())
    line = "not checked here: that Prometheus counts the requests sent; that nothing acknowledged is lost"
    assert line in TEXT.render(verdict).decode()
    assert line in HTML.render(verdict).decode()


def test_books_without_receipts_are_left_out_as_far_as_they_say_nothing() -> None:
    shop = System("Shop", witness="x", ledger=SignUps()).facts
    verdict = judge(
        of_system(shop, with_books(BOOKS.model_copy(update={"acknowledged": None, "counted": None})))
    )
    assert (verdict.outcome, verdict.left_out) == ("met", ("receipts", "counter"))
    rendered = TEXT.render(verdict).decode()
    assert "Sign-ups, from the system's word to its records and Prometheus" in rendered
    assert "db-killed  ✓ met    –             –        0      4         –" in rendered


def test_a_run_that_checked_all_says_nothing_and_neither_does_an_old_one() -> None:
    shop = System("Shop", witness="x", ledger=SignUps()).facts
    for facts in (of_system(shop, with_books(BOOKS)), met_journal()):
        verdict = judge(facts)
        assert (verdict.outcome, verdict.left_out) == ("met", ())
        assert "not checked" not in TEXT.render(verdict).decode()


def test_books_that_should_have_been_looked_up_and_were_not_are_never_met() -> None:
    verdict = judge(of_system(ERPGO.facts, met_journal()))
    assert verdict.outcome == "inconclusive"
    assert [reason.text for reason in verdict.reasons] == ["orders of db-killed: nobody looked them up"]


def test_books_of_one_round_say_nothing_of_the_next() -> None:
    facts = with_books(BOOKS)
    later = [fact.model_copy(update={"at": fact.at + 200.0}) for fact in met_journal()[1:]]
    shop = System("Shop", witness="x", ledger=SignUps()).facts
    verdict = judge(of_system(shop, [*facts[:-1], *later]))
    assert "sign-ups of db-killed: nobody looked them up" in [reason.text for reason in verdict.reasons]
