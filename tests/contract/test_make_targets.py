"""Every target of the Makefile is run by the gate, in a short form where it is long: what nobody runs rots."""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.contract.test_add_a_fault import under_version_control
from tests.crash.points import points
from tests.foreign.test_killed import moments
from tests.foreign.test_mutants import MUTANTS
from tests.hostile.attempts import ALL
from tests.make import attempt, make
from tests.mutants.mutant import mutants

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE)
UNREACHED = re.compile(r"error sending request|dns error|timed out|connection|retries", re.IGNORECASE)
"""What uv says when no package index answers."""


def prerequisites(target: str) -> set[str]:
    """The target, and what make runs before it."""
    named = re.search(rf"^{target}:([^#\n]*)", MAKEFILE, re.MULTILINE)
    assert named, f"no target {target}"
    return {target}.union(*(prerequisites(name) for name in named[1].split() if name in TARGETS))


def run_by_ci() -> Iterator[str]:
    """The targets that .ci/run names, and what those need."""
    for target in re.findall(r"^make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE):
        yield from prerequisites(target)


def run_by_tests() -> Iterator[str]:
    """The targets that a test names when it calls tests/make.py."""
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("attempt", "make", "typed"):
                yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def test_every_target_is_run() -> None:
    assert len(TARGETS) > 15
    assert set(TARGETS) - {*run_by_ci(), *run_by_tests()} == set(), (
        "give it a short form, and a test that runs it"
    )


def test_every_target_that_people_type_is_listed() -> None:
    listed = [line.split() for line in make("help", within=30).splitlines()]
    assert {words[0] for words in listed if len(words) > 2} >= set(TARGETS) - {"lint", "types", "unit"}


def test_every_target_is_phony() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert sorted(phony.split()) == sorted(TARGETS)


COLLECT = "--collect-only -q -n 0"


def collected(said: str) -> int:
    """How many tests the target would run."""
    (count,) = re.findall(r"^(\d+)(?:/\d+)? tests? collected", said, re.MULTILINE)
    return int(count)


@pytest.mark.skipif(bool(os.environ.get("MUTANTS")), reason="the targets themselves are being run")
def test_the_long_targets_try_everything_that_the_gate_samples() -> None:
    assert collected(make("mutants", within=280, PYTEST_ADDOPTS=COLLECT)) >= len(mutants())
    assert collected(make("crash", within=280, PYTEST_ADDOPTS=COLLECT)) >= len(points())
    on_the_foreign_stack = len(MUTANTS) + len(moments())
    assert collected(make("foreign", within=280, PYTEST_ADDOPTS=COLLECT)) >= on_the_foreign_stack


@pytest.mark.skipif(ALL, reason="the target itself is being run")
def test_hostile_input_is_drawn_anew() -> None:
    said = make("hostile", within=280, PYTEST_ADDOPTS="-n 0 -k test_an_id_that_is_another_files")
    assert re.search(r"malformed inputs: \d+, tracebacks: 0", said), said


def test_the_configuration_files_are_checked() -> None:
    said = make("check-config", within=280)
    assert "valid      simulator/erpgo/stack/prometheus/" in said


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project in another folder: what its targets write is written there."""
    there = tmp_path / "copy"
    for path in under_version_control():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, there / path)
    return there


def differing(there: Path) -> list[str]:
    return [
        str(path)
        for path in under_version_control()
        if (there / path).read_bytes() != (ROOT / path).read_bytes()
    ]


def test_what_is_generated_is_what_is_committed(copy: Path) -> None:
    make("generated", within=280, where=copy)
    assert differing(copy) == []


def pins(lock: Path) -> list[str]:
    """What a lock file installs; its hashes grow when somebody uploads another wheel."""
    return [line.split(" ")[0] for line in lock.read_text().splitlines() if line[:1].isalnum()]


def test_the_lock_is_what_the_declared_dependencies_resolve_to(copy: Path) -> None:
    done = attempt("lock", within=200, where=copy)
    if done.returncode and UNREACHED.search(done.stdout):
        pytest.skip(f"no package index answers: {done.stdout[-300:]}")
    assert done.returncode == 0, done.stdout
    for lock in ("requirements/all.txt", "simulator/erpgo/stack/images/erpgo/requirements.txt"):
        assert pins(copy / lock) == pins(ROOT / lock)


def test_clean_removes_the_virtual_environment_and_nothing_else(copy: Path) -> None:
    (copy / ".venv" / "bin").mkdir(parents=True)
    make("clean", within=30, where=copy, venv=copy / ".venv")
    assert not (copy / ".venv").exists()
    assert differing(copy) == []
