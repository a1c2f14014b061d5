"""A journal that anybody may have edited: refused with a line, or judged and reported; never a traceback."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.errors import BadInput
from simulator.history.index import runs_below
from simulator.journal.drawn import PanelsDrawn
from simulator.journal.facts import AnyFact
from simulator.journal.file import Seal
from simulator.journal.fitness import LoopLag, TrafficSeen
from simulator.journal.reading import LONGEST_LINE, read_journal
from simulator.judge import judge
from simulator.report import formats
from simulator.report.json import KEPT
from tests.fakes.journals import met_journal
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import Spoil, Twist, as_json, documents, spoiled, spoils, twisted, twists
from tests.report.samples import SAMPLES

SOME = 25.0
"""Seconds between the readings that are kept of those there is one of each second."""
FACTS: list[Any] = [
    json.loads(fact.model_dump_json())
    for fact in met_journal()
    if not isinstance(fact, LoopLag | PanelsDrawn | TrafficSeen) or fact.at % SOME == 0
]
LEDGER = {"kind": "ledger_checked", "at": 163.0, "experiment": "", "experiments": ["db-killed"], "placed": 3}


def sealed(facts: Sequence[Any]) -> bytes:
    """Facts as lines, with seals that are right."""
    seal = Seal()
    lines = (as_json(fact) for fact in facts)
    return "".join((seal.line(line) if line.endswith("}") else line) + "\n" for line in lines).encode()


GOOD = sealed([*FACTS[:-1], LEDGER, FACTS[-1]])


def look(path: Path, content: bytes) -> bool:
    """All that `simulator report` does but for writing; whether the journal was accepted."""
    path.write_bytes(content)
    try:
        facts = read_journal(path)
    except BadInput as error:
        refusal = str(error)
    else:
        report(facts)
        return True
    assert str(path) in refusal
    assert len(refusal) < 2000
    return False


def report(facts: Sequence[AnyFact]) -> None:
    verdict = judge(facts)
    for one in formats().values():
        assert one.render(verdict).decode()


def test_the_good_one_is_accepted(tmp_path: Path) -> None:
    assert look(tmp_path / "journal.jsonl", GOOD)


@many(900)
@given(twists(), st.integers(0, 10_000))
def test_facts_that_were_edited(attempts: Attempts, tmp_path: Path, changes: list[Twist], place: int) -> None:
    facts = list(FACTS)
    which = place % len(facts) if place % 3 else 0  # the plan has most to be edited
    facts[which] = twisted(facts[which], changes)
    with attempts.one():
        look(tmp_path / "journal.jsonl", sealed(facts))


@many(150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["drop", "twice", "move"]), st.integers(0), st.integers(0)), max_size=6
    )
)
def test_facts_that_were_dropped_doubled_and_moved(
    attempts: Attempts, tmp_path: Path, changes: list[tuple[str, int, int]]
) -> None:
    facts = list(FACTS)
    for what, one, other in changes:
        fact = facts.pop(one % len(facts)) if what != "twice" else facts[one % len(facts)]
        if what != "drop" or not facts:
            facts.insert(other % (len(facts) + 1), fact)
    with attempts.one():
        look(tmp_path / "journal.jsonl", sealed(facts))


@many(500)
@given(spoils())
def test_bytes_that_were_spoiled(attempts: Attempts, tmp_path: Path, changes: list[Spoil]) -> None:
    with attempts.one():
        look(tmp_path / "journal.jsonl", spoiled(GOOD, changes))


@many(300)
@given(st.lists(documents(*FACTS), max_size=3))
def test_lines_that_are_no_facts(attempts: Attempts, tmp_path: Path, lines: list[bytes]) -> None:
    with attempts.one():
        look(tmp_path / "journal.jsonl", b"\n".join([*lines, b""]))


@pytest.mark.parametrize(
    "content",
    [
        b"{" * 1_000_000 + b"\n",
        b'{"seal":' * 100_000 + b"\n",
        b"\n" * 1_000_000,
        b"\x00" * (LONGEST_LINE + 1),
        GOOD + b'{"kind":"note","text":"' + b"x" * LONGEST_LINE + b'"}\n',
    ],
    ids=["braces", "seals", "empty-lines", "zeros", "long-note"],
)
def test_lines_that_take_long_to_search(attempts: Attempts, tmp_path: Path, content: bytes) -> None:
    with attempts.one():
        assert not look(tmp_path / "journal.jsonl", content)


@many(300)
@given(content=documents(json.loads(SAMPLES["breached"].model_dump_json())))
def test_reports_of_other_runs(attempts: Attempts, tmp_path: Path, content: bytes) -> None:
    """`simulator coverage` reads every report.json there is, and names what is none."""
    path = tmp_path / "a-run" / "report.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with attempts.one():
        runs_below(tmp_path, KEPT)
