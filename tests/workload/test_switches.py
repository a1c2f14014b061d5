from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.erpgo import switches as erpgo
from simulator.erpgo.switches.credential_stuffing import CredentialStuffing
from simulator.load import switches
from simulator.load.switchboard import Switchboard
from simulator.load.switches.surge import Surge


def test_every_switch_is_found_by_its_name() -> None:
    folders = [*switches.__path__, *erpgo.__path__]
    files = {path.stem for folder in folders for path in Path(folder).glob("*.py")} - {"__init__", "switch"}
    assert set(switches.registry()) == {name.replace("_", "-") for name in files}


@pytest.mark.parametrize("name", sorted(switches.registry()))
def test_every_switch_says_what_it_does_and_works_without_settings(name: str) -> None:
    switch = switches.make(name, {})
    assert switch.__doc__
    assert switch.adds("Shopper", 10.0) >= 0


def test_an_unknown_switch_is_refused_with_the_nearest_and_all_known_names() -> None:
    with pytest.raises(
        BadInput, match=r"'serge'; did you mean 'surge'\? Known: cancellation-storm, credential-stuffing"
    ):
        switches.make("serge", {})


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"its settings are: rate, addresses, first"):
        switches.make("credential-stuffing", {"speed": 3})


def test_a_renewed_lease_lasts_from_the_renewal_on() -> None:
    board = Switchboard()
    board.turn_on("surge", {"factor": 2}, lease=3.0, now=0.0)
    board.turn_on("surge", {"factor": 2}, lease=3.0, now=2.5)
    assert board.active(5.4) == [Surge(factor=2)]
    assert board.active(5.5) == []


def test_switches_are_independent_and_turned_off_by_name() -> None:
    board = Switchboard()
    board.turn_on("surge", {}, lease=10.0, now=0.0)
    board.turn_on("credential-stuffing", {"addresses": 2}, lease=10.0, now=0.0)
    board.turn_off("surge")
    board.turn_off("surge")
    assert board.find(Surge, 1.0) is None
    assert board.find(CredentialStuffing, 1.0) == CredentialStuffing(addresses=2)


def test_a_refused_switch_leaves_what_was_on() -> None:
    board = Switchboard()
    board.turn_on("surge", {}, lease=10.0, now=0.0)
    with pytest.raises(BadInput):
        board.turn_on("surge", {"factor": 0.5}, lease=10.0, now=1.0)
    assert board.active(2.0) == [Surge()]
