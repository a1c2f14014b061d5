"""Healthy estates drawn at random have no finding; with a defect in them it is found, and nothing else is."""

import random
from pathlib import Path

import pytest

from tests.lint.defects import DEFECTS, Expected, doubled
from tests.lint.drawn import draw
from tests.lint.estates import Files, examined, told

SEED = 15
HEALTHY = 150
EACH = 6
"""Estates into which each defect is put."""


def found(files: Files, folder: Path, within: dict[str, float]) -> Expected:
    report = examined(files, folder, within)
    return {
        (
            one.code.name,
            Path(one.found.subject).name if one.code.name.startswith("config/") else one.found.subject,
        )
        for one in report.findings
    }


def test_there_are_enough_defects() -> None:
    assert len(DEFECTS) >= 30


def test_healthy_estates_have_no_finding(tmp_path: Path) -> None:
    for seed in range(SEED, SEED + HEALTHY):
        folder = tmp_path / str(seed)
        folder.mkdir()
        estate = draw(seed)
        assert told(examined(estate.files, folder, estate.within)) == [], f"seed {seed}"


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    for seed in range(SEED, SEED + EACH):
        folder = tmp_path / str(seed)
        folder.mkdir()
        estate = draw(seed)
        expected = DEFECTS[name](estate, random.Random(seed))
        seen = found(estate.files, folder, estate.within)
        assert {code for code, _ in seen} == {code for code, _ in expected}, f"seed {seed}: {seen}"
        assert {(code, about) for code, about in expected if about} <= seen, f"seed {seed}: {seen}"
        assert len(seen) == len(expected), f"seed {seed}: {seen}"


def test_a_key_that_stands_twice_is_found_wherever_it_is(tmp_path: Path) -> None:
    for seed in range(SEED, SEED + 5 * EACH):
        folder = tmp_path / str(seed)
        folder.mkdir()
        estate, chance = draw(seed), random.Random(seed)
        file = chance.choice(("prometheus.yml", "alertmanager.yml", "rules.yml"))
        files = {**estate.files, file: doubled(estate.files[file], chance)}
        assert found(files, folder, estate.within) == {("config/duplicate-key", file)}, f"seed {seed}"
