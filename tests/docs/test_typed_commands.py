import importlib.util
import re
import subprocess
import sys

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.testing import CliRunner

from simulator.cli import app
from simulator.erpgo.files import SCENARIOS
from simulator.plan.catalogue import Catalogue
from tests.docs.pages import ROOT, Page, pages

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
GROUPS = {"schedule", "stack"}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_simulator_commands_exist_with_their_options(page: Page) -> None:
    for words in page.typed("simulator"):
        path = words[:2] if words[0] in GROUPS else words[:1]
        answer = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
        assert answer.exit_code == 0, f"{page}: simulator {' '.join(words)}: {answer.output}"
        for option in (word for word in words if word.startswith("--")):
            assert option in answer.output, f"{page}: simulator {' '.join(words)} has no {option}"


SECTION = re.compile(r"^### (simulator [a-z ]+)$(.*?)(?=^###? |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ((?:`--?[^`]+`(?:, )?)+) \|", re.MULTILINE)
DOCUMENTED = {
    name: ROW.findall(section)
    for name, section in SECTION.findall((ROOT / "docs" / "commands.md").read_text())
}


@pytest.mark.parametrize("typed", DOCUMENTED)
def test_every_documented_option_is_one_that_the_parser_takes(typed: str) -> None:
    # The page, and no list of the code's: it is what people type from.
    command: object = typer.main.get_command(app)
    for word in typed.split()[1:]:
        assert isinstance(command, TyperGroup)
        command = command.commands[word]
    assert isinstance(command, TyperCommand)
    options = [one for one in command.params if isinstance(one, TyperOption) and not one.hidden]
    assert len(DOCUMENTED[typed]) == len(options)
    arguments = ["x" for one in command.params if isinstance(one, TyperArgument)]
    for spelling in re.findall(r"`([^`]+)`", ",".join(DOCUMENTED[typed])):
        option, _, takes = spelling.partition(" ")
        value = [] if not takes else ["debian" if option == "--images" else "1"]
        command.make_context(typed, [*arguments, option, *value])


@pytest.mark.parametrize("page", pages(), ids=str)
def test_what_is_run_by_name_exists(page: Page) -> None:
    known = Catalogue.of(SCENARIOS).names()
    asked = [words[1] for words in page.typed("simulator") if words[0] == "run" and len(words) > 1]
    asked += [
        words[words.index("--gameday") + 1] for words in page.typed("locust") if "--gameday" in words[:-1]
    ]
    for name in asked:
        assert name in known or name.isupper() or name.endswith(".yaml"), f"{page}: {name}"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_make_targets_exist(page: Page) -> None:
    for words in page.typed("make"):
        for target in (word for word in words if "=" not in word):
            assert target in TARGETS, f"{page}: make {target}"


def test_every_make_target_is_documented() -> None:
    documented = {word for page in pages() for words in page.typed("make") for word in words}
    assert documented >= TARGETS


def test_locust_options_exist() -> None:
    typed = {
        word for page in pages() for words in page.typed("locust") for word in words if word.startswith("-")
    }
    command = [sys.executable, "-m", "locust", "-f", "locustfile.py", "--help"]
    helped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", helped.stdout))
    assert typed <= known


@pytest.mark.parametrize("page", pages(), ids=str)
def test_modules_that_are_run_exist(page: Page) -> None:
    for words in page.typed("python"):
        if words[0] == "-m":
            assert importlib.util.find_spec(words[1]) is not None, f"{page}: python -m {words[1]}"
