"""Somebody else's system that does not answer before a run has begun cannot be used: exit code 2, and what to do."""

from pathlib import Path

import pytest

from simulator.base.errors import BadInput, DoorError, ExitCode, StackError
from simulator.environments.settings import EnvironmentSettings, before_a_run, environment_settings
from simulator.plan.request import RunRequest
from tests.cli.commands import Left, engine, simulator
from tests.fakes.doors import NOWHERE
from tests.fakes.monitoring import alertmanager_of, prometheus_of, rule, serving
from tests.fakes.shop import written

NEXT = "nothing was begun. Mend that, or what the file says of it; simulator doctor FILE looks at all of it"


def typed(folder: Path, command: str, *more: str) -> Left:
    words = (command, str(folder / "experiments/one.yaml")) if command == "run" else (command,)
    return simulator(*words, "--environment", str(folder / "shop.yaml"), *more, state=folder / "state")


@pytest.mark.parametrize("words", [("run",), ("run", "--dry-run"), ("coverage",)], ids=" ".join)
def test_a_prometheus_that_is_away(tmp_path: Path, words: tuple[str, ...]) -> None:
    written(tmp_path)
    reports = ("--reports", str(tmp_path / "reports"))
    left = typed(tmp_path, *words, *reports)
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert left.complaint.startswith(
        "environment shop cannot be used as it is: Prometheus did not answer: ConnectError"
    )
    assert left.complaint.endswith(NEXT)
    assert not list(tmp_path.glob("reports/*"))


@pytest.mark.parametrize("words", [("run", "--dry-run"), ("coverage",)], ids=" ".join)
def test_an_alertmanager_that_is_away(tmp_path: Path, words: tuple[str, ...]) -> None:
    with serving(prometheus_of(rule("ShopDown"))) as prometheus:
        written(tmp_path, prometheus={"url": prometheus.url})
        left = typed(tmp_path, *words)
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert "cannot be used as it is: Alertmanager did not answer" in left.complaint


def test_what_is_asked_once_there_is_a_plan(tmp_path: Path) -> None:
    """Who it is that would be harmed, in a dry run."""
    with (
        serving(prometheus_of(rule("ShopDown"))) as prometheus,
        serving(alertmanager_of()) as alertmanager,
    ):
        written(
            tmp_path,
            prometheus={"url": prometheus.url},
            alertmanagers=[{"url": alertmanager.url}],
            identity={"url": f"{NOWHERE}/healthz", "equals": "staging"},
        )
        left = typed(tmp_path, "run", "--dry-run")
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert left.complaint.startswith(
        "environment shop cannot be used as it is: the identity did not answer: ConnectError"
    )


def test_a_target_that_cannot_be_claimed(tmp_path: Path) -> None:
    """An Alertmanager that takes no silence of ours: the last thing that is asked before a run begins."""
    with (
        serving(prometheus_of(rule("ShopDown"))) as prometheus,
        serving(alertmanager_of()) as alertmanager,
    ):
        file = written(
            tmp_path, prometheus={"url": prometheus.url}, alertmanagers=[{"url": alertmanager.url}]
        )
        request = RunRequest(
            gameday=str(tmp_path / "experiments/one.yaml"),
            environment=str(file),
            scenarios=tmp_path,
            reports=tmp_path / "reports",
        )
        left = engine(request, state=tmp_path / "state")
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert "cannot be used as it is: Alertmanager at /api/v2/silences answered 501" in left.err
    assert not list(tmp_path.glob("state/**/open/*"))


def test_a_proposal_for_a_prometheus_that_is_away(tmp_path: Path) -> None:
    left = simulator("init", NOWHERE, "--out", str(tmp_path / "there"), state=tmp_path / "state")
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert left.only_complaint.startswith("Prometheus did not answer: ConnectError")
    assert "nothing was written. Give the address at which this machine reaches it" in left.complaint
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:99999", "the port of an address is a number from 1 to 65535"),
        ("http://127.0.0.1:0", "the port of an address is a number from 1 to 65535"),
        ("http://prom.shop:abc", "the port of an address is a number from 1 to 65535"),
        ("http://[::1", "Invalid IPv6 URL"),
        ("http://xn--\u00fc", "the address has characters, or a host, that no address has"),
    ],
)
def test_an_address_that_nobody_can_ask(tmp_path: Path, url: str, complaint: str) -> None:
    """Else the door falls over it, with a traceback."""
    acts = {"inject": ["/bin/true"], "check": ["/bin/false"], "undo": ["/bin/true"]}
    for wrong in (
        {"prometheus": {"url": url}},
        {"alertmanagers": [{"url": url}]},
        {"services": {"shop": {"command": acts, "probe": url}}},
    ):
        file = written(tmp_path, **wrong)
        with pytest.raises(BadInput, match=complaint):
            environment_settings(str(file))


def test_a_stack_of_ours_that_does_not_answer_has_broken() -> None:
    ours, silent = EnvironmentSettings(name="embedded", stack="embedded"), DoorError("Redis did not answer")
    with pytest.raises(DoorError) as told, before_a_run(ours):
        raise silent
    assert told.value is silent


@pytest.mark.parametrize("error", [BadInput("a file"), StackError("not running")])
def test_what_is_no_door_s_error_stays_what_it_is(error: Exception) -> None:
    ours = EnvironmentSettings(name="embedded", stack="embedded")
    with pytest.raises(type(error)) as told, before_a_run(ours):
        raise error
    assert told.value is error
