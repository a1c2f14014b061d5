"""A game day on somebody else's system, from the folder of whoever runs it: met, timed truly, and without a leak."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.judge.verdict import RunVerdict
from tests.attached.manager import NoManager
from tests.checkout import ROOT
from tests.cli.commands import Left
from tests.draw import drawn
from tests.foreign.examined import failures, listening
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.installed import Program
from tests.foreign.owners import Tree, environment, secrets_of, witness
from tests.foreign.receiving import Receiving
from tests.foreign.unit import as_unit, is_active, unit_of
from tests.foreign.user import User, ended
from tests.foreign.watching import Watching, leaks

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(1800)]

FEW = 2
LONGEST_DAY = 1500.0
"""Seconds."""
WHOLE = os.environ.get("FOREIGN") == "all"
ELSEWHERE = "make foreign runs it"
APART = 0.3
"""Seconds by which the report and an independent webhook may differ about when a page came."""
PLANTED = {"TENANT": "planted-tenant-5f1e09", "AGENT": "planted-agent-c0ffee"}
"""Secrets of whoever runs it that nobody asks for: a header's value, and what programs find in their environment."""


@dataclass(frozen=True)
class Unit:
    """Whether payments are a systemd unit during the day."""

    programs: Path | None
    """The folder of the `systemctl` that knows it."""
    why_not: str = ""


@dataclass(frozen=True)
class Day:
    """A game day that is over."""

    user: User
    way: Mapping[str, Left]
    """What came before it in the same folder, by the command."""
    ended: Left
    seen: Watching
    secrets: frozenset[str]

    @property
    def verdict(self) -> RunVerdict:
        return self.user.verdict


@pytest.fixture(scope="module")
def unit(foreign: Foreign, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """Payments as a unit, where there is a systemd; in the gate as ever."""
    if not WHOLE:
        yield Unit(None, ELSEWHERE)
        return
    try:
        with as_unit(foreign, "pay", tmp_path_factory.mktemp("unit")) as programs:
            yield Unit(programs)
            assert is_active(programs, "pay"), "it is left as it was"
    except NoManager as error:
        yield Unit(None, str(error))


@pytest.fixture(scope="module")
def day(
    foreign: Foreign,
    receiver: Receiving,
    program: Program,
    unit: Unit,
    tmp_path_factory: pytest.TempPathFactory,
) -> Day:
    """Some of their experiments, or all; then what a newcomer does before them as well."""
    known = {**secrets_of(foreign, receiver), **PLANTED}
    user = User.at(tmp_path_factory.mktemp("day") / "user", known, program)
    every, described = Experiments(foreign).all(), _with_planted_secrets(environment(foreign, receiver))
    if unit.programs is not None:
        every["pay-dead"] = Experiments(foreign).pay_dead("service-kill")
        described["services"]["pay"]["systemd"] = unit_of("pay")
        path = {"PATH": f"{unit.programs}:{os.environ['PATH']}"}
        user = replace(user, program=replace(program, environment={**program.environment, **path}))
    described["pages"]["people"] = listening(foreign)
    chosen = drawn("FOREIGN", {name: name for name in every}, FEW)
    user.write("shop.yaml", described)
    way = _as_a_newcomer(user, foreign) if WHOLE else {}
    for name in chosen:
        user.write(f"experiments/{name}.yaml", every[name])
    user.write("day.yaml", {"title": "Our first game day", "experiments": chosen})
    secrets = frozenset({*vars(foreign.names.secrets).values(), receiver.token, *PLANTED.values()})
    for _ in user.attempts():
        with user.running("run", "day.yaml", "--environment", "shop.yaml") as running:
            seen = Watching(running.pid)
            with seen:
                left = ended(running, LONGEST_DAY)
    return Day(user, way, left, seen, secrets)


def _as_a_newcomer(user: User, foreign: Foreign) -> dict[str, Left]:
    """A proposal that is not finished, and a file that is."""
    api = foreign.prometheus
    entrance = (api.url, "--basic", f"{api.user}:env:OPS_PASSWORD", "--ca", str(foreign.ca))
    return {
        "init": user.simulator("init", *entrance),
        "doctor staging.yaml": user.simulator("doctor", "staging.yaml"),
        "doctor shop.yaml": user.simulator("doctor", "shop.yaml"),
    }


def _with_planted_secrets(tree: Tree) -> Tree:
    tree["prometheus"]["headers"] = {"X-Scope-OrgID": "env:TENANT"}
    for service in tree["services"].values():
        if "command" in service:
            service["command"]["environment"] = {"SSH_AUTH_SOCK": "env:AGENT"}
    return tree


def test_it_is_met(day: Day) -> None:
    assert day.ended.code == ExitCode.MET, day.ended.out + day.ended.err
    assert {one.outcome for one in day.verdict.experiments} == {"met"}


@pytest.mark.skipif(not WHOLE, reason=ELSEWHERE)
def test_it_began_with_a_wheel_an_empty_folder_and_init(day: Day) -> None:
    assert not day.user.program.code.is_relative_to(ROOT)
    assert (day.user.program.code / "cli.py").exists()
    assert str(ROOT / "simulator") not in "\n".join(day.seen.lines), "every process of it is the wheel's"
    init, unfinished, finished = day.way.values()
    assert (init.code, unfinished.code, finished.code) == (0, 2, 0), day.way
    assert failures(unfinished)
    assert finished.out.splitlines()[-1].startswith("no failures (exit 0)")


def test_payments_were_killed_by_systemd(day: Day, unit: Unit) -> None:
    if unit.programs is None:
        pytest.skip(f"no systemd unit was killed: {unit.why_not}")
    (dead,) = (one for one in day.verdict.experiments if one.name == "pay-dead")
    assert dead.outcome == "met"
    assert [fault.fault for fault in dead.faults] == ["service-kill"]
    assert is_active(unit.programs, "pay")


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
