"""What another team's alerts do during a run is told, and decides nothing."""

import pytest

from simulator.journal.facts import AnyFact, Planned
from simulator.plan.identity import Identity
from simulator.plan.judged import Judged
from simulator.report import formats
from tests.fakes.journals import BITES, at, fires, judged, met_journal, page, plan

JUDGED = Judged(
    matchers='team="shop"',
    ignored=("Watchdog",),
    firing_already=(Identity.of("OldDisk", {"team": "storage"}),),
)


def run_with(*seen: AnyFact) -> list[AnyFact]:
    """A met run on a system of which one team's alerts are judged, and what else was seen."""
    old = plan()
    stack = old.stack.model_copy(update={"judged": JUDGED})
    first = at(Planned(plan=old.model_copy(update={"stack": stack})), 0.0, "")
    return [first, *met_journal()[1:], *seen]


def by(team: str) -> dict[str, str]:
    return {"team": team}


def test_a_stranger_that_fires_is_told_and_breaches_nothing() -> None:
    theirs = (
        fires("QueueLong", BITES + 3, severity="page", labels=by("billing")),
        page("QueueLong", BITES + 4, severity="page", route="", labels=by("billing")),
    )
    verdict, experiment = judged(run_with(*theirs))
    assert verdict.outcome == "met"
    (stranger,) = experiment.strangers
    assert (stranger.shown, stranger.seen, stranger.after) == ("QueueLong", "fired", 3.0)
    assert experiment.unexpected == ()
    for name in ("text", "html"):
        told = formats()[name].render(verdict).decode()
        assert "QueueLong fired +3.0 s from the fault" in " ".join(told.split())
        assert "not judged here" in told


@pytest.mark.parametrize(
    "seen",
    [
        fires("Watchdog", BITES + 3, labels=by("nobody")),
        fires("OldDisk", BITES + 3, labels=by("storage")),
        fires("QueueLong", BITES - 30, labels=by("billing")),
        fires("QueueLong", BITES + 3, "pending", labels=by("billing")),
    ],
    ids=["ignored", "fires anyway", "before the steady state", "pending"],
)
def test_nobody_is_told_of_what_is_known_or_has_not_fired(seen: AnyFact) -> None:
    verdict, experiment = judged(run_with(seen))
    assert (verdict.outcome, experiment.strangers) == ("met", ())


def test_an_alert_of_ours_is_no_stranger() -> None:
    verdict, experiment = judged(run_with(fires("QueueLong", BITES + 3, labels=by("shop"))))
    assert verdict.outcome == "breached"
    assert ([one.alert for one in experiment.unexpected], experiment.strangers) == (["QueueLong"], ())
