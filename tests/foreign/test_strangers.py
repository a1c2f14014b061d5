"""What goes on beside a run on a shared system spoils no verdict, and what is not to be touched is not even looked at."""

import os
import signal
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML

from simulator.base.errors import ExitCode
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.listening import Listener, listening
from tests.foreign.owners import Tree, environment
from tests.foreign.receiving import Receiving
from tests.foreign.user import User, ended

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

STRANGER = "BatchJobStarved"
UNTOUCHABLE = "batch"
"""A service of another team."""


@pytest.fixture
def their_rule(foreign: Foreign) -> Iterator[None]:
    """An alert of another team, which fires when the shop is down."""
    labels = {foreign.names.severities.label: foreign.names.severities.urgent, "team": "batch"}
    rule = {
        "alert": STRANGER,
        "expr": f'up{{job="{foreign.names.jobs.shop}"}} == 0',
        "labels": labels,
        "annotations": {"summary": "Nothing to do."},
    }
    path = foreign.files.rules.with_name("batch.yml")
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({"groups": [{"name": "batch.rules", "rules": [rule]}]}, file)
    foreign.reload(foreign.prometheus)
    yield
    path.unlink()
    foreign.reload(foreign.prometheus)


@pytest.fixture
def untouchable() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def with_untouchable(tree: Tree, port: int) -> Tree:
    """The environment with that service known, and not under touch; nobody here has its secret."""
    at = f"http://127.0.0.1:{port}"
    tree["services"][UNTOUCHABLE] = {
        "probe": f"{at}/healthz",
        "postgres": f"env:{UNTOUCHABLE.upper()}_DATABASE",
        "table": "runs",
        "http": {"inject": {"url": f"{at}/down"}, "check": {"url": at}, "undo": {"url": f"{at}/up"}},
    }
    return tree


def with_the_shop_alone(tree: Tree) -> Tree:
    """The environment of a team to which nothing else belongs."""
    tree["services"] = {"shop": tree["services"]["shop"]}
    tree["touch"] = ["shop"]
    return tree


@pytest.mark.usefixtures("their_rule")
def test_strangers_spoil_nothing_and_are_named(
    foreign: Foreign, receiver: Receiving, user: User, untouchable: Listener
) -> None:
    """Another team's alert fires, a target is down anyway, and a process of nobody's is started anew."""
    tree = with_untouchable(with_the_shop_alone(environment(foreign, receiver)), untouchable.port)
    for _ in user.attempts():
        nobodys = foreign.pid("redis-exporter")
        with user.running(*user.written(Experiments(foreign).shop_dead(), tree)) as program:
            user.await_harm(program)
            os.kill(nobodys, signal.SIGKILL)
            left = ended(program)
    assert left.code == ExitCode.MET, left.out + left.err
    (experiment,) = user.verdict.experiments
    assert [one.alert for one in experiment.strangers] == [STRANGER]
    assert f"also fired, not judged here: {STRANGER}" in (user.report / "report.txt").read_text()
    assert "Also fired, not judged here" in (user.report / "report.html").read_text()
    assert foreign.pid("redis-exporter") != nobodys
    assert untouchable.knocks == []


@pytest.mark.parametrize("fault", ["http-hook", "db-errors"])
def test_what_is_not_under_touch_is_refused_and_gets_no_packet(
    foreign: Foreign, receiver: Receiving, user: User, untouchable: Listener, fault: str
) -> None:
    tree = with_untouchable(environment(foreign, receiver), untouchable.port)
    experiment = {"title": "Of others", "faults": [{"fault": fault, "service": UNTOUCHABLE}]}
    left = user.run(experiment, tree)
    assert left.code == ExitCode.BAD_INPUT, left.err
    assert UNTOUCHABLE in left.complaint
    assert "touch" in left.complaint
    assert untouchable.knocks == []
    assert not list(user.folder.glob("reports/*"))
