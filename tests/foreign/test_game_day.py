"""A game day on somebody else's system, from the folder of whoever runs it: met, timed truly, and without a leak."""

import re
from dataclasses import dataclass

import pytest

from simulator.base.errors import ExitCode
from simulator.judge.verdict import RunVerdict
from tests.cli.commands import Left
from tests.draw import drawn
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.owners import Tree, environment, secrets_of, witness
from tests.foreign.receiving import Receiving
from tests.foreign.user import User, ended
from tests.foreign.watching import Watching, leaks

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(900)]

FEW = 2
APART = 0.3
"""Seconds by which the report and an independent webhook may differ about when a page came."""
PLANTED = {"TENANT": "planted-tenant-5f1e09", "AGENT": "planted-agent-c0ffee"}
"""Secrets of whoever runs it that nobody asks for: a header's value, and what programs find in their environment."""


@dataclass(frozen=True)
class Day:
    """A game day that is over."""

    user: User
    ended: Left
    seen: Watching
    secrets: frozenset[str]

    @property
    def verdict(self) -> RunVerdict:
        return self.user.verdict


@pytest.fixture(scope="module")
def day(foreign: Foreign, receiver: Receiving, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Some of their experiments, or all."""
    known = {**secrets_of(foreign, receiver), **PLANTED}
    user = User.at(tmp_path_factory.mktemp("day") / "user", known)
    every = Experiments(foreign).all()
    chosen = drawn("FOREIGN", {name: name for name in every}, FEW)
    for name in chosen:
        user.write(f"experiments/{name}.yaml", every[name])
    user.write("day.yaml", {"title": "Our first game day", "experiments": chosen})
    user.write("shop.yaml", _with_planted_secrets(environment(foreign, receiver)))
    secrets = frozenset({*vars(foreign.names.secrets).values(), receiver.token, *PLANTED.values()})
    for _ in user.attempts():
        with user.running("run", "day.yaml", "--environment", "shop.yaml") as program:
            seen = Watching(program.pid)
            with seen:
                left = ended(program)
    return Day(user, left, seen, secrets)


def _with_planted_secrets(tree: Tree) -> Tree:
    tree["prometheus"]["headers"] = {"X-Scope-OrgID": "env:TENANT"}
    for service in tree["services"].values():
        if "command" in service:
            service["command"]["environment"] = {"SSH_AUTH_SOCK": "env:AGENT"}
    return tree


def test_it_is_met(day: Day) -> None:
    assert day.ended.code == ExitCode.MET, day.ended.out + day.ended.err
    assert {one.outcome for one in day.verdict.experiments} == {"met"}


def test_an_independent_webhook_saw_every_page_when_the_report_says(day: Day, foreign: Foreign) -> None:
    verdict = day.verdict
    notified = [
        (alert, mark.at + verdict.started_epoch)
        for experiment in verdict.experiments
        for alert in experiment.alerts
        for mark in alert.marks
        if mark.mark == "notified"
    ]
    assert len(notified) == sum(bool(one.faults) for one in verdict.experiments)
    for alert, at in notified:
        witnessed = [page.at for page in foreign.pages() if page.alerts.get(alert.alert) == "firing"]
        assert min(abs(one - at) for one in witnessed) <= APART, alert


def test_no_secret_is_left_anywhere(day: Day) -> None:
    assert day.seen.lines, "the run was looked at while it went on"
    told = [*day.seen.lines, day.ended.out, day.ended.err]
    assert [line for line in told for secret in day.secrets if secret in line] == []
    assert list(leaks(day.secrets, day.user.folder)) == []


def test_without_a_receiver_nobody_is_said_to_have_been_told_and_no_traffic_is_needed(
    foreign: Foreign, receiver: Receiving, user: User
) -> None:
    """The traffic that is there anyway, which is little; what bears witness of it is Prometheus."""
    tree = environment(foreign, receiver)
    del tree["pages"]["receiver"], tree["pages"]["routes"]
    tree["pages"]["judge_at"] = "accepted"
    tree["traffic"] = {"counted": witness(foreign)}
    experiment = Experiments(foreign).shop_dead()
    for _ in user.attempts():
        left = user.run({**experiment, "needs": {"requests": 0}}, tree)
    assert left.code == ExitCode.MET, left.out + left.err
    ((alert,),) = [one.alerts for one in user.verdict.experiments]
    assert {"accepted"} == {one.mark for one in alert.marks} & {"accepted", "notified"}
    page = re.sub(
        r"<style.*?</style>|<[^>]*>", " ", (user.report / "report.html").read_text(), flags=re.DOTALL
    )
    texts = [left.out, left.err, page, (user.report / "report.txt").read_text()]
    assert [word for text in texts for word in re.findall(r"\bpaged\b|\bnotified\b", text)] == []
