"""Whatever is in a file: there are findings, and never a traceback."""

import random
from pathlib import Path

import pytest

from tests.lint.estates import base, examined, told

SEED, MUTANTS = 15, 400
JUNK = ("\x00", "\t", "{", "}", "[", "]", "&a", "*a", "<<: *a", "!!binary x", "- ", ": ", "'", '"', "|", "\ud800", "%", "null", "1e999", "\n", "---\n", "é", "(", "0x")  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(text) + 1), chance.choice((0, 0, 1, 5, 40))
        text = text[:at] + chance.choice(JUNK) + text[at + length :]
    return text


def test_files_that_were_damaged(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for number in range(MUTANTS):
        files = base()
        name = chance.choice(sorted(files))
        files[name] = (
            mutated(files[name], chance).encode("utf-8", "replace").decode("utf-8", "surrogateescape")
        )
        folder = tmp_path / str(number)
        folder.mkdir()
        told(examined(files, folder))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "[]",
        "a",
        "groups: {}",
        "groups: [[]]",
        "groups: [{rules: [x]}]",
        "groups: [{name: a, rules: [{alert: [], expr: {}}]}]",
        "groups: [{name: a, rules: [{alert: A, expr: up, labels: [x], annotations: x, for: []}]}]",
        "? [a]\n: b\n",
        "a: &x [*x]\n",
        "a: *nobody\n",
        "\ufeffgroups: []\n",
        "- " * 300 + "a",
        "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12)),
        "groups: [{name: a, rules: [{alert: A, expr: " + "(" * 5000 + "1" + ")" * 5000 + "}]}]",
        "groups: [{name: a, rules: [{alert: A, expr: '" + " + ".join(["up"] * 30000) + "'}]}]",
        "groups: [{name: a, rules: [{alert: A, expr: '" + "-" * 30000 + "up'}]}]",
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("name", ["rules.yml", "prometheus.yml", "alertmanager.yml", "board.json"])
def test_files_that_are_something_else(name: str, text: str, tmp_path: Path) -> None:
    told(examined({**base(), name: text}, tmp_path))


def test_a_file_that_is_no_text_is_refused_at_its_line_and_the_rest_examined(tmp_path: Path) -> None:
    files = {**base(), "rules2.yml": "groups:\n  - name: \udcff\n"}
    files["board.json"] = files["board.json"].replace("[10s]", "[5m]")
    assert told(examined(files, tmp_path)) == [
        "config/refused rules2.yml:2",
        "panel/window-over-sla board.json:8",
    ]
