"""Small estates with one defect each: it is found at its line and nothing else is, and without it nothing is found at all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator.lint.registry import codes
from tests.lint.estates import base, examined, told

CORPUS = Path(__file__).parent / "corpus"
AT_LEAST = 60


@dataclass(frozen=True)
class Case:
    """One defect: a text in a healthy file, and what stands there instead."""

    name: str
    healthy: dict[str, str]
    file: str
    healthy_text: str
    defect: str
    within: dict[str, float] | None
    expect: tuple[dict[str, Any], ...]

    @property
    def files(self) -> dict[str, str]:
        return {**self.healthy, self.file: self.healthy[self.file].replace(self.healthy_text, self.defect)}

    def found(self, expected: dict[str, Any]) -> str:
        """A finding as it is told, from what a case says of it."""
        file = expected.get("in", self.file)
        lines = self.files[file].splitlines()
        wanted = expected.get("line") or expected["after"]
        at = [number for number, line in enumerate(lines, start=1) if wanted in f"{line}\n"]
        assert at, f"{self.name}: no line has {wanted!r}"
        number = at[-1 if expected.get("last") else 0] + ("after" in expected) - expected.get("before", 0)
        return f"{expected['code']} {file}:{number}"


def cases() -> list[Case]:
    found = []
    for path in sorted(CORPUS.glob("*.yaml")):
        for raw in YAML(typ="safe", pure=True).load(path):
            healthy = {**base(), **raw.get("files", {})}
            chosen = {name: text for name, text in healthy.items() if name in raw.get("only", healthy)}
            found.append(
                Case(
                    f"{path.stem}: {raw['case']}",
                    chosen,
                    raw["in"],
                    raw["from"],
                    raw["to"],
                    raw.get("within"),
                    tuple(raw["expect"]),
                )
            )
    return found


def test_there_are_enough_and_of_every_code() -> None:
    assert len(cases()) >= AT_LEAST
    covered = {expected["code"] for case in cases() for expected in case.expect}
    assert covered == {code.name for code in codes()}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_defect_is_found_and_nothing_else(case: Case, tmp_path: Path) -> None:
    assert case.healthy[case.file].count(case.healthy_text) == 1, "a case changes one place"
    assert told(examined(case.files, tmp_path, case.within)) == sorted(map(case.found, case.expect))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_its_healthy_twin_is_healthy(case: Case, tmp_path: Path) -> None:
    assert told(examined(case.healthy, tmp_path, case.within)) == []
