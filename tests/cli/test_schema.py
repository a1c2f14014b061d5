"""`simulator schema` says what the loader accepts: of every committed file, and of the mistakes people make."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator.erpgo.files import SCENARIOS
from tests.cli.commands import simulator

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
}
KEYWORDS = {
    *(
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "default",
        "type",
        "enum",
        "const",
        "anyOf",
        "oneOf",
    ),
    *("format", "minProperties", "patternProperties"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems", "prefixItems"),
    *("pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
"""The words of JSON Schema that a generated schema may use; any other would be passed over by an editor."""
FILES = sorted(path for kind in ("experiments", "gamedays") for path in (SCENARIOS / kind).glob("*.yaml"))


@cache
def schema() -> dict[str, Any]:
    said = simulator("schema")
    assert (said.code, said.err) == (0, "")
    read: dict[str, Any] = json.loads(said.out)
    return read


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or the definition that it refers to."""
    if "$ref" not in node:
        return node
    found: dict[str, Any] = schema()["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return found


def accepts(node: dict[str, Any], value: Any) -> bool:
    """Whether a value is valid: as much of JSON Schema as our schemas use."""
    node = resolved(node)
    if "oneOf" in node:
        return sum(accepts(choice, value) for choice in node["oneOf"]) == 1
    if "anyOf" in node:
        return any(accepts(choice, value) for choice in node["anyOf"])
    if not isinstance(value, TYPES[node["type"]]) or (isinstance(value, bool) and node["type"] != "boolean"):
        return False
    if isinstance(value, dict):
        return _accepts_object(node, value)
    if isinstance(value, list):
        return len(value) >= node.get("minItems", 0) and all(accepts(node["items"], item) for item in value)
    return value in node.get("enum", [node.get("const", value)]) and _within_limits(node, value)


def _accepts_object(node: dict[str, Any], value: dict[str, Any]) -> bool:
    is_whole = set(node.get("required", ())) <= value.keys() and len(value) >= node.get("minProperties", 0)
    return is_whole and all(_accepts_key(node, key, part) for key, part in value.items())


def _accepts_key(node: dict[str, Any], key: str, part: Any) -> bool:
    named = node.get("properties", {}).get(key)
    fitting = [one for pattern, one in node.get("patternProperties", {}).items() if re.search(pattern, key)]
    known = fitting if named is None else [named, *fitting]
    if known:
        return all(accepts(one, part) for one in known)
    return _accepts_other(node.get("additionalProperties", True), part)


def _accepts_other(others: bool | dict[str, Any], part: Any) -> bool:
    return others if isinstance(others, bool) else accepts(others, part)


def _within_limits(node: dict[str, Any], value: Any) -> bool:
    if isinstance(value, str):
        long_enough = node.get("minLength", 0) <= len(value) <= node.get("maxLength", len(value))
        return long_enough and re.search(node.get("pattern", ""), value) is not None
    return bool(
        node.get("minimum", value) <= value <= node.get("maximum", value)
        and ("exclusiveMinimum" not in node or value > node["exclusiveMinimum"])
        and ("exclusiveMaximum" not in node or value < node["exclusiveMaximum"])
    )


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it."""
    yield node
    for key in ("anyOf", "oneOf"):
        for child in node.get(key, ()):
            yield from nodes(child)
    for key in ("properties", "patternProperties", "$defs"):
        for child in node.get(key, {}).values():
            yield from nodes(child)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from nodes(node[key])


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


def test_it_is_a_json_schema_whose_references_all_lead_somewhere() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = {node["$ref"] for node in nodes(schema()) if "$ref" in node}
    assert {reference.removeprefix("#/$defs/") for reference in references} == schema()["$defs"].keys()


def test_it_uses_only_words_that_json_schema_has() -> None:
    assert {word for node in nodes(schema()) for word in node} <= KEYWORDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_every_committed_file_is_accepted_as_what_it_is(path: Path) -> None:
    assert accepts(schema(), read(path))
    kind = {"experiments": "experiment", "gamedays": "gameday"}[path.parent.name]
    assert accepts({"$ref": f"#/$defs/{kind}"}, read(path))


ATTACHED: dict[str, Any] = {
    "stack": "attached",
    "identity": {"label": "env", "equals": "staging"},
    "prometheus": {"url": "https://prom.shop", "timeout": "5s"},
    "alertmanagers": [{"url": "https://am.shop"}],
    "pages": {"judge_at": "accepted"},
    "alerts": {"within": {"page": "30s"}},
    "services": {"db": {"postgres": "env:DSN"}},
}


def test_a_file_of_somebody_else_s_system_is_accepted_as_one() -> None:
    assert accepts({"$ref": "#/$defs/environment-attached"}, ATTACHED)
    assert not accepts({"$ref": "#/$defs/environment"}, ATTACHED)
    assert accepts({"$ref": "#/$defs/environment"}, {"stack": "embedded"})
    assert not accepts(schema(), {"stack": "attached"})
    assert not accepts(schema(), {**ATTACHED, "services": {"db": {"postgresql": "env:DSN"}}})


@pytest.mark.parametrize("observe", [30, 30.5, "30s", "1m30s", "500ms"])
def test_durations_are_accepted_as_people_write_them(observe: object) -> None:
    assert accepts(schema(), {"title": "A control", "observe": observe})


@pytest.mark.parametrize(
    "wrong",
    [
        {"observe": 0},
        {"observe": "-30s"},
        {"observe": "half an hour"},
        {"observ": 30},
        {"title": ""},
        {"faults": [{"fault": "service-kil", "service": "api"}]},
        {"faults": [{"fault": "service-kill"}]},
        {"faults": [{"fault": "cache-flood", "rate": 1}]},
        {"must": [{"alert": "A", "severity": "very loud"}]},
        {"may": [{"alert": "A", "because": "why"}]},
    ],
    ids=str,
)
def test_mistakes_are_refused(wrong: dict[str, Any]) -> None:
    assert accepts(schema(), {"title": "A control"})
    assert not accepts(schema(), {"title": "A control", **wrong})
