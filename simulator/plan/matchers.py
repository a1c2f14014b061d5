"""Alertmanager's matchers: `severity="critical"`, `{team=~"a|b", page!="no"}`, and the UTF-8 forms of newer versions.

Alertmanager up to 0.26 has one parser, called classic here. From 0.27 on it has a second one, which takes any UTF-8 in
label names, and in its default mode falls back: what the classic parser accepts means what the classic parser says, and
only the rest goes to the new one. That order is kept here, so one reader serves all versions. Only the feature flag
`utf8-strict-mode` differs, and only for text that the two parsers read differently.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import re2

Op = Literal["=", "!=", "=~", "!~"]
_CLASSIC = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*", re.ASCII | re.DOTALL)
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(
    rf"""\s*(?:(?P<op>=~|!~|!=|=)|(?P<mark>[{{}},])|(?P<text>{_QUOTED}|[^\s{{}}!=~,\\'"`]+))"""
)


@dataclass(frozen=True)
class Matcher:
    """One condition on one label. A label that is not there counts as empty."""

    label: str
    op: Op
    value: str

    def __post_init__(self) -> None:
        if self.op in ("=~", "!~"):
            _ = self._pattern  # a bad expression is found when it is read

    @cached_property
    def _pattern(self) -> Any:
        """Alertmanager's own dialect of regular expressions, anchored at both ends."""
        options = re2.Options()
        options.log_errors = False
        try:
            return re2.compile(f"^(?:{self.value})$", options)
        except re2.error as error:
            why = error.args[0].decode(errors="replace") if error.args else "no reason given"
            raise ValueError(f"{self.value!r} is not a regular expression: {why}") from None

    def matches(self, labels: Mapping[str, str]) -> bool:
        actual = labels.get(self.label, "")
        if self.op in ("=", "!="):
            return (actual == self.value) == (self.op == "=")
        return (self._pattern.search(actual) is not None) == (self.op == "=~")

    def __str__(self) -> str:
        plain = _CLASSIC.fullmatch(f"{self.label}=x") is not None
        name = self.label if plain else json.dumps(self.label, ensure_ascii=False)
        return f"{name}{self.op}{json.dumps(self.value, ensure_ascii=False)}"


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """All matchers of one string, with or without braces.

    Raises:
        ValueError: neither parser accepts it.
    """
    try:
        return tuple(_classic(part) for part in _parts(text))
    except ValueError as error:
        try:
            return tuple(_utf8(text))
        except ValueError:
            raise error from None


def _parts(text: str) -> Iterator[str]:
    """The text between commas that stand outside of quotes; a last comma, and what is blank after it, is dropped."""
    part: list[str] = []
    quoted = escaped = False
    for letter in text.removeprefix("{").removesuffix("}"):
        if letter == "," and not quoted:
            yield "".join(part)
            part.clear()
            continue  # as Alertmanager does, without a look at what was escaped
        if letter == '"':
            quoted ^= not escaped
        escaped = letter == "\\" and not escaped
        part.append(letter)
    if last := "".join(part).strip():
        yield last


def _classic(text: str) -> Matcher:
    found = _CLASSIC.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a matcher")
    label, op, raw = found.groups()
    quoted = raw.startswith('"')
    body = raw[1:] if quoted else raw
    closed = quoted and _ends_with_quote(body)
    if closed:
        body = body[:-1]
    if quoted != closed or _has_bare_quote(body):
        raise ValueError(f"{text!r} has a double quote that is neither escaped nor around the whole value")
    return Matcher(label, cast("Op", op), _unescaped(body))


def _ends_with_quote(body: str) -> bool:
    ahead = body[:-1]
    return body.endswith('"') and (len(ahead) - len(ahead.rstrip("\\"))) % 2 == 0


def _has_bare_quote(body: str) -> bool:
    return '"' in re.sub(r"\\.", "", body, flags=re.DOTALL)


def _unescaped(body: str) -> str:
    """Only `n`, a double quote and a backslash are escaped by a backslash; any other backslash stands for itself."""
    return re.sub(r'\\([n"\\])', lambda found: "\n" if found[1] == "n" else found[1], body)


def _utf8(text: str) -> Iterator[Matcher]:
    """The newer parser: label names may be quoted too, and then hold any UTF-8."""
    tokens = list(_tokens(text))
    if tokens[:1] == ["{"] and tokens[-1:] == ["}"]:
        tokens = tokens[1:-1]
    if tokens[-1:] == [","] and len(tokens) > 1:
        tokens.pop()
    while tokens:
        label, op, value = (*tokens[:3], "", "")[:3]
        tokens = tokens[3:]
        if _is_mark(label) or op not in ("=", "!=", "=~", "!~") or _is_mark(value) or not value:
            raise ValueError(f"{text!r} is not a list of matchers")
        yield Matcher(_plain(label), cast("Op", op), _plain(value))
        if tokens and tokens.pop(0) != ",":
            raise ValueError(f"{text!r}: a comma is expected between two matchers")
        if tokens == []:
            return


def _is_mark(token: str) -> bool:
    return token in ("{", "}", ",", "=", "!=", "=~", "!~")


def _plain(token: str) -> str:
    return str(json.loads(token, strict=False)) if token.startswith('"') else token


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} cannot be read from {text[at:]!r} on")
        yield found.group().strip()
        at = found.end()
