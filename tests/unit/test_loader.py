"""Bad files give one clear line each: file, line, key, and what would be right."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.base.errors import BadInput
from simulator.base.loader import load
from simulator.erpgo.files import SCENARIOS
from simulator.plan.catalogue import Catalogue
from simulator.plan.models import Experiment, GameDay

GOOD = """\
title: The API is killed
faults:
  - fault: service-kill
    service: api
must:
  - {alert: ApplicationDown, severity: critical}
observe: 40s
"""


def loaded(tmp_path: Path, text: str) -> Experiment:
    path = tmp_path / "api-killed.yaml"
    path.write_text(text)
    return load(path, Experiment)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        loaded(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_good_file_becomes_frozen_values(tmp_path: Path) -> None:
    experiment = loaded(tmp_path, GOOD)
    assert (experiment.name, experiment.observe) == ("api-killed", 40.0)
    assert experiment.faults[0].model_dump() == {"fault": "service-kill", "service": "api"}
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("observe: 40s", "observe: -40s", "api-killed.yaml:7: observe: '-40s' is not a duration; write 30s, 1m30s or 500ms (found '-40s')"),
        ("observe: 40s", "observe: -40", "api-killed.yaml:7: observe: Input should be greater than 0 (found -40)"),
        ("observe: 40s", "observe: .nan", "api-killed.yaml:7: observe: Input should be greater than 0 (found nan)"),
        ("service-kill", "service-kil", "api-killed.yaml:3: faults.0: unknown fault 'service-kil'; did you mean 'service-kill'? Known: "),
        ("service: api", "servce: api", "api-killed.yaml:4: faults.0.servce: unknown key"),
        ("service: api", "{", "api-killed.yaml:5: not valid YAML: "),
        ("observe", "obsrve", "api-killed.yaml:7: obsrve: unknown key; did you mean 'observe'? Known: "),
        ("title: The API is killed", "", "api-killed.yaml:2: title: this key is missing"),
        ("critical}", "not urgent}", "api-killed.yaml:6: must.0.severity: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$' (found 'not urgent')"),
        ("title:", "name: x\ntitle:", "api-killed.yaml:1: name: the file's name is the name; remove this key"),
        ("must:", "title: again\nmust:", "api-killed.yaml:5: not valid YAML: found duplicate key"),
        ("observe: 40s", "observe: 20s", "ApplicationDown may take 30 s, but only 20 s are observed"),
    ],
)  # fmt: skip
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in refusal(tmp_path, GOOD.replace(old, new, 1))


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    assert refusal(tmp_path, GOOD.replace("title", "tile").replace("critical", "not urgent")).count("\n") == 2


def test_an_alert_without_a_fault_makes_no_sense(tmp_path: Path) -> None:
    text = "title: x\nmust: [{alert: A, severity: critical}]\n"
    assert "A must fire, but there is no fault that could make it" in refusal(tmp_path, text)


def test_a_file_that_grows_when_it_is_read_is_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
    )
    assert "more than 10000 values once aliases are expanded" in refusal(tmp_path, bomb)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert "at most 32768 are read" in refusal(tmp_path, "#" * 300_000)


@pytest.mark.parametrize("text", ["", "[]", "x", "1", "\t", "a: !!python/object:os.system {}"])
def test_what_is_no_experiment_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file or directory"):
        load(tmp_path / "x.yaml", Experiment)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_the_loader_fall_over(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(BadInput):
        load(path, GameDay)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(BadInput, match="unknown experiment or game day 'demmo'; did you mean 'demo'"):
        Catalogue.of(SCENARIOS).resolve("demmo")


def test_every_committed_scenario_is_valid() -> None:
    catalogue = Catalogue.of(SCENARIOS)
    assert "demo" in catalogue.game_days
    for name in catalogue.names():
        game_day, experiments = catalogue.resolve(name)
        assert len(experiments) == len(game_day.experiments)


def test_a_name_may_not_be_used_twice(tmp_path: Path) -> None:
    for folder in ("experiments", "gamedays"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.yaml").touch()
    with pytest.raises(BadInput, match="'x' is both an experiment and a game day"):
        Catalogue.of(tmp_path)
