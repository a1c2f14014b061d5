"""Which changes of a rule, or of a route, are another rule or another route."""

import pytest

from simulator.doors.prometheus import LoadedRecording, LoadedRule
from simulator.plan.judged import Judged
from simulator.preflight.digests import route_digest, rule_digest
from simulator.preflight.routing import Routes

RULE = LoadedRule(
    alert="Errors",
    expr="errors:rate5m > 0.1",
    hold=30.0,
    labels={"severity": "page"},
    annotations={"runbook_url": "https://shop/errors"},
    health="ok",
    error="",
    interval=15.0,
)
RECORDED = (
    LoadedRecording(name="errors:rate5m", expr="failed:rate5m / all:rate5m", health="ok"),
    LoadedRecording(name="failed:rate5m", expr="sum(rate(failed[5m]))", health="ok"),
    LoadedRecording(name="other", expr="sum(other)", health="ok"),
    LoadedRecording(name="loop", expr="loop + 1", health="ok"),
)


def with_recorded(name: str, expr: str) -> tuple[LoadedRecording, ...]:
    return tuple(one.model_copy(update={"expr": expr}) if one.name == name else one for one in RECORDED)


@pytest.mark.parametrize(
    "change",
    [
        {"expr": "errors:rate5m > 0.2"},
        {"hold": 31.0},
        {"keep_firing_for": 1.0},
        {"labels": {"severity": "ticket"}},
        {"labels": {"severity": "page", "team": "shop"}},
        {"interval": 30.0},
        {"alert": "ErrorsToo"},
    ],
)
def test_what_it_fires_by_makes_another_rule(change: dict[str, object]) -> None:
    assert rule_digest(RULE.model_copy(update=change), RECORDED) != rule_digest(RULE, RECORDED)


@pytest.mark.parametrize(
    "change",
    [{"annotations": {}}, {"health": "err", "error": "x"}, {"group": "moved"}, {"rule_set": "renamed"}],
)
def test_what_it_says_and_how_it_fares_do_not(change: dict[str, object]) -> None:
    assert rule_digest(RULE.model_copy(update=change), RECORDED) == rule_digest(RULE, RECORDED)


@pytest.mark.parametrize("expr", ["errors:rate5m[5] > 0.1", "+".join(["errors:rate5m"] * 20_000)])
def test_of_newer_promql_than_can_be_read_the_recordings_are_found_by_their_names(expr: str) -> None:
    newer = RULE.model_copy(update={"expr": expr})
    assert rule_digest(newer, with_recorded("failed:rate5m", "vector(1)")) != rule_digest(newer, RECORDED)
    assert rule_digest(newer, with_recorded("other", "vector(1)")) == rule_digest(newer, RECORDED)


@pytest.mark.parametrize("name", ["errors:rate5m", "failed:rate5m"])
def test_what_it_reads_of_recordings_belongs_to_it_however_far_away(name: str) -> None:
    assert rule_digest(RULE, with_recorded(name, "vector(1)")) != rule_digest(RULE, RECORDED)


def test_recordings_that_it_does_not_read_are_none_of_its_business() -> None:
    assert rule_digest(RULE, with_recorded("other", "vector(1)")) == rule_digest(RULE, RECORDED)
    assert rule_digest(RULE, tuple(reversed(RECORDED))) == rule_digest(RULE, RECORDED)


def test_a_recording_that_reads_itself_is_read_once() -> None:
    looped = RULE.model_copy(update={"expr": "loop > 1"})
    assert rule_digest(looped, RECORDED) != rule_digest(looped, with_recorded("loop", "loop + 2"))


def route(**says: str) -> str:
    said = {
        "matchers": '[job="shop"]',
        "group_wait": "10s",
        "group_interval": "1m",
        "group_by": "[job]",
    } | says
    inner = ", ".join(f"{name}: {text}" for name, text in said.items())
    text = f"route: {{receiver: ops, routes: [{{receiver: page, {inner}}}]}}\nreceivers: [{{name: ops}}, {{name: page}}]\n"
    return route_digest(Routes.read(text, Judged()).root.children[0])


@pytest.mark.parametrize(
    "says",
    [
        {"matchers": '[job="pay"]'},
        {"group_wait": "11s"},
        {"group_interval": "2m"},
        {"group_by": "[job, team]"},
    ],
)
def test_a_route_is_its_way_its_groups_and_its_waits(says: dict[str, str]) -> None:
    assert route(**says) != route()
    assert route() == route()
