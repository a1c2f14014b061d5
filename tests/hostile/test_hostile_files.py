"""Experiment and game day files that anybody may have written: values that JSON can hold, or one refusal."""

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from simulator.base.errors import BadInput
from simulator.base.loader import MAX_BYTES, MAX_COMPLAINTS, load
from simulator.journal.reading import read_journal
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import Experiment, GameDay
from tests.fakes.journals import EXPERIMENT
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import (
    Spoil,
    Twist,
    as_json,
    one_of_texts,
    spoiled,
    spoils,
    twisted,
    twists,
)

HUGE = 100 * 1024 * 1024
LITTLE = 20 * 1024 * 1024
"""Bytes in memory for what is refused."""
LONGEST_LINE_TOLD = 2000
"""Characters of one complaint: a known name or a path may be long, what was found is cut off."""
TREE: dict[str, Any] = json.loads(EXPERIMENT.model_dump_json(exclude={"name"}, exclude_defaults=True))
GAME_DAY: dict[str, Any] = {"title": "All of it", "experiments": ["control", "api-killed"], "together": True}
FILE = """\
title: The database is killed  # a comment
faults:
  - fault: service-kill
    service: postgres
must:
  - {alert: Down, severity: critical}
  - alert: HighErrors
    severity: warning
    expect: inhibited
may: [{alert: Slow, because: "requests wait for connections"}]
needs:
  counted: &needs
    orders: 5
observe: 1m30s
moves: ['a', "b", *x]
"""
TOKENS = (
    *("*a", "&a [*a]", "&a {<<: *a}", "<<: 1", "{<<: [*needs, *needs]}", "? [a]\n: b", "{[a]: 1, {b: c}: 2}"),
    *("!!python/object:os.system x", "!!int x", "!!float x", "!!bool x", "!!omap 3", "!!set {a, b}", "!x 3"),
    *("!!binary xx=", "!!timestamp x", "!!merge x", "!!null x", "!!str", "!!pairs [a]", "! x", "!<tag:x> y"),
    *(
        "2001-99-99",
        "2001-01-01",
        "2001-12-14t21:59:43.10-99:99",
        ".nan",
        "-.inf",
        "1e999",
        "0x" + "f" * 5000,
    ),
    *(
        "0o" + "7" * 9000,
        "1" * 5000,
        "1_0_0",
        "190:20:30",
        "0b2",
        '"\\ud800"',
        '"\\U00110000"',
        '"\\x"',
        "'",
        '"',
    ),
    *(
        "[" * 400,
        "{a: " * 400,
        "- " * 400,
        "? " * 400,
        "|\n  x",
        ">-9\n x",
        "|0\n",
        "%YAML 9.9\n---\n",
        "---",
        "...",
    ),
    *(
        "@",
        "`",
        "\t",
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "#",
        ": : :",
        "- - -\n-",
        "~",
        "",
        "yes",
        "<script>",
    ),
    *("'" + "1" * 50_000 + "'", "x" * 50_000, "'../../etc/passwd'", "[/b]", "{{ 7*7 }}", "\x1b[2J"),
)
"""What YAML's own features, and the corners of its parser, make of a value."""


def look(path: Path, content: bytes, model: type[BaseModel]) -> bool:
    """Whether the file was accepted; what it then says must survive the journal."""
    path.write_bytes(content)
    try:
        value = load(path, model)
    except BadInput as error:
        refusal = str(error).split("\n")
    else:
        assert model.model_validate_json(value.model_dump_json()) == value
        return True
    assert all(line.startswith(str(path)) for line in refusal)
    assert len(refusal) <= MAX_COMPLAINTS + 1
    assert max(map(len, refusal)) < LONGEST_LINE_TOLD
    return False


@many(400)
@given(twists())
def test_experiments_that_were_edited(attempts: Attempts, tmp_path: Path, changes: list[Twist]) -> None:
    with attempts.one():
        look(tmp_path / "edited.yaml", as_json(twisted(TREE, changes)).encode(), Experiment)


@many(200)
@given(twists())
def test_game_days_that_were_edited(attempts: Attempts, tmp_path: Path, changes: list[Twist]) -> None:
    with attempts.one():
        look(tmp_path / "edited.yaml", as_json(twisted(GAME_DAY, changes)).encode(), GameDay)


@many(1200)
@given(st.integers(0, 20), one_of_texts(TOKENS), st.sampled_from(("value", "line", "key", "end")))
def test_what_yaml_makes_of_a_value(
    attempts: Attempts, tmp_path: Path, at: int, token: str, where: str
) -> None:
    lines = FILE.splitlines()
    at %= len(lines)
    key, _, value = lines[at].partition(": ")
    lines[at] = {
        "value": f"{key}: {token}",
        "line": token,
        "key": f"{token}: {value}",
        "end": f"{lines[at]} {token}",
    }[where]
    with attempts.one():
        look(tmp_path / "token.yaml", "\n".join(lines).encode(), Experiment)


@many(900)
@given(spoils())
def test_bytes_that_were_spoiled(attempts: Attempts, tmp_path: Path, changes: list[Spoil]) -> None:
    with attempts.one():
        look(tmp_path / "spoiled.yaml", spoiled(FILE.encode(), changes), Experiment)


@many(600)
@given(
    st.one_of(st.text(max_size=80).map(lambda text: text.encode(errors="replace")), st.binary(max_size=80))
)
def test_noise(attempts: Attempts, tmp_path: Path, content: bytes) -> None:
    with attempts.one():
        assert not look(tmp_path / "noise.yaml", content, Experiment)


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(20)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join([f'*{chr(97 + n)}'] * 10)}], x{n}: 1}}\n"
    for n in range(20)
)
BOMBS = {
    "laughs": LAUGHS,
    "merges": MERGES,
    "itself": "title: &a [*a, *a]\n",
    "brackets": "[" * MAX_BYTES,
    "braces": "{a: " * (MAX_BYTES // 4),
    "dashes": "- " * (MAX_BYTES // 2),
    "keys": "".join(f"k{n}: 1\n" for n in range(3500)),
    "flow-keys": "{" + "".join(f"k{n}: 1," for n in range(3200)) + "}",
    "flow": "title: [" + "1," * (MAX_BYTES // 2 - 10) + "]",
    "anchors": "title: [" + "".join(f"&a{n} 1," for n in range(3200)) + "]",
    "duration": "title: x\nobserve: '" + "1" * (MAX_BYTES - 30) + "'\n",
    "number": "title: x\nobserve: 0x" + "f" * (MAX_BYTES - 30) + "\n",
    "comments": "#\n" * (MAX_BYTES // 2),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_bounded_time(attempts: Attempts, tmp_path: Path, bomb: str) -> None:
    assert len(BOMBS[bomb]) <= MAX_BYTES
    with attempts.one():
        assert not look(tmp_path / "bomb.yaml", BOMBS[bomb].encode(), Experiment)


@pytest.mark.parametrize("bomb", ["laughs", "merges", "itself"])
def test_what_grows_when_it_is_read_takes_little_memory(tmp_path: Path, bomb: str) -> None:
    tracemalloc.start()
    try:
        assert not look(tmp_path / "bomb.yaml", BOMBS[bomb].encode(), Experiment)
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()


def test_a_huge_file_is_refused_unread(attempts: Attempts, tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(HUGE)
    tracemalloc.start()
    try:
        with attempts.one(), pytest.raises(BadInput) as refused:
            load(path, Experiment)
        with attempts.one(), pytest.raises(BadInput, match=r"huge\.yaml:1: longer than \d+ bytes"):
            read_journal(path)
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()
    assert str(refused.value) == (
        f"{path}: cannot be read: it has {HUGE} bytes, at most {MAX_BYTES} are read; is it the right file?"
    )


def test_what_is_no_file_is_refused_unread(attempts: Attempts, tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "zeros.yaml").symlink_to("/dev/zero")
    (tmp_path / "itself.yaml").symlink_to("itself.yaml")
    (tmp_path / "nowhere.yaml").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in tmp_path.iterdir():
        for read in (lambda path: load(path, Experiment), read_journal):
            with attempts.one(), pytest.raises(BadInput, match="cannot be read: "):
                read(path)


@many(600)
@given(
    st.one_of(
        st.text(max_size=40),
        one_of_texts(
            (
                "../../etc/passwd",
                "/etc/passwd",
                "\x00",
                "a\x00.yaml",
                "../" * 2000 + "x.yaml",
                "x" * 5000,
                "~/x.yaml",
            )
        ),
        st.text(max_size=40).map(lambda text: f"{text}.yaml"),
    )
)
def test_names_of_experiments(attempts: Attempts, tmp_path: Path, name: str) -> None:
    with attempts.one(), pytest.raises(BadInput) as refused:
        Catalogue.of(tmp_path).resolve(name)
    assert len(str(refused.value)) < LONGEST_LINE_TOLD + len(name)
