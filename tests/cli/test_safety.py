"""Nets, stop, dry run, undo and audit on a real stack: what they refuse, what they end, and what they leave."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.base.errors import ExitCode
from simulator.base.protocol import FromEngine, Progress
from simulator.engine.openfaults import OpenFaults
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.faults.base.held import ServiceRecord
from simulator.journal.facts import RunEnded
from simulator.plan.request import RunRequest
from simulator.safety.audit import audit_trail
from simulator.safety.stopsign import stop_sign
from tests.cli.commands import engine, injected, simulator
from tests.fakes.clock import FakeClock
from tests.fakes.engine_copy import hasty_engine
from tests.fakes.locust import FakeLocust

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANG_REDIS = """\
title: The cache hangs
faults: [{fault: service-hang, service: redis}]
needs: {requests: 1}
"""


@pytest.fixture
def stack(unlearned_stack: StackInfo) -> Iterator[StackInfo]:
    """A stack, and a state home, that nobody else is kept from using by a stop sign."""
    yield unlearned_stack
    stop_sign().clear()


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    path = tmp_path / "redis-hangs.yaml"
    path.write_text(HANG_REDIS)
    return path


def an_environment(folder: Path, lines: str, identity: str = "embedded") -> Path:
    path = folder / "shop.yaml"
    path.write_text(f"stack: embedded\ncalls_itself: {identity}\n{lines}")
    return path


def hasty_locust(
    stack: StackInfo, experiment: Path, folder: Path, environment: str = "embedded"
) -> FakeLocust:
    """Its engine waits for no steady state."""
    return FakeLocust(stack, experiment, folder / "reports", hasty_engine(folder / "copy").root, environment)


def ended(locust: FakeLocust) -> RunEnded:
    last = locust.journal()[-1]
    assert isinstance(last, RunEnded)
    return last


def books(locust: FakeLocust) -> int:
    """How many times the orders were looked up: also those of a wave that came to no end."""
    return sum(fact.kind == "ledger_checked" for fact in locust.journal())


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (
            "{name: cache-lost, expr: 'redis_up == 0 or up{job=\"redis\"} == 0'}",
            "abort condition cache-lost is true: ",
        ),
        # Prometheus refuses it: what cannot be answered is no net.
        ("{name: cross, expr: 'up * on () up'}", "abort condition cross cannot be answered: "),
        # The exporter hangs with its cache: the comparison gives nothing before, and nothing after.
        (
            "{name: cache-lost, expr: '{__name__=\"redis_up\"} < 0 or redis_connected_clients < 0'}",
            "abort condition cache-lost counts as true: ",
        ),
    ],
    ids=["comes true", "cannot be answered", "goes blind"],
)
def test_an_abort_condition_undoes_and_aborts(
    stack: StackInfo, experiment: Path, tmp_path: Path, condition: str, reason: str
) -> None:
    shop = str(an_environment(tmp_path, f"abort_when: [{condition}]\n"))
    locust = hasty_locust(stack, experiment, tmp_path, shop)
    assert locust.run().code == ExitCode.ABORTED
    assert ended(locust).status == "aborted"
    assert ended(locust).reason.startswith(reason)
    assert injected(stack) == []
    # The first can only come true once its wave has begun; the second may end the run before.
    waves = sum(fact.kind == "experiment_started" for fact in locust.journal())
    assert (books(locust), waves) in ([(1, 1)] if "cache-lost" in condition else [(0, 0), (1, 1)])


def by_command(_: FakeLocust) -> str:
    assert simulator("stop", "the", "shop is on fire").code == ExitCode.BAD_INPUT
    assert simulator("stop", "the shop is on fire").code == ExitCode.MET
    return "the shop is on fire"


def by_signal(locust: FakeLocust) -> str:
    os.kill(locust.engine.pid, signal.SIGUSR1)
    return "signal SIGUSR1"


def by_file(_: FakeLocust) -> str:
    stop_sign().path.touch()
    return "no reason given"


@pytest.mark.parametrize("stop", [by_command, by_signal, by_file])
def test_a_stop_undoes_and_keeps_new_runs_away_until_it_is_cleared(
    stack: StackInfo, experiment: Path, tmp_path: Path, stop: Callable[[FakeLocust], str]
) -> None:
    said: list[str] = []

    def once_it_bites(message: FromEngine, locust: FakeLocust) -> None:
        if isinstance(message, Progress) and message.text == "the fault bites; watching":
            said.append(stop(locust))

    locust = hasty_locust(stack, experiment, tmp_path)
    assert locust.run(once_it_bites).code == ExitCode.ABORTED
    assert (ended(locust).status, ended(locust).reason) == ("interrupted", f"stopped: {said[0]}")
    assert injected(stack) == []
    assert books(locust) == 1
    for refused in (engine(RunRequest(gameday="smoke")), simulator("run", "smoke")):
        assert refused.code == ExitCode.ABORTED
        assert f"({said[0]}); allow it: simulator stop --clear" in refused.err
    assert simulator("stop", "--clear").out == "runs may begin again\n"
    assert simulator("stop", "--clear").out == "nothing was stopped\n"
    deeds = [entry.deed for entry in audit_trail(FakeClock()).read()]
    assert deeds[-1] == "stop cleared"
    runs = [deed for deed in deeds if deed.startswith("run")]
    assert runs[-4:] == ["run began", "run ended", "run refused", "run refused"]


def test_an_api_that_is_another_environments_is_not_touched(
    stack: StackInfo, experiment: Path, tmp_path: Path
) -> None:
    shop = str(an_environment(tmp_path, "", identity="staging"))
    locust = hasty_locust(stack, experiment, tmp_path, shop)
    assert locust.run().code == ExitCode.ABORTED
    assert (
        "expects an API that calls itself 'staging'; this one calls itself 'embedded'" in ended(locust).reason
    )
    assert not any(fact.kind == "fault_requested" for fact in locust.journal())


def test_no_more_of_a_service_is_taken_than_its_share(
    stack: StackInfo, experiment: Path, tmp_path: Path
) -> None:
    shop = str(an_environment(tmp_path, "limits: {share: 0.5}\n"))
    locust = hasty_locust(stack, experiment, tmp_path, shop)
    assert locust.run().code == ExitCode.ABORTED
    assert (
        "service-hang would take 1 of 1 of redis; a share of 0.5 is allowed. Net: caps"
        in ended(locust).reason
    )
    dry = simulator("run", str(experiment), "--dry-run", "--environment", shop)
    assert dry.code == ExitCode.ABORTED
    assert "would take 1 of 1 of redis" in dry.err


@pytest.mark.usefixtures("stack")
def test_a_blackout_refuses_and_doing_without_it_is_in_the_report(experiment: Path, tmp_path: Path) -> None:
    shop = str(an_environment(tmp_path, "blackouts: [{because: for good}]\n"))
    request = RunRequest(gameday=str(experiment), environment=shop, reports=tmp_path)
    assert "(for good). Net: blackout" in engine(request).complaint
    assert (
        engine(request.model_copy(update={"without": ("blackout",)})).code == ExitCode.ABORTED
    )  # for want of a Locust
    (report,) = tmp_path.glob("*/report.html")
    assert 'Without the nets</dt><dd class="breached">blackout' in report.read_text()
    assert "without the nets blackout" in report.with_name("report.txt").read_text()


def test_only_what_the_environment_lists_is_touched(
    stack: StackInfo, experiment: Path, tmp_path: Path
) -> None:
    for listed, complaint in (
        ("api", "may not touch 'redis'"),
        ("apy", "touch: unknown service 'apy'; did you mean 'api'?"),
    ):
        shop = str(an_environment(tmp_path, f"touch: [{listed}]\n"))
        left = engine(RunRequest(gameday=str(experiment), environment=shop))
        assert left.code == ExitCode.BAD_INPUT
        assert complaint in left.complaint
    assert injected(stack) == []


def test_a_dry_run_names_targets_pages_and_undo_and_touches_nothing(stack: StackInfo) -> None:
    left = simulator("run", "api-killed", "--dry-run", "--without", "caps")
    assert left.code == ExitCode.MET, left.err
    said = " ".join(left.out.split())
    assert "Would run api-killed on environment embedded" in said
    assert "inject service-kill on api (process " in said
    assert "On processes the hold is a lease" in said
    assert "expect ApplicationDown critical notified within" in said
    assert "predicted within" in said
    assert "without the net caps" in said
    assert injected(stack) == []


NOBODY = """\
title: An alert that nobody has
faults: [{fault: service-kill, service: api}]
must:
  - {alert: ApplicationDwn, severity: critical}
  - {alert: HighErrorRate, severity: critical}
"""


@pytest.fixture
def misspelt(tmp_path: Path) -> Path:
    path = tmp_path / "nobody.yaml"
    path.write_text(NOBODY)
    return path


def objected(said: str) -> None:
    assert "nobody: ApplicationDwn: no rule of this name is loaded; did you mean 'ApplicationDown'?" in said
    assert "nobody: HighErrorRate: its rule has severity 'warning', expected 'critical'" in said


def test_a_dry_run_refuses_what_the_running_stack_cannot_do(stack: StackInfo, misspelt: Path) -> None:
    left = simulator("run", str(misspelt), "--dry-run")
    assert left.code == ExitCode.BAD_INPUT
    assert left.only_complaint
    objected(left.err)
    assert injected(stack) == []


def test_without_a_stack_the_rules_it_would_load_are_asked(misspelt: Path, tmp_path: Path) -> None:
    for options in (("--dry-run",), ()):
        left = simulator("run", str(misspelt), *options, state=tmp_path / "state")
        assert left.code == ExitCode.BAD_INPUT
        assert left.only_complaint
        objected(left.err)


def test_a_run_refuses_the_same_before_it_injects(stack: StackInfo, misspelt: Path, tmp_path: Path) -> None:
    locust = hasty_locust(stack, misspelt, tmp_path)
    assert locust.run().code == ExitCode.BAD_INPUT
    assert (ended(locust).status, injected(stack)) == ("aborted", [])
    assert not any(fact.kind in ("experiment_started", "fault_requested") for fact in locust.journal())
    (report,) = (tmp_path / "reports").glob("*/report.txt")
    objected(" ".join(report.read_text().replace("refused: ", "").split()))


def test_every_experiment_that_ships_can_be_met_by_what_is_loaded(stack: StackInfo) -> None:
    left = simulator("run", "full-sweep", "--dry-run", "--without", "caps")
    assert (left.code, injected(stack)) == (ExitCode.MET, [])
    assert "warning: " not in left.out


def test_a_dry_run_prints_what_looks_like_markup(stack: StackInfo, tmp_path: Path) -> None:
    odd = tmp_path / "odd.yaml"
    odd.write_text(
        'title: Odd\nfaults: [{fault: poison-request, path: "[/orders]"}]\n'
        'must:\n  - {alert: ApplicationDown, severity: critical, labels: {at: "[/b]"}}\n'
        '  - {alert: ApplicationDown, severity: critical, labels: {at: "[b]"}}\n'
    )
    left = simulator("run", str(odd), "--dry-run")
    assert left.code == ExitCode.MET, left.err
    for text in ("[/orders]", 'ApplicationDown{at="[/b]"}', 'ApplicationDown{at="[b]"}'):
        assert text in left.out
    assert injected(stack) == []


def test_a_record_that_cannot_be_read_is_shown_as_that(stack: StackInfo) -> None:
    link = stack.folder / "open" / "gone.json"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to("/nowhere")
    shown = simulator("undo", "--dry-run")
    link.unlink()
    assert shown.code == ExitCode.MET
    assert "at an unknown time" in shown.out


def test_undo_shows_first_and_then_undoes_everywhere(stack: StackInfo) -> None:
    record = ServiceRecord(fault="service-kill", id="simulator-left", service="api")
    OpenFaults(stack.folder / "open").add(record)
    shown = simulator("undo", "--all", "--dry-run")
    assert "service-kill {'id': 'simulator-left', 'service': 'api'}" in shown.out
    assert "1 open faults would be undone; nothing was touched" in shown.out
    assert injected(stack) == ["simulator-left.json"]
    assert "1 open faults undone" in simulator("undo", "--all").out
    assert injected(stack) == []
    assert "undone  service-kill simulator-left  embedded" in simulator("audit").out
