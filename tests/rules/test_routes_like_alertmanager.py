"""Routes are read as Alertmanager reads them: over generated trees, the same receivers as `amtool config routes test`."""

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simulator.base.errors import DoorError
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.plan.matchers import Matcher
from simulator.preflight.routing import Routes

TREES = 1200
TOGETHER = 60
"""Trees in one configuration, side by side below a root from which every alert goes on into all of them: amtool answers
for one alert and one configuration at a time, and takes a process for it."""
ALERTS = 4
"""Different alerts for each configuration."""
AT_A_TIME = 2
"""Processes."""
SEED = 12

LABELS = ("severity", "team", "alertname", "a_b")
VALUES = (
    "",
    "critical",
    "a",
    "b",
    "a b",
    "A",
    'say "hi"',
    "back\\slash",
    "two\nlines",
    "x,y",
    "{z}",
    "ä",
    "=",
)
PATTERNS = ("a|b", ".*", ".+", "", "(?i)A", "[[:alpha:]]+", "a.b", "^a$", "x,y|a", r"\w+ \w", r"back\\slash")
BARE = ("critical", "a", "b", "A", "a b", "b\\", "a\\b", "ä", "", "=", "'a'")
BARE_PATTERNS = ("a|b", ".*", "", "a.b")
OPERATORS = ("=", "!=", "=~", "!~")

Tree = dict[str, Any]
Labels = dict[str, str]


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Generator:
    """Trees with everything a route may have, in every spelling that Alertmanager takes; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def labels(self) -> Labels:
        """An alert, with one label or more."""
        names = self._chance.sample(LABELS, self._chance.randint(1, len(LABELS)))
        return {name: self._chance.choice(VALUES) for name in names}

    def tree(self, depth: int = 0) -> Tree:
        """A node; the root has a receiver and no condition."""
        node: Tree = {}
        if depth == 0 or self._maybe():
            node["receiver"] = self._chance.choice(("r0", "r1", "r2", "r3"))
        if depth:
            node |= self._conditions()
        if self._maybe():
            node["group_by"] = self._chance.choice((["..."], ["alertname"], ["team", "a_b"]))
            node["group_wait"] = self._chance.choice(("0s", "30s", "1d2h"))
        if depth < 3:
            node["routes"] = [self.tree(depth + 1) for _ in range(self._chance.randint(0, 3))]
        return node

    def _conditions(self) -> Tree:
        node: Tree = {}
        if self._maybe(0.25):
            node["match"] = {self._label(): self._chance.choice(VALUES)}
        if self._maybe(0.25):
            node["match_re"] = {self._label(): self._chance.choice(PATTERNS)}
        if self._maybe(0.6):
            node["matchers"] = [self._line() for _ in range(self._chance.randint(0, 2))]
        if self._maybe():
            node["continue"] = self._maybe()
        return node

    def _line(self) -> str:
        """One string of `matchers`: several conditions, braces or one of them, a last comma."""
        text = ",".join(self._matcher() for _ in range(self._chance.randint(1, 2)))
        text += self._chance.choice(("", ",", ", "))
        return self._chance.choice(("{T}", "T", "{T", "T}")).replace("T", text)

    def _matcher(self) -> str:
        op = self._chance.choice(OPERATORS)
        whole, bare = (VALUES, BARE) if op in ("=", "!=") else (PATTERNS, BARE_PATTERNS)
        right = quoted(self._chance.choice(whole)) if self._maybe() else self._chance.choice(bare)
        return f"{self._blank()}{self._label()}{self._blank()}{op}{self._blank()}{right}"

    def _label(self) -> str:
        return self._chance.choice(LABELS)

    def _blank(self) -> str:
        return self._chance.choice(("", "", " ", "\t"))

    def _maybe(self, share: float = 0.5) -> bool:
        return self._chance.random() < share


def configuration(tree: Tree, receivers: set[str]) -> str:
    listed = [{"name": name} for name in sorted(receivers | {"r0", "r1", "r2", "r3"})]
    return json.dumps({"route": tree, "receivers": listed}, ensure_ascii=False)


def side_by_side(trees: list[Tree]) -> str:
    """One configuration of many trees: each tells receivers of its own, so that the answer says what each of them did."""
    routes = [{**_prefixed(tree, f"t{number}"), "continue": True} for number, tree in enumerate(trees)]
    names = {f"t{number}r{each}" for number in range(len(trees)) for each in range(4)}
    return configuration({"receiver": "r0", "routes": routes}, names)


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


@pytest.mark.timeout(600)
def test_a_thousand_trees_are_read_as_amtool_reads_them(tmp_path: Path) -> None:
    generator = Generator(SEED)
    trees = [generator.tree() for _ in range(TREES)]
    asked: list[tuple[Path, Labels, str]] = []
    for start in range(0, TREES, TOGETHER):
        path = tmp_path / f"{start}.yml"
        path.write_text(side_by_side(trees[start : start + TOGETHER]))
        routes = Routes.read(path.read_text())
        for labels in [generator.labels() for _ in range(ALERTS)]:
            ours = ",".join(route.receiver for route in routes.taken(labels))
            asked.append((path, labels, ours))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(lambda one: amtool(one[0], one[1]), asked))
    for (path, labels, ours), theirs in zip(asked, answers, strict=True):
        assert ours.split(",") == theirs.split(","), f"{labels} in {path.read_text()}"
    ends = {name[-2:] for theirs in answers for name in theirs.split(",")}
    assert ends == {"r0", "r1", "r2", "r3"}


def refused(text: str) -> bool:
    try:
        Routes.read(text)
    except DoorError:
        return True
    return False


@pytest.mark.parametrize(
    "text", ['a="', 'a="b"c', 'a=b"', "a=b,,c=d", "{{a=b}}", "", 'a=~"["', "a", ",", "a b=c"]
)
def test_what_one_refuses_the_other_refuses(text: str, tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(configuration({"receiver": "r0", "routes": [{"matchers": [text]}]}, set()))
    assert refused(path.read_text()) == amtool(path, {"a": "b"}).startswith("refused")


@pytest.mark.parametrize(
    ("text", "labels", "takes"),
    [
        ('"a.b"="c"', {"a.b": "c"}, True),
        ('{"a.b"="c", ä!~d}', {"a.b": "c", "ä": "e"}, True),
        ('{"a.b"="c", ä!~d}', {"a.b": "c", "ä": "d"}, False),
        ("a.b=c", {"a.b": "c"}, True),
        ('{"with \\"quotes\\""=c,}', {'with "quotes"': "c"}, True),
    ],
)
def test_the_utf8_forms_of_later_versions_are_read(text: str, labels: Labels, takes: bool) -> None:
    routes = Routes.read(
        configuration({"receiver": "r0", "routes": [{"matchers": [text], "receiver": "r1"}]}, set())
    )
    assert [route.receiver for route in routes.taken(labels)] == ["r1" if takes else "r0"]


@pytest.mark.parametrize(
    "text", ['"a.b"', "a.b=", '{a.b="c"', "a.b=c d", "a.b=c,,d.e=f", 'a.b="\\q"', "a.b=c}"]
)
def test_what_neither_parser_knows_is_refused(text: str) -> None:
    assert refused(configuration({"receiver": "r0", "routes": [{"matchers": [text]}]}, set()))


def test_a_matcher_is_written_so_that_it_reads_back() -> None:
    for name in (*LABELS, "a.b", "ä b"):
        for text in VALUES:
            matcher = Matcher(name, "!=", text)
            tree = {"receiver": "r0", "routes": [{"matchers": [str(matcher)]}]}
            assert Routes.read(configuration(tree, set())).root.children[0].matchers == (matcher,)
