"""The order in which the gate's workers take modules: no long one may be left for the end."""

from contextlib import ExitStack
from itertools import groupby
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import RUNNING, pytest_collection_modifyitems, pytest_runtest_setup, share


def item(nodeid: str, *marks: str, fixtures: tuple[str, ...] = ()) -> pytest.Item:
    found = {mark: mark for mark in marks}
    return cast(
        "pytest.Item",
        SimpleNamespace(nodeid=nodeid, get_closest_marker=found.get, fixturenames=list(fixtures)),
    )


def config() -> pytest.Config:
    return cast("pytest.Config", SimpleNamespace(stash=pytest.Stash()))


def test_game_days_come_first_then_stacks_and_no_module_is_torn_apart() -> None:
    items = [
        item("b.py::quick"),
        item("d.py::quick"),
        item("c.py::on_a_stack", fixtures=("stack",)),
        item("a.py::pure"),
        item("a.py::game_day", "e2e", "stack"),
        item("d.py::real", "stack"),
        item("e.py::pure"),
    ]
    pytest_collection_modifyitems(config(), items)
    assert [module for module, _ in groupby(one.nodeid[:4] for one in items)] == [
        "a.py",
        "d.py",
        "c.py",
        "b.py",
        "e.py",
    ]


def test_all_on_somebody_elses_system_is_one_share_and_the_first() -> None:
    items = [
        item("a.py::game_day", "e2e"),
        item("tests/foreign/b.py::pure"),
        item("c.py::Class::quick"),
        item("tests/foreign/d.py::game_day", "e2e"),
    ]
    pytest_collection_modifyitems(config(), items)
    shares = [share(one.nodeid) for one in items]
    assert shares == ["tests/foreign/", "tests/foreign/", "a.py", "c.py"]


def test_the_shared_stack_ends_with_the_last_share_that_needs_one() -> None:
    worker, running = config(), ExitStack()
    seen = [item("a.py::on_a_stack", fixtures=("stack",)), item("a.py::pure"), item("b.py::pure")]
    for one in seen:
        one.config = worker
    pytest_collection_modifyitems(worker, seen)
    worker.stash[RUNNING] = running
    ended: list[str] = []
    running.callback(ended.append, "ended")
    for one in seen[:2]:
        pytest_runtest_setup(one)
    assert not ended
    pytest_runtest_setup(seen[2])
    assert ended


def test_the_workers_keep_that_order(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("loadscopereorder") is False, "xdist would put a module of few tests last"
    assert pytestconfig.getoption("durations") == 10
