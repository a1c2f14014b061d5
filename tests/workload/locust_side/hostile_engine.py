"""An engine that says anything at all: Locust's side leaves it out, says so, and shows it as text on its page.

Run by tests/hostile/test_hostile_wire.py.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from locust.web import WebUI

from simulator.base.errors import ExitCode
from simulator.base.protocol import LINE_LIMIT, FromEngine, Traffic, from_engine
from simulator.locust import page
from simulator.locust.board import Board
from simulator.locust.engine_child import EngineChild, engine_command
from simulator.locust.options import duration, rate, rounds
from simulator.locust.terminal import Terminal
from simulator.plan.request import RunRequest
from tests.conftest import MALFORMED
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import PAYLOADS, STRANGE, documents, one_of_texts
from tests.report.sound import parsed_page

MESSAGES: list[dict[str, Any]] = [
    {"type": "held", "known_as": "embedded"},
    {"type": "switch_on", "id": 1, "name": "surge", "settings": {"factor": 3.0}, "lease": 3.0},
    {"type": "canary", "on": True},
    {"type": "progress", "at": 1.0, "experiment": "api-killed", "text": "watching", "level": "good"},
    {"type": "fault", "experiment": "api-killed", "fault": "service-kill", "id": "1", "active": True},
    {"type": "notified", "experiment": "api-killed", "alert": "Down", "detect": None, "notify": 2.0},
    {"type": "fenced", "reason": "gave no sign of life for 3 s"},
    {"type": "finished", "code": 0, "report": "reports/x/report.html"},
]
TRAFFIC = Traffic(
    offered=1,
    achieved=1,
    dropped=0,
    requests=1,
    failures=0,
    cpu_percent=1,
    users=1,
    switches={"<b>": 1.0},
)


@pytest.fixture
def attempts(record_property: Callable[[str, object], None]) -> Attempts:
    counter = Attempts()
    record_property(MALFORMED, counter.tally)
    return counter


def heard_from(path: Path, content: bytes) -> tuple[list[FromEngine], list[str], Board]:
    """What the plugin hears of an engine that says this, what it says of it, and what its board then holds."""
    path.write_bytes(content)
    board = Board(game_day="demo")
    terminal = Terminal(board)
    heard: list[FromEngine] = []
    said: list[str] = []

    def hear(message: FromEngine) -> None:
        heard.append(message)
        board.heard(message)
        terminal.heard(message)

    engine = EngineChild(["cat", str(path)], hear, said.append)
    assert engine.wait().code in (ExitCode.MET, ExitCode.HARNESS)
    return heard, said, board


def shown(board: Board) -> str:
    """The page that a browser gets."""
    app = Flask(__name__)
    web = SimpleNamespace(auth_required_if_enabled=lambda view: view)
    app.register_blueprint(page._game_day(cast("WebUI", web), board))
    return app.test_client().get("/gameday").text


def assert_harmless(html: str) -> None:
    found = parsed_page(html)
    assert not found.tags & {"script", "img", "svg", "iframe", "object", "embed", "form", "base"}
    assert not found.dangerous
    assert set(found.links) <= {"./"}


@many(60)
@given(lines=st.lists(documents(*MESSAGES), min_size=20, max_size=20))
def test_what_the_plugin_hears(attempts: Attempts, tmp_path: Path, lines: list[bytes]) -> None:
    content = b"\n".join([*lines, b""])
    with attempts.one(len(lines)):
        heard, said, board = heard_from(tmp_path / "said", content)
    assert len(heard) + len(said) == sum(bool(line.strip()) for line in content.split(b"\n"))
    board.traffic = TRAFFIC
    assert_harmless(shown(board))


def test_a_long_line_is_left_out_and_the_next_is_heard(attempts: Attempts, tmp_path: Path) -> None:
    with attempts.one():
        heard, said, _ = heard_from(
            tmp_path / "said", b"x" * (3 * LINE_LIMIT) + b'\n{"type":"canary","on":true}\n'
        )
    assert [message.type for message in heard] == ["canary"]
    assert len(said) == 1


@many(150)
@given(st.lists(st.one_of(one_of_texts(PAYLOADS), st.text(max_size=20)), min_size=1, max_size=3).map("".join))
def test_what_is_planted_stays_text(attempts: Attempts, payload: str) -> None:
    board = Board(game_day=payload)
    texts = dict.fromkeys(("experiment", "text", "fault", "alert", "report"), payload)
    with attempts.one():
        for message in MESSAGES:
            board.heard(
                from_engine.validate_python(
                    {**message, **{key: texts[key] for key in texts if key in message}}
                )
            )
        for board.traffic in (
            None,
            TRAFFIC.model_copy(update={"switches": {payload: 1.0}, "counted": {payload: 1.0}}),
        ):
            assert_harmless(shown(board))


@many(300)
@given(
    st.one_of(
        one_of_texts(STRANGE), st.text(max_size=12), st.text(alphabet="0123456789.eE+-²hms", max_size=9)
    )
)
def test_options(attempts: Attempts, text: str) -> None:
    for read in (rate, duration, rounds):
        with attempts.one():
            try:
                assert 0 <= read(text) <= 86_400
            except (argparse.ArgumentTypeError, ValueError):  # argparse makes one line of either
                continue


def test_what_no_process_can_be_given(attempts: Attempts) -> None:
    with attempts.one():
        engine = EngineChild(engine_command("this", RunRequest(gameday="\0")), lambda _: None, lambda _: None)
        assert engine.wait().code == ExitCode.HARNESS
