"""Markdown from values: tables, docstrings as prose, models as tables of their keys."""

import ast
import inspect
import io
import itertools
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from annotated_types import Le
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML

from simulator.base.values import seconds

_BOUNDS = (
    ("exclusiveMinimum", "above {}"),
    ("minimum", "at least {}"),
    ("exclusiveMaximum", "below {}"),
    ("maximum", "at most {}"),
    ("minLength", "length at least {}"),
    ("maxLength", "length at most {}"),
    ("minItems", "at least {}"),
)
_A_DAY = 86_400
_KINDS = {"string": "text", "integer": "whole number", "array": "list", "object": "keys and values"}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; line breaks in a cell become spaces."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def prose(text: str | None) -> str:
    """A docstring's text up to its list of errors, one line a paragraph, code marked as Markdown marks it."""
    body = re.split(r"\n\s*Raises:", inspect.cleandoc(text or ""))[0]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in body.split("\n\n")).strip()


def sentence(text: str | None) -> str:
    """The first paragraph of a docstring."""
    return prose(text).split("\n\n", 1)[0]


def key_table(model: type[BaseModel], *, without: Sequence[str] = ()) -> str:
    """Every key of a model: what it takes, its default, what it means."""
    properties = model.model_json_schema()["properties"]
    meanings = _attribute_docstrings(model)
    rows = [
        (f"`{key}`", _takes(field, properties[key]), _default(field), meanings.get(name) or _about(field))
        for name, field in model.model_fields.items()
        if name not in without and (key := field.alias or name)
    ]
    return table(("key", "takes", "default", "meaning"), rows)


def part_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model a key holds one or many of, if it does."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _about(field: FieldInfo) -> str:
    part = part_of(field)
    return sentence(part.__doc__) if part else ""


def _is_duration(field: FieldInfo) -> bool:
    return any(isinstance(one, BeforeValidator) and one.func is seconds for one in field.metadata)


def _takes(field: FieldInfo, schema: dict[str, Any]) -> str:
    schema = _unless_none(schema)
    if choices := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return ", ".join(f"`{choice}`" for choice in choices)
    if _is_duration(field):
        return f"duration, at most {_limit(field)}"
    return ", ".join(
        [_kind(schema), *(text.format(schema[name]) for name, text in _BOUNDS if name in schema)]
    )


def _unless_none(schema: dict[str, Any]) -> dict[str, Any]:
    """What a key takes that may be left out; that it may is said by its default."""
    there = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return there[0] if len(there) == 1 else schema


def _limit(field: FieldInfo) -> str:
    """The tightest upper limit of a duration: the schema shows none, as durations may be text."""
    most = min(float(one.le) for one in field.metadata if isinstance(one, Le))  # type: ignore[arg-type]  # numbers here
    return "a day" if most == _A_DAY else f"{most:g} s"


def _kind(schema: dict[str, Any]) -> str:
    kind = str(schema.get("type", "object"))
    return _KINDS.get(kind, kind)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value in ((), "", {}) or isinstance(value, BaseModel):
        return ""
    return f"{shown(value)} s" if _is_duration(field) and value is not None else shown(value)


def shown(value: object) -> str:
    """A value as one writes it in a file, never changed: what is text or has parts is code.

    Raises:
        TypeError: a kind of value that no file can hold.
    """
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case str():
            return code(value)
        case tuple() | list():
            return ", ".join(shown(one) for one in value)
        case BaseModel() | dict():
            return code(_yaml(value.model_dump() if isinstance(value, BaseModel) else value))
    raise TypeError(f"{value!r} cannot be shown as a value of a file")


def code(text: str) -> str:
    """Text as Markdown's code, which may hold backticks itself."""
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _yaml(values: Mapping[str, object]) -> str:
    """In one line."""
    yaml, line = YAML(typ="rt", pure=True), io.StringIO()
    yaml.default_flow_style = True
    yaml.width = 10_000
    yaml.dump(dict(values), line)
    return line.getvalue().strip()


def _attribute_docstrings(model: type) -> dict[str, str]:
    """The text under each attribute, which Python itself does not keep."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if kind.__module__.startswith(("simulator", "scenarios", "stack")):
            body = definition(kind).body
            for attribute, text in itertools.pairwise(body):
                if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
                    found[attribute.target.id] = sentence(_constant(text))
    return found


def definition(thing: type) -> ast.ClassDef:
    """The source of a class, parsed."""
    parsed = ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
    if not isinstance(parsed, ast.ClassDef):
        raise TypeError(f"{thing} is no class")
    return parsed


def _constant(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return str(statement.value.value)
    return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
