"""What the lint reads and refuses, held against the programs themselves: amtool and promtool, over generated input."""

import json
import random
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simulator.base.promql import parsed
from simulator.erpgo.stack.supervisor.binaries import find
from simulator.lint.files.alertmanager import Alertmanager, read_alertmanager
from simulator.lint.files.marked import Node, read_marked
from simulator.lint.files.prometheus import read_prometheus
from simulator.lint.files.reading import Reading
from simulator.lint.files.rules import read_rule_file
from tests.lint.estates import base
from tests.lint.expressions import Expressions
from tests.lint.mutations import mutants
from tests.rules.test_routes_like_alertmanager import Generator, amtool, side_by_side

SEED = 15
TREES, TOGETHER, ALERTS = 1000, 50, 4
EXPRESSIONS = 2000
MUTANTS = 240
"""Of some 900; all of them took 35 s."""
AT_A_TIME = 2
"""Processes."""
LATER = re.compile(r"missing unit character in duration|expected duration")
"""What Prometheus 2.42 says of a number of seconds as a duration, which versions from 3.0 on take."""
LATER_NAMES = re.compile(r"invalid recording rule name")
"""The same of a recording in UTF-8."""


def read_routes(text: str) -> Alertmanager:
    reading = Reading()
    found = read_alertmanager("alertmanager.yml", read_marked(text).root, reading)
    assert reading.problems == []
    return found


def as_block(text: str) -> str:
    """The same in YAML as people write it, where it was JSON."""
    out = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.dump(json.loads(text), out)
    return out.getvalue()


@pytest.mark.timeout(600)
def test_a_thousand_routing_trees_end_where_amtool_says(tmp_path: Path) -> None:
    generator = Generator(SEED)
    trees = [generator.tree() for _ in range(TREES)]
    asked: list[tuple[Path, dict[str, str], str]] = []
    for start in range(0, TREES, TOGETHER):
        text = side_by_side(trees[start : start + TOGETHER])
        path = tmp_path / f"{start}.yml"
        path.write_text(as_block(text) if start % (2 * TOGETHER) else text, encoding="utf-8")
        routes = read_routes(path.read_text(encoding="utf-8")).routes
        assert routes is not None
        alerts = [generator.labels() for _ in range(ALERTS)]
        asked += [(path, one, ",".join(route.receiver for route in routes.taken(one))) for one in alerts]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        answers = list(pool.map(lambda one: amtool(one[0], one[1]), asked))
    wrong = [
        f"{labels} in {path.name}: {ours}, not {theirs}"
        for (path, labels, ours), theirs in zip(asked, answers, strict=True)
        if ours.split(",") != theirs.split(",")
    ]
    assert wrong == []


@pytest.mark.timeout(600)
def test_two_thousand_expressions_are_taken_or_refused_as_promtool_does(tmp_path: Path) -> None:
    drawn = Expressions(SEED)
    expressions = [drawn.any() for _ in range(EXPRESSIONS)]
    rules = [{"alert": f"A{number}", "expr": expr} for number, expr in enumerate(expressions)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}), encoding="utf-8")
    said = run("promtool", "check", "rules", "--lint=none", str(path))[1]
    refused = {int(found[1]): found[2] for found in re.finditer(r'rule \d+, "A(\d+)": (.*)', said)}
    assert EXPRESSIONS / 20 < len(refused) < EXPRESSIONS / 4
    wrong = [
        f"{expr}: {refused.get(number, 'promtool takes it')}"
        for number, expr in enumerate(expressions)
        if is_parsed(expr) == (number in refused) and not LATER.search(refused.get(number, ""))
    ]
    assert wrong == []


def is_parsed(expr: str) -> bool:
    try:
        parsed(expr)
    except ValueError:
        return False
    return True


PROGRAMS: dict[str, tuple[Callable[[str, Node | None, Reading], object], tuple[str, ...]]] = {
    "alertmanager.yml": (read_alertmanager, ("amtool", "check-config")),
    "prometheus.yml": (read_prometheus, ("promtool", "check", "config", "--syntax-only")),
    "rules.yml": (read_rule_file, ("promtool", "check", "rules", "--lint=none")),
}


@pytest.mark.timeout(600)
def test_a_file_that_was_changed_is_refused_where_its_program_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(base()["rules.yml"], encoding="utf-8")
    tried = [(file, what, text) for file in PROGRAMS for what, text in mutants(base()[file])]
    chosen = random.Random(SEED).sample(tried, MUTANTS)

    def verdict(one: tuple[int, tuple[str, str, str]]) -> str:
        number, (file, what, text) = one
        path = tmp_path / f"{number}-{file}"
        path.write_text(text, encoding="utf-8")
        read, command = PROGRAMS[file]
        code, said = run(*command, str(path))
        alike = is_refused(read, text) == (code != 0) or LATER_NAMES.search(said)
        return "" if alike else f"{file}: {what}: {said.splitlines()[-2:] if code else 'taken'}"

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        wrong = [text for text in pool.map(verdict, enumerate(chosen)) if text]
    assert wrong == []


def is_refused(read: Callable[[str, Node | None, Reading], object], text: str) -> bool:
    marked = read_marked(text)
    reading = Reading(list(marked.problems))
    if marked.root is not None:
        read("file", marked.root, reading)
    return bool(reading.problems)


def run(program: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [find(program), *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr
