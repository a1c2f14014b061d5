"""The generator of the reference: values of every kind are shown as one writes them, and no source code is."""

import ast
import re

import pytest
from pydantic import Field
from ruamel.yaml import YAML

from docs.parts.markdown import code, key_table, shown
from docs.parts.scenarios import environment_keys, evidence, fault_reference
from simulator.base.values import Seconds, Value
from simulator.safety.nets import Nets

QUERY = 'sum(rate(Orders_Total{Code=~"5..|4.."}[1m])) < 0.1'


class Part(Value):
    name: str = "First"
    expr: str = QUERY


class Everything(Value):
    """A key of every kind that the models have."""

    needed: int
    text: str = "CamelCase"
    query: str = QUERY
    tick: str = "a`b"
    switch: bool = True
    off: bool = False
    nothing: int | None = None
    whole: int = 131_072
    large: float = 10_000_000.0
    small: float = 0.000_25
    lasts: Seconds = 90.5
    some: tuple[str, ...] = ("Mon", "Tue")
    parts: tuple[Part, ...] = (Part(), Part(name="Second", expr="up"))
    mapped: dict[str, float] = Field(default={"Rate": 1.5})
    empty: tuple[str, ...] = ()


DEFAULTS = {
    "needed": "required",
    "text": "`CamelCase`",
    "query": f"`{QUERY}`".replace("|", "\\|"),
    "tick": "`` a`b ``",
    "switch": "true",
    "off": "false",
    "nothing": "none",
    "whole": "131072",
    "large": "10000000",
    "small": "0.00025",
    "lasts": "90.5 s",
    "some": "`Mon`, `Tue`",
    "mapped": "`{Rate: 1.5}`",
    "empty": "",
}


def defaults(table: str) -> dict[str, str]:
    """The third column of a table by the first."""
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in table.splitlines()[2:]]
    return {row[1].strip("`"): row[3] for row in rows}


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_default_is_shown_as_it_is_written(key: str) -> None:
    assert defaults(key_table(Everything))[key] == DEFAULTS[key]


def test_what_has_parts_is_yaml_that_can_be_copied() -> None:
    said = shown(Everything(needed=1).parts)
    read = [YAML(typ="safe").load(one) for one in re.findall(r"`([^`]+)`", said)]
    assert read == [{"name": "First", "expr": QUERY}, {"name": "Second", "expr": "up"}]


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be shown"):
        shown(object())


def test_code_may_hold_backticks() -> None:
    assert code("plain") == "`plain`"
    assert code("a`b") == "`` a`b ``"


def test_the_default_abort_conditions_are_in_the_page_letter_by_letter() -> None:
    conditions = Nets().abort_when
    assert conditions
    for condition in conditions:
        assert condition.expr in environment_keys().replace("\\|", "|")


@pytest.mark.parametrize(
    ("expression", "reads"),
    [
        ("'quiet'", ["quiet"]),
        ("f'{a} of {b:.1f} gone'", ["… of … gone"]),
        ("'on' if held else f'{n} left'", ["on", "… left"]),
        ("what if on else 'off'", ["…", "off"]),
        ("await doors.redis.probe()", ["…"]),
    ],
)
def test_evidence_is_words_never_python(expression: str, reads: list[str]) -> None:
    assert evidence(ast.parse(expression, mode="eval").body) == reads


def test_no_source_code_is_in_the_reference_of_faults() -> None:
    python = re.compile(r"\b(?:await |record\.|doors\.|lambda|self\.)| (?:==|[<>]=) ")
    assert python.findall(fault_reference()) == []
    empty = re.findall(r"^\| (?:inject|effective|undo|undone) \| *\|$", fault_reference(), re.MULTILINE)
    assert empty == []
