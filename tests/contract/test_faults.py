"""Every fault of the registry is held to the contract, as far as it can be without a stack."""

from pathlib import Path

import pytest

import simulator.faults as package
from simulator.base.errors import BadInput, HarnessError
from simulator.base.loader import load
from simulator.commands.schema import schema
from simulator.environments.registry import offers
from simulator.environments.site import own_stacks
from simulator.faults import OFFERS, FaultSettings, fault_named, faults, read_record
from simulator.plan.models import Experiment
from simulator.preflight import check_offers
from tests.checkout import ROOT
from tests.contract.minimal import minimal, settings_from

ID = "simulator-0123456789ab"
EVERY = sorted(faults())


def least(name: str, folder: Path) -> FaultSettings:
    """The settings of a fault of which a file says as little as it may."""
    return settings_from(minimal(name), folder)


@pytest.mark.parametrize("name", EVERY)
def test_it_is_called_as_its_file_is(name: str) -> None:
    fault = fault_named(name)
    assert fault.name == name
    assert type(fault).__module__.rsplit(".", 1)[1] == name.replace("-", "_")


@pytest.mark.parametrize("name", EVERY)
def test_what_it_needs_can_be_offered(name: str) -> None:
    fault = fault_named(name)
    ours = {offer for kind in own_stacks() for offered in offers(kind).values() for offer in offered}
    of_an_adapter = type(fault).__module__.startswith("simulator.erpgo.")
    assert fault.needs in (ours if of_an_adapter else OFFERS)


@pytest.mark.parametrize("name", EVERY)
def test_it_is_refused_where_its_service_does_not_offer_that(name: str, tmp_path: Path) -> None:
    told = least(name, tmp_path)
    experiment = Experiment(name="refused", title="Refused", faults=(told,))
    needs = fault_named(name).needs
    check_offers([experiment], {told.touches: ("another", needs)})
    with pytest.raises(BadInput, match=f"refused: {name} needs .*; of that kind: able"):
        check_offers([experiment], {told.touches: ("another",), "able": (needs,)})
    with pytest.raises(BadInput, match=f"refused: {name} needs .*none"):
        check_offers([experiment], {})


def test_every_file_that_defines_a_fault_registers_one() -> None:
    folders = (ROOT / "simulator" / "faults", ROOT / "simulator" / "erpgo" / "faults")
    files = {
        path.stem for folder in folders for path in folder.glob("*.py") if "\nFAULT = " in path.read_text()
    }
    assert files == {name.replace("-", "_") for name in faults()}


@pytest.mark.parametrize("name", EVERY)
def test_it_needs_few_words_in_a_file_and_accepts_no_unknown_ones(name: str, tmp_path: Path) -> None:
    told = least(name, tmp_path)
    assert type(told) is fault_named(name).settings
    assert told.model_config["frozen"]
    (tmp_path / "typo.yaml").write_text(f"title: A typo\nfaults: [{minimal(name)[:-1]}, nonsense: 1}}]\n")
    with pytest.raises(BadInput, match=r"typo\.yaml:2: faults\.0\.nonsense: unknown key"):
        load(tmp_path / "typo.yaml", Experiment)


@pytest.mark.parametrize("name", EVERY)
def test_it_says_truly_what_it_touches(name: str, tmp_path: Path) -> None:
    """What may be touched is decided by this word alone."""
    told = least(name, tmp_path)
    assert getattr(told, "service", told.touches) == told.touches


@pytest.mark.parametrize("name", EVERY)
def test_its_plan_is_a_function_of_settings_and_id(name: str, tmp_path: Path) -> None:
    fault, told = fault_named(name), least(name, tmp_path)
    record = fault.plan(told, ID)
    assert type(record) is fault.record
    assert (record.fault, record.id) == (name, ID)
    assert fault.plan(told, ID) == record
    assert fault.plan(told, "simulator-another") != record


@pytest.mark.parametrize("name", EVERY)
def test_its_record_survives_a_crash_as_json(name: str, tmp_path: Path) -> None:
    record = fault_named(name).plan(least(name, tmp_path), ID)
    again = read_record(record.model_dump_json())
    assert (type(again), again) == (type(record), record)


@pytest.mark.parametrize("name", EVERY)
def test_people_can_read_about_it(name: str) -> None:
    assert f"\n## {name}\n" in (ROOT / "docs" / "faults.md").read_text()
    assert (type(fault_named(name)).__doc__ or "").strip()
    assert f"fault-{name}" in schema()["$defs"]


def test_an_unknown_fault_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"unknown fault 'service-kil'; did you mean 'service-kill'\? Known: "):
        fault_named("service-kil")


def test_two_faults_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (ROOT / "simulator" / "faults" / "service_kill.py").read_text()
    (tmp_path / "service_kill_again.py").write_text(source)
    path = [*package.__path__, str(tmp_path)]
    monkeypatch.setattr(package, "__path__", path)
    with pytest.raises(HarnessError, match="two faults are called 'service-kill'"):
        faults.__wrapped__()
