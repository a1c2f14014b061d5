"""Routes are read as Alertmanager reads them: over generated trees, the same receivers as `amtool config routes test`."""

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simulator.errors import DoorError
from simulator.preflight.matchers import Matcher
from simulator.preflight.routing import Routes
from stack.supervisor.binaries import find

TREES = 1200
TOGETHER = 50
"""Trees in one configuration, side by side below a root from which every alert goes on into all of them: amtool answers
for one alert and one configuration at a time, and takes a process for it."""
ALERTS = 4
"""Different alerts for each configuration."""
AT_A_TIME = 2
"""Processes."""
REFUSED = 20
"""Of the trees that we refuse, amtool has to refuse so many drawn ones too."""

LABELS = ("severity", "team", "alertname", "a_b")
VALUES = ("", "critical", "a", "b", "a b", "A", 'say "hi"', "back\\slash", "two\nlines", "x,y", "{z}", "ä", "=")
PATTERNS = ("a|b", ".*", ".+", "", "(?i)A", "[[:alpha:]]+", "a.b", "^a$", "x,y|a", r"\w+ \w", r"back\\slash")

label = st.sampled_from(LABELS)
value = st.sampled_from(VALUES)
pattern = st.sampled_from(PATTERNS)
blank = st.sampled_from(("", " ", "\t"))
bare = st.sampled_from(("critical", "a", "b", "A", "a b", "b\\", "a\\b", "ä", "", "=", "'a'"))


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@st.composite
def one_matcher(draw: st.DrawFn) -> str:
    """One condition in any of the spellings that Alertmanager takes, bare values among them."""
    op = draw(st.sampled_from(("=", "!=", "=~", "!~")))
    if op in ("=", "!="):
        right = draw(st.one_of(value.map(quoted), bare))
    else:
        right = draw(st.one_of(pattern.map(quoted), st.sampled_from(("a|b", ".*", "", "a.b"))))
    return f"{draw(blank)}{draw(label)}{draw(blank)}{op}{draw(blank)}{right}"


@st.composite
def matcher_line(draw: st.DrawFn) -> str:
    """One string of a route's `matchers`: several conditions, braces or one of them, a last comma."""
    parts = draw(st.lists(one_matcher(), min_size=1, max_size=3))
    text = ",".join(parts) + draw(st.sampled_from(("", ",", ", ")))
    return draw(st.sampled_from(("{T}", "T", "{T", "T}"))).replace("T", text)


@st.composite
def route(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """One node with whatever it may have; the root has a receiver and no condition."""
    node: dict[str, Any] = {}
    if depth == 0 or draw(st.booleans()):
        node["receiver"] = draw(st.sampled_from(("r0", "r1", "r2", "r3")))
    if depth:
        node |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "match": st.dictionaries(label, value, max_size=2),
                    "match_re": st.dictionaries(label, pattern, max_size=2),
                    "matchers": st.lists(matcher_line(), max_size=2),
                    "continue": st.booleans(),
                },
            )
        )
    node |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "group_by": st.sampled_from((["..."], ["alertname"], ["team", "a_b"])),
                "group_wait": st.sampled_from(("0s", "30s", "1d2h")),
            },
        )
    )
    if depth < 3:
        node["routes"] = draw(st.lists(route(depth + 1), max_size=3))
    return node


label_set = st.fixed_dictionaries({}, optional=dict.fromkeys(LABELS, value))
Tree = dict[str, Any]
Labels = dict[str, str]


def generated() -> tuple[list[Tree], list[Labels]]:
    """Trees, and the labels of alerts; the same ones each time."""
    trees: list[Tree] = []
    alerts: list[Labels] = []

    @settings(max_examples=TREES, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(route(), label_set)
    def make(tree: Tree, labels: Labels) -> None:
        trees.append(tree)
        alerts.append(labels)

    make()
    return trees, [labels for labels in alerts if labels]


def configuration(tree: Tree) -> str:
    names = {f"{prefix}r{each}" for prefix in tree.get("prefixes", [""]) for each in range(4)} | {"r0"}
    kept = {key: one for key, one in tree.items() if key != "prefixes"}
    receivers = [{"name": name} for name in sorted(names)]
    return json.dumps({"route": kept, "receivers": receivers}, ensure_ascii=False)


def side_by_side(trees: list[Tree]) -> Tree:
    """One tree of many: each tells receivers of its own, so that the answer says what each of them did."""
    prefixes = [f"t{number}" for number in range(len(trees))]
    routes = [
        {**_prefixed(tree, prefix), "continue": True} for tree, prefix in zip(trees, prefixes, strict=True)
    ]
    return {"receiver": "r0", "routes": routes, "prefixes": prefixes}


def _prefixed(tree: Tree, prefix: str) -> Tree:
    named = {"receiver": prefix + tree["receiver"]} if "receiver" in tree else {}
    return {**tree, **named, "routes": [_prefixed(child, prefix) for child in tree.get("routes", [])]}


def amtool(path: Path, labels: Labels) -> str:
    """The receivers, or how amtool refuses the configuration."""
    words = [f"{name}={quoted(text)}" for name, text in labels.items()]
    done = subprocess.run(
        [find("amtool"), "config", "routes", "test", f"--config.file={path}", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else f"refused: {done.stderr.splitlines()[-1]}"


def ours(text: str, labels: Labels) -> str:
    try:
        return ",".join(route.receiver for route in Routes.read(text).taken(labels))
    except DoorError as error:
        return f"refused: {error}"


@pytest.mark.timeout(600)
def test_a_thousand_trees_are_read_as_amtool_reads_them(tmp_path: Path) -> None:
    trees, alerts = generated()
    accepted = [tree for tree in trees if not ours(configuration(tree), {}).startswith("refused")]
    refused = [tree for tree in trees if tree not in accepted]
    assert len(accepted) >= 1000, f"{len(accepted)} of {len(trees)}: the generator makes too many bad trees"
    chance = random.Random(1)
    asked = [
        (configuration(side_by_side(accepted[start : start + TOGETHER])), labels)
        for start in range(0, len(accepted), TOGETHER)
        for labels in chance.sample(alerts, ALERTS)
    ]
    asked += [(configuration(tree), {"a_b": "a"}) for tree in chance.sample(refused, min(len(refused), REFUSED))]

    def compare(numbered: tuple[int, tuple[str, Labels]]) -> tuple[str, str]:
        number, (text, labels) = numbered
        path = tmp_path / f"{number}.yml"
        path.write_text(text)
        return amtool(path, labels), ours(text, labels)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(compare, enumerate(asked)))
    for theirs, mine in answers:
        assert theirs == mine or (theirs.startswith("refused") and mine.startswith("refused"))
    ends = {name[-2:] for theirs, _ in answers for name in theirs.split(",")}
    assert ends >= {"r0", "r1", "r2", "r3"}


@pytest.mark.parametrize("text", ['a="', 'a="b"c', 'a=b"', "a=b,,c=d", "{{a=b}}", "", 'a=~"["', "a", "{a.b=c}"])
def test_what_neither_reads_is_refused_by_both(text: str, tmp_path: Path) -> None:
    tree = {"receiver": "r0", "routes": [{"matchers": [text], "receiver": "r1"}]}
    path = tmp_path / "alertmanager.yml"
    path.write_text(json.dumps({"route": tree, "receivers": [{"name": "r0"}, {"name": "r1"}]}))
    refused = ours(path.read_text(), {}).startswith("refused")
    # The UTF-8 forms are of a later version than this amtool.
    assert refused == (amtool(path, {}).startswith("refused") and text != "{a.b=c}")


def test_any_matcher_is_written_so_that_it_reads_back() -> None:
    for name in (*LABELS, "a.b", "ä b"):
        for text in VALUES:
            matcher = Matcher(name, "!=", text)
            assert Routes.read(
                json.dumps({"route": {"receiver": "r", "routes": [{"matchers": [str(matcher)]}]}})
            ).root.children[0].matchers == (matcher,)
