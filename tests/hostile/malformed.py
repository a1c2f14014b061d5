"""Malformed documents: valid ones with parts dropped, doubled, retyped, nested and spliced; and plain noise."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</title></style></text></svg><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}${7*7}",
    "'-alert(1)-'",
    "&lt;script&gt;",
    "]]><!--",
)
"""What a browser would run if a page let it."""
STRANGE = (
    *PAYLOADS,
    "",
    " ",
    "\x00",
    "a\nb\r\tc",
    "\x1b[2J\x07\x08",
    "\u202egnp.exe\u2066",
    "\ufeff\ufffe\uffff",
    "ſ\u0130\u0345\u1e9e",
    "😀" * 20,
    "é" * 500,
    "[/b][red]",
    "%s%n{0}",
    "../../etc/passwd",
    "C:\\con",
    "-rf",
    "1" * 5000,
    "9" * 400 + "h",
    "x" * 100_000,
    "null",
    "NaN",
)
NUMBERS = (
    *(0, -1, 1, 2**31, 2**63, -(2**64), 10**18 + 1, 10**400),
    *(
        0.0,
        -0.0,
        1e-320,
        1e15,
        1e16,
        -1e300,
        1.7976931348623157e308,
        float("nan"),
        float("inf"),
        -float("inf"),
    ),
)
RAW = (
    *(
        "1" * 5000,
        "-1e999",
        "1E400",
        "0x" + "f" * 6000,
        "-",
        "+1",
        "01",
        "1.",
        "tru",
        "'x'",
        "undefined",
        "/**/1",
    ),
    *('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\x"', '"', "[" * 1200, "[" * 1200 + "]" * 1200),
    *(
        '{"a":' * 1200 + "1" + "}" * 1200,
        "[" + "0," * 1200 + "0]",
        '{"a":1,"a":2}',
        "{,}",
        "}",
        "],[",
        "\x00",
    ),
)
"""What is no value of JSON, or none that can be made with Python's."""
_RAW = re.compile(r'"@raw(\d+)@"')


@dataclass(frozen=True)
class Twist:
    """One change to a document, at one of its places."""

    kind: str
    place: int
    value: Any


KINDS = ("drop", "twice", "retype", "retype", "retype", "rename", "add", "nest", "swap")


def one_of_texts(texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    """As sampled_from, which would show all of them, long as they are, in each strategy's own name."""
    return st.integers(0, len(texts) - 1).map(texts.__getitem__)


def values() -> st.SearchStrategy[Any]:
    """Values of any type, most of them wrong wherever they stand."""
    return st.one_of(
        st.sampled_from((None, True, False, [], {}, [[]], {"a": {}}, [None], [1, "2"])),
        st.sampled_from(NUMBERS),
        one_of_texts(STRANGE),
        st.integers(0, len(RAW) - 1).map(lambda number: f"@raw{number}@"),
        st.text(max_size=20),
        st.floats(),
    )


def twists(most: int = 4) -> st.SearchStrategy[list[Twist]]:
    one = st.builds(Twist, st.sampled_from(KINDS), st.integers(0, 10_000), values())
    return st.lists(one, min_size=1, max_size=most)


def twisted(document: Any, changes: list[Twist]) -> Any:
    """The document with all the changes made to a copy of it."""
    changed = copy.deepcopy(document)
    for change in changes:
        places = list(_places(changed))
        if not places:
            return change.value
        _change(*places[change.place % len(places)], change, places)
    return changed


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    parts = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
    for key, part in parts:
        yield node, key
        if isinstance(part, dict | list):
            yield from _places(part)


def _change(holder: Any, key: Any, change: Twist, places: list[tuple[Any, Any]]) -> None:
    value = copy.deepcopy(change.value)
    match change.kind:
        case "drop":
            del holder[key]
        case "twice" if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        case "rename" | "add" if isinstance(holder, dict):
            holder[str(value)] = holder.pop(key) if change.kind == "rename" else value
        case "nest":
            holder[key] = [{"x": [holder[key]]}]
        case "swap":
            other, its_key = places[change.place * 31 % len(places)]
            holder[key] = copy.deepcopy(other[its_key])
        case _:
            holder[key] = value


def as_json(document: Any) -> str:
    """The document as JSON, or what comes near: raw parts stand as they are, NaN too."""
    text = json.dumps(document, ensure_ascii=False)
    return _RAW.sub(lambda found: RAW[int(found[1])], text)


@dataclass(frozen=True)
class Spoil:
    """One change to the bytes of a document; `at` is a share of its length."""

    kind: str
    at: float
    noise: bytes


def spoils() -> st.SearchStrategy[list[Spoil]]:
    noise = st.one_of(
        st.binary(max_size=12),
        one_of_texts((*STRANGE, *RAW)).map(str.encode),
        st.sampled_from([b"\n", b"\r\n\r\n", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"\xf4\x90\x80\x80"]),
    )
    kinds = st.sampled_from(("splice", "splice", "overwrite", "cut", "double"))
    return st.lists(st.builds(Spoil, kinds, st.floats(0, 1), noise), min_size=1, max_size=3)


def spoiled(content: bytes, changes: list[Spoil]) -> bytes:
    for change in changes:
        at = int(change.at * len(content))
        match change.kind:
            case "splice":
                content = content[:at] + change.noise + content[at:]
            case "overwrite":
                content = content[:at] + change.noise + content[at + len(change.noise) :]
            case "cut":
                content = content[:at]
            case _:
                content += content[at:]
    return content


def documents(*valid: Any) -> st.SearchStrategy[bytes]:
    """Malformed JSON: twisted, spoiled, both, or noise from the start."""
    which = st.integers(0, len(valid) - 1).map(valid.__getitem__)
    twisted_ones = st.builds(lambda one, how: as_json(twisted(one, how)).encode(), which, twists())
    return st.one_of(
        twisted_ones,
        twisted_ones,
        st.builds(spoiled, which.map(lambda one: as_json(one).encode()), spoils()),
        st.builds(spoiled, twisted_ones, spoils()),
        st.binary(max_size=60),
        one_of_texts(RAW).map(str.encode),
    )
