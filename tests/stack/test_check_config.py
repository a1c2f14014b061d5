"""Which files are checked, by whom, and what is said of those that cannot be."""

import re
from pathlib import Path

import pytest

from simulator.erpgo.stack import check
from simulator.erpgo.stack.check import CHECKS, Check, Outcome
from simulator.erpgo.stack.supervisor import binaries
from simulator.erpgo.stack.supervisor.paths import CHECKOUT


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH besides that of the shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/bin")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one file."""
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack/one.yml").write_text("a: 1\n")
    return tmp_path


ONE = Check("stack/one.yml", "verifier", ("-t", "-config.file={file}", "-p", "{scratch}"))


def test_a_program_sees_the_file_and_a_folder_that_is_empty(root: Path, programs: Path) -> None:
    program(programs, "verifier", f'test "$2" = -config.file={root}/stack/one.yml && test -z "$(ls -A "$4")"')
    result = check.verify(ONE, root)
    assert result.outcome is Outcome.VALID
    assert str(result) == "valid      stack/one.yml: accepted by verifier"


def test_a_refusal_is_told_in_the_programs_words(root: Path, programs: Path) -> None:
    program(programs, "verifier", "echo to stdout; echo line 3: field bogus not found >&2; exit 1")
    result = check.verify(ONE, root)
    assert result.is_failure
    assert result.words == "to stdout\nline 3: field bogus not found"


def test_what_could_not_be_checked_is_named_and_no_failure(root: Path, programs: Path) -> None:
    assert list(programs.iterdir()) == []
    said: list[str] = []
    assert check.report([ONE], root, said.append) == 0
    assert said == ["unchecked  stack/one.yml: verifier is not on PATH"]


def test_a_missing_file_fails(root: Path) -> None:
    said: list[str] = []
    missing = Check("stack/none.yml", "verifier", ())
    assert check.report([missing], root, said.append) == 1
    assert said == ["missing    stack/none.yml: there is no such file"]


def test_one_failure_fails_the_report_and_the_others_are_still_checked(root: Path, programs: Path) -> None:
    program(programs, "verifier", "exit 1")
    program(programs, "content", "exit 0")
    said: list[str] = []
    assert check.report([ONE, Check("stack/one.yml", "content", ())], root, said.append) == 1
    assert [line.split()[0] for line in said] == ["invalid", "valid"]


def test_what_the_stack_has_a_program_for_is_valid() -> None:
    known = [each for each in CHECKS if each.program in binaries.NAMES and (CHECKOUT / each.file).exists()]
    assert known
    for each in known:
        assert check.verify(each).outcome is Outcome.VALID, check.verify(each).words


def test_every_file_is_there() -> None:
    assert [each.file for each in CHECKS if not (CHECKOUT / each.file).exists()] == []


def test_every_program_with_a_configuration_file_is_in_the_table() -> None:
    folders = ("prometheus", "alertmanager", "loki", "promtail", "nginx")
    found = {
        str(path.relative_to(CHECKOUT))
        for folder in folders
        for path in (CHECKOUT / "simulator" / "erpgo" / "stack" / folder).rglob("*")
        if re.fullmatch(r"\.(ya?ml|conf)", path.suffix)
    }
    assert found <= {each.file for each in CHECKS}
