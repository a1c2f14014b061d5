"""The checker against real Prometheus and Alertmanager that were made to lie: never `met`, and the true reason."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from simulator.errors import ExitCode
from simulator.judge import judge
from simulator.protocol import FaultState, FromEngine, Progress
from simulator.verdict import RunVerdict
from stack.supervisor.client import Connection
from stack.supervisor.protocol import StackInfo
from tests.e2e.conftest import await_some
from tests.fakes.locust import FakeLocust

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(600)]

STARVED = "harness starved"
ATTEMPTS = 3

API_KILLED = """\
title: The API is killed
faults: [{fault: service-kill, service: api}]
must: [{alert: ApplicationDown, severity: critical, within: 12s}]
observe: 12s
recover_within: 60s
"""
STUFFING = """\
title: A switch that does nothing
faults: [{fault: workload, switch: credential-stuffing, events_per_second: 4}]
must: [{alert: CriticalAuthFailureRate, severity: critical, within: 12s}]
observe: 12s
effective_within: 5s
"""


React = Callable[[FromEngine, FakeLocust, ExitStack], None]
"""Interferes while an experiment runs; what it leaves on the stack of exits is taken back after the run."""


def leave_alone(_message: FromEngine, _locust: FakeLocust, _until_the_end: ExitStack) -> None:
    """No interference."""


class Lie:
    """Runs one experiment on the module's stack; `react` may interfere while it runs."""

    def __init__(self, stack: StackInfo, folder: Path) -> None:
        self.stack = stack
        self._folder = folder

    def tell(self, text: str, react: React = leave_alone, *, obeys: bool = True) -> tuple[RunVerdict, int]:
        """Run it; a run in which the machine was too busy to prove anything is run again, and that is said."""
        for attempt in range(ATTEMPTS):
            verdict, code = self._run(text, react, self._folder / f"attempt-{attempt}", obeys=obeys)
            if STARVED not in said(verdict):
                break
            print(f"{said(verdict)}: running it once more", file=sys.__stderr__)
        return verdict, code

    def _run(self, text: str, react: React, folder: Path, *, obeys: bool) -> tuple[RunVerdict, int]:
        folder.mkdir()
        experiment = folder / "a-lie.yaml"
        experiment.write_text(text)
        locust = FakeLocust(self.stack, experiment, folder / "reports")
        locust.obeys = obeys
        with ExitStack() as until_the_end:
            finished = locust.run(lambda message, locust: react(message, locust, until_the_end))
        self._await_all_ready()
        return judge(locust.journal()), finished.code

    def _await_all_ready(self) -> None:
        """The next run finds the stack as this one did."""
        with Connection(self.stack) as connection:

            def look() -> bool | None:
                services = connection.status().services.values()
                return True if all(service.state == "ready" for service in services) else None

            await_some(look, within=30.0)


@pytest.fixture
def lie(unlearned_stack: StackInfo, tmp_path: Path) -> Lie:
    return Lie(unlearned_stack, tmp_path)


@contextmanager
def edited(path: Path, reload_url: str, old: str, new: str) -> Iterator[None]:
    """A configuration file with one text replaced, loaded; the original again afterwards."""
    original = path.read_text()
    assert old in original
    path.write_text(original.replace(old, new))
    try:
        httpx.post(reload_url, timeout=10, trust_env=False).raise_for_status()
        yield
    finally:
        path.write_text(original)
        httpx.post(reload_url, timeout=10, trust_env=False).raise_for_status()


def said(verdict: RunVerdict) -> str:
    reasons = [reason for experiment in verdict.experiments for reason in experiment.reasons]
    return "; ".join(reason.text for reason in [*verdict.reasons, *reasons])


def bites(message: FromEngine) -> bool:
    return isinstance(message, Progress) and message.text == "the fault bites; watching"


def test_the_same_experiment_without_a_lie_is_met(lie: Lie) -> None:
    verdict, code = lie.tell(API_KILLED)
    assert said(verdict) == ""
    assert (verdict.outcome, code) == ("met", ExitCode.MET)


def test_a_muted_rule(lie: Lie) -> None:
    rules = lie.stack.targets.parent / "staging.yaml"
    reload_url = f"{lie.stack.url('prometheus')}/-/reload"
    with edited(rules, reload_url, 'up{job="erpgo-api"} == 0', 'up{job="erpgo-api"} == 2'):
        verdict, code = lie.tell(API_KILLED)
    assert said(verdict) == "ApplicationDown: missed: the rule's expression never became true"
    assert (verdict.outcome, code) == ("breached", ExitCode.BREACHED)


def test_a_rule_with_the_wrong_severity(lie: Lie) -> None:
    rules = lie.stack.targets.parent / "staging.yaml"
    before = rules.read_text()
    rule = before[before.index("- alert: ApplicationDown") :].split("- alert:", 2)[1]
    with edited(
        rules,
        f"{lie.stack.url('prometheus')}/-/reload",
        rule,
        rule.replace("severity: critical", "severity: warning"),
    ):
        # The warning's page waits 10 s for a critical one: it needs a longer observation.
        verdict, code = lie.tell(API_KILLED.replace("12s", "20s"))
    assert "ApplicationDown: paged with severity 'warning', expected 'critical'" in said(verdict)
    assert (verdict.outcome, code) == ("breached", ExitCode.BREACHED)


def test_a_receiver_that_gets_nothing(lie: Lie) -> None:
    """The canary has passed; then Alertmanager is made to send critical pages where nobody listens."""
    alertmanager = lie.stack.targets.parent / "alertmanager.yml"
    reload_url = f"{lie.stack.url('alertmanager')}/-/reload"

    def react(message: FromEngine, _: FakeLocust, until_the_end: ExitStack) -> None:
        if isinstance(message, FaultState) and message.active:
            critical = f"{lie.stack.url('receiver')}/api/v1/webhook/critical"
            until_the_end.enter_context(edited(alertmanager, reload_url, critical, "http://127.0.0.1:9/"))

    verdict, code = lie.tell(API_KILLED, react)
    assert "ApplicationDown: missed: Alertmanager accepted it after" in said(verdict)
    assert "the receiver never got it" in said(verdict)
    assert (verdict.outcome, code) == ("breached", ExitCode.BREACHED)


@pytest.mark.parametrize("source", ["prometheus", "receiver"])
def test_a_source_of_evidence_that_stops(lie: Lie, source: str) -> None:
    def react(message: FromEngine, _: FakeLocust, until_the_end: ExitStack) -> None:
        if bites(message):
            connection = until_the_end.enter_context(Connection(lie.stack))
            connection.hold(source, "killed", "the test", lease_s=120.0)

    verdict, code = lie.tell(API_KILLED, react)
    assert f"aborted: {source} has been lost for" in said(verdict)
    assert (verdict.outcome, verdict.status, code) == ("inconclusive", "aborted", ExitCode.ABORTED)
    assert verdict.experiments[0].faults[0].undo_confirmed


def test_a_fault_that_does_nothing(lie: Lie) -> None:
    verdict, code = lie.tell(STUFFING, obeys=False)
    assert said(verdict).startswith(
        "fault workload was not effective within 5 s: the workload does not report"
    )
    assert (verdict.outcome, code) == ("inconclusive", ExitCode.INCONCLUSIVE)


def test_traffic_that_stops(lie: Lie) -> None:
    def react(message: FromEngine, locust: FakeLocust, _: ExitStack) -> None:
        if bites(message):
            locust.flowing = False

    verdict, code = lie.tell(API_KILLED, react)
    assert said(verdict).startswith("too little traffic under observation: ")
    assert (verdict.outcome, code) == ("inconclusive", ExitCode.INCONCLUSIVE)


def test_locust_that_ends_early_is_aborted_and_undone(lie: Lie) -> None:
    def react(message: FromEngine, locust: FakeLocust, _: ExitStack) -> None:
        if bites(message):
            locust.stop()

    verdict, code = lie.tell(API_KILLED, react)
    assert (verdict.status, verdict.outcome, code) == ("interrupted", "inconclusive", ExitCode.ABORTED)
    assert verdict.experiments[0].faults[0].undo_confirmed
