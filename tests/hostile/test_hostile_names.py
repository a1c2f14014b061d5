"""What may stand on the command line: names, folders, environments. One message and exit code 2, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from simulator.base.errors import BadInput, ExitCode
from simulator.cli import app
from simulator.environments import registry as environment
from simulator.environments.settings import environment_settings, kinds
from simulator.erpgo.files import SCENARIOS
from simulator.plan.catalogue import Catalogue
from tests.fakes.journals import met_journal, written
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import STRANGE, one_of_texts

KNOWN = {*Catalogue.of(SCENARIOS).names(), *kinds()}
PATHS = (
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "/etc",
        "/root/x",
        "/proc/self/environ",
        "/dev/zero",
        "/dev/null/x",
        "..",
        ".",
    ),
    *(
        "x" * 5000,
        "../" * 3000,
        "/" * 300,
        "a\nb",
        "a\x00b",
        "\x00",
        "~",
        "$HOME",
        "`id`",
        "$(id)",
        "-",
        "--",
        "|",
        "*",
    ),
    *("\udcff\udcfe", "\ud800", "con", "nul.yaml", "../../etc/x.yaml", "/dev/zero.yaml", "x" * 300 + ".yaml"),
)
COMMANDS = (
    ("run", "{}"),
    ("run", "demo", "--environment", "{}"),
    ("run", "{}", "--reports", "{}"),
    ("report", "{}"),
    ("report", "{}", "--reports", "{}"),
    ("compare", "{}", "{}"),
    ("undo", "--environment", "{}"),
    ("stack", "up", "--environment", "{}"),
    ("stack", "down", "--environment", "{}"),
    ("stack", "status", "--environment", "{}"),
    ("run", "demo", "--repeat", "{}", "--environment", "nowhere"),
    ("run", "demo", "--seed", "{}", "--environment", "nowhere"),
    ("{}",),
)


def words() -> st.SearchStrategy[str]:
    return st.one_of(one_of_texts(PATHS), one_of_texts(STRANGE), st.text(max_size=30)).filter(
        lambda word: word not in KNOWN and word not in app_words()
    )


def app_words() -> set[str]:
    return {command[0] for command in COMMANDS} | {"list", "schema", "coverage", "--help"}


@many(600)
@given(st.sampled_from(COMMANDS), words())
def test_words(attempts: Attempts, command: tuple[str, ...], word: str) -> None:
    with attempts.one():
        ended = CliRunner().invoke(app, [part.format(word) if part == "{}" else part for part in command])
        if ended.exception is not None and not isinstance(ended.exception, BadInput | SystemExit):
            raise ended.exception
    if isinstance(ended.exception, BadInput):
        assert str(ended.exception)
    else:
        assert ended.exit_code in (0, ExitCode.BAD_INPUT), ended.output


@many(200)
@given(words())
def test_environments(attempts: Attempts, name: str) -> None:
    for ask in (environment_settings, environment.resolve):
        with attempts.one(), pytest.raises(BadInput) as refused:
            ask(name)
        assert str(refused.value).startswith("unknown environment ") or name.endswith((".yaml", ".yml"))
        assert len(str(refused.value)) < 600
        assert str(refused.value).isprintable()


@pytest.mark.parametrize("folder", [b"[/b][link=x]", b"\xff\xfe\n"], ids=["markup", "no-text"])
def test_a_run_in_an_odd_folder(tmp_path: Path, folder: bytes) -> None:
    """Through the real command: what it prints must survive any terminal."""
    run = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + folder))
    run.parent.mkdir(exist_ok=True)
    written(run, met_journal())
    ended = subprocess.run(
        [sys.executable, "-m", "simulator.cli", "report", str(run)],
        env={**os.environ, "PYTHONIOENCODING": "ascii" if b"\xff" in folder else "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr == b""
    assert ended.returncode == ExitCode.MET
    assert (run / "report.html").exists()


@pytest.mark.parametrize("command", ["run", "report"])
def test_a_word_of_the_real_command(command: str) -> None:
    word = b"\xff\xfe" if command == "run" else b"x" * 5000
    ended = subprocess.run(
        [sys.executable, "-m", "simulator.cli", command, word],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == ExitCode.BAD_INPUT
    assert ended.stderr.startswith(b"error: ")
    assert ended.stderr.count(b"\n") == 1
