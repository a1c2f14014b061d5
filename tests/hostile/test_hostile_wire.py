"""Both ends of the wire between plugin and engine: what is no message is left out, and that is said."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.protocol import LINE_LIMIT, FromPlugin, Stop, Traffic, from_plugin
from simulator.engine.link import Link
from simulator.journal.fitness import TrafficSeen
from tests.hostile.attempts import ALL, Attempts, many
from tests.hostile.malformed import documents

ROOT = Path(__file__).parents[2]
TRAFFIC: dict[str, Any] = {
    "type": "traffic",
    **dict.fromkeys(("offered", "achieved", "dropped", "requests", "failures", "cpu_percent"), 1.5),
    "users": 3,
    "switches": {"surge": 2.0},
    "counted": {"orders": 1.5},
    "receipts": [{"id": "1", "key": "k"}],
}
MESSAGES = [TRAFFIC, {"type": "begin"}, {"type": "stop", "reason": "enough"}]
MESSAGES += [{"type": "switched", "id": 1, "workers": 2, "error": ""}]
SAID = "engine: not a message: "


def hear(content: bytes) -> list[FromPlugin]:
    """What an engine hears of it until the end."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(content)

    heard: list[FromPlugin] = []
    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading) as source, Path(os.devnull).open("wb", buffering=0) as out:
        asyncio.run(Link(out).hear(heard.append, source))
    writer.join()
    return heard


@many(60)
@given(lines=st.lists(documents(*MESSAGES), min_size=20, max_size=20))
def test_what_the_engine_hears(
    attempts: Attempts, capsys: pytest.CaptureFixture[str], lines: list[bytes]
) -> None:
    content = b"\n".join([*lines, b'{"type":"stop","reason":"the end"}', b""])
    with attempts.one(len(lines)):
        heard = hear(content)
    said = capsys.readouterr().err.splitlines()
    assert heard[-1] == Stop(reason="the end")
    assert all(line.startswith(SAID) for line in said)
    assert len(heard) + len(said) == content.count(b"\n")
    for message in heard:
        assert from_plugin.validate_json(message.model_dump_json()) == message
        if isinstance(message, Traffic):  # what is heard goes into the journal, and must be readable there
            fact = TrafficSeen(**message.model_dump(exclude={"type", "switches", "receipts"}))
            assert TrafficSeen.model_validate_json(fact.model_dump_json()) == fact


@pytest.mark.parametrize("size", [LINE_LIMIT + 1, 2 * LINE_LIMIT, 5 * LINE_LIMIT + 7])
def test_a_long_line_is_left_out_and_the_next_is_heard(
    attempts: Attempts, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    tail = b'{"type":"stop","reason":"planted"}'
    content = b"x" * (size - len(tail)) + tail + b'\n{"type":"begin"}\n'
    with attempts.one():
        heard = hear(content)
    assert [message.type for message in heard] == ["begin"]
    assert capsys.readouterr().err == f"{SAID}a line of {size + 1} bytes, at most {LINE_LIMIT} are read\n"


@pytest.mark.parametrize(
    "end", [b"", b'{"type":"begin"}', b"x" * (2 * LINE_LIMIT)], ids=["nothing", "begin", "long"]
)
def test_the_end_may_come_anywhere(attempts: Attempts, end: bytes) -> None:
    with attempts.one():
        assert [message.type for message in hear(b'{"type":"begin"}\n' + end)][:1] == ["begin"]


# Locust's side needs a process of its own, which counts for itself: tests/workload/test_locust_side.py says why.
RUN = "import locust, pytest, sys; sys.exit(pytest.main(sys.argv[1:]))"
QUIETLY = ("-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SUMMARY = re.compile(r"malformed inputs: (\d+), tracebacks: 0, slowest: ([\d.]+) s")


def test_what_locust_hears(attempts: Attempts) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *QUIETLY, "tests/workload/locust_side/hostile_engine.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3000 if ALL else 200,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = SUMMARY.search(ended.stdout)
    assert found, ended.stdout
    attempts.tally["inputs"] += int(found[1])
    attempts.tally["slowest"] = float(found[2])
