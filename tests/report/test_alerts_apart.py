"""Reports tell alerts of one name apart, and show one that came and went."""

import html

import pytest

from simulator.history.coverage import coverage
from simulator.history.record import record
from simulator.history.spread import compare, missed, only_in, spreads
from simulator.judge.loaded import RuleSet
from simulator.judge.verdict import AlertGap, AlertVerdict, OtherAlert, RunVerdict
from simulator.plan.identity import Identity
from simulator.plan.models import Experiment
from simulator.plan.rules import Rule
from simulator.report import formats
from simulator.report.headline import headline
from simulator.report.matrix import matrix
from simulator.report.moments import story
from simulator.report.standing import groups, standing
from tests.report.samples import SAMPLES

PAGE = next(alert for one in SAMPLES["all_met"].experiments for alert in one.alerts)
CRITICAL, WARNING = 'Down{severity="critical"}', 'Down{severity="warning"}'
RULES = tuple(
    Identity.of("Down", {"severity": severity, "family": "f"}) for severity in ("critical", "warning")
)
BOTH = tuple(
    PAGE.model_copy(
        update={"alert": "Down", "labels": {"severity": severity}, "severity": severity, "latency": latency}
    )
    for severity, latency in (("critical", 5.0), ("warning", 20.0))
)
GAP = AlertGap(start=140.0, end=172.5, came_back=True, seen_by=("prometheus", "receiver"))


def run(*alerts: AlertVerdict, unexpected: tuple[OtherAlert, ...] = ()) -> RunVerdict:
    tried = next(one for one in SAMPLES["all_met"].experiments if one.faults)
    tried = tried.model_copy(update={"alerts": alerts, "unexpected": unexpected, "outcome": "breached"})
    rules = RuleSet(name="ours", digest="0", alerts=("Down", "Down"), rules=RULES)
    return SAMPLES["all_met"].model_copy(update={"experiments": (tried,), "rule_set": rules})


@pytest.mark.parametrize("name", sorted({*formats()} - {"chat"}))  # which names what went wrong
def test_every_format_shows_both(name: str) -> None:
    shown = html.unescape(formats()[name].render(run(*BOTH)).decode()).replace('\\"', '"')
    if name == "json":
        assert shown.count('"labels": {\n            "severity"') == 2
    else:
        # Cells are narrow: a name may be folded.
        assert "warning" in shown
        assert CRITICAL.removesuffix('al"}') in "".join(shown.split())


def test_the_matrix_gives_each_rule_its_own_row() -> None:
    breached = BOTH[1].model_copy(update={"outcome": "breached", "latency": None})
    found = matrix(run(BOTH[0], breached))
    assert found is not None
    assert [(row.name, row.cells) for row in found.alerts] == [
        (CRITICAL, ("met",)),
        (WARNING, ("breached",)),
    ]
    alone = matrix(run(BOTH[0]))
    assert alone is not None
    assert WARNING in alone.never


def test_coverage_of_one_is_no_coverage_of_the_other() -> None:
    rules = [Rule(alert="Down", labels=dict(rule.labels)) for rule in RULES]
    planned = Experiment.model_validate(
        {
            "name": "one",
            "title": "one",
            "faults": [{"fault": "service-kill", "service": "api"}],
            "must": [{"alert": "Down", "severity": "critical"}],
        }
    )
    found = coverage(rules, [], [], [planned], [record(run(BOTH[0]))])
    assert [(one.name, bool(one.planned), one.last is not None) for one in found.alerts] == [
        (CRITICAL, True, True),
        (WARNING, False, False),
    ]


def test_latencies_of_one_are_not_pooled_with_the_others() -> None:
    twice = [run(*BOTH), run(*BOTH)]
    assert {(one.alert, one.median) for one in spreads(twice) if "notified" in one.stage} >= {
        (CRITICAL, 5.0),
        (WARNING, 20.0),
    }
    assert {one.alert for one in compare(*twice)} == {CRITICAL, WARNING}
    assert [alert for _, alert in only_in(run(*BOTH), run(BOTH[0]))] == [WARNING]
    gone = BOTH[1].model_copy(update={"outcome": "breached", "latency": None})
    assert [alert for _, alert in missed([run(BOTH[0], gone)])] == [WARNING]


@pytest.mark.parametrize(
    ("labels", "seen", "said"),
    [
        ({}, "fired", "Down fired +1.0 s from the fault"),
        ({"team": "a b"}, "paged", 'Down{team="a b"} was paged +1.0 s from the fault'),
        ({"team": "up fired "}, "fired", 'Down{team="up fired "} fired +1.0 s from the fault'),
    ],
)
def test_an_unexpected_alert_keeps_its_labels(labels: dict[str, str], seen: str, said: str) -> None:
    stranger = OtherAlert.model_validate(
        {"alert": "Down", "labels": labels, "severity": "", "seen": seen, "at": 2.0, "after": 1.0}
        | {"since": "the fault"}
    )
    (group,) = (one for one in groups(run(unexpected=(stranger,))) if one.kind == "would-not")
    assert [(row.alert, row.reason) for row in group.rows] == [(str(Identity.of("Down", labels)), said)]


def flapped(**changes: object) -> AlertVerdict:
    return PAGE.model_copy(update={"outcome": "breached", "cause": "flapped", "gaps": (GAP,), **changes})


def test_one_that_came_and_went_stands_as_that() -> None:
    assert standing(flapped()) == "flapped"
    assert standing(flapped(outcome="met", clears="a burst of ten seconds")) == "paged"
    late = flapped(latency=31.0, cause="late")
    assert standing(late) == "late"
    said = f"By the ours rules, 1 of 1 breached: {PAGE.alert} resolved while its fault lasted, and was gone for 32.5 s"
    assert headline(run(flapped())) == said


def test_its_timeline_shows_when_it_went_and_came_back() -> None:
    (experiment,) = run(flapped()).experiments
    lane = next(lane for lane in story(experiment).lanes if lane.kind == "alert")
    assert {"gone", "again"} <= {moment.shape for moment in lane.moments}
    stayed_away = flapped(gaps=(GAP.model_copy(update={"came_back": False}),))
    (experiment,) = run(stayed_away).experiments
    lane = next(lane for lane in story(experiment).lanes if lane.kind == "alert")
    assert "again" not in {moment.shape for moment in lane.moments}


@pytest.mark.parametrize("name", ["text", "html", "json"])
def test_why_an_alert_may_clear_is_shown(name: str) -> None:
    cleared = PAGE.model_copy(
        update={
            "gaps": (GAP,),
            "clears": "the burst is over",
            "reason": "notified; gone; it may: the burst is over",
        }
    )
    assert "the burst is over" in formats()[name].render(run(cleared)).decode()
