"""Services of several kinds behind one door."""

import pytest

from simulator.attached.services import AttachedServices
from simulator.base.errors import DoorError
from simulator.doors.unheld import UnheldServices
from tests.fakes.doors import FakeServices


async def well() -> str:
    return "SELECT 1 answered"


async def test_each_is_asked_of_whoever_knows_its_kind() -> None:
    held = FakeServices()
    services = AttachedServices({"web": held, "db": UnheldServices({"db": "a database"}, {"db": well})})
    await services.hold("me", "web", "frozen")
    assert held.held == {"me": "web frozen"}
    assert await services.is_held("me", "web")
    await services.release("me", "web")
    assert (await services.target("web"), await services.target("db")) == (
        "web (in memory)",
        "db (a database)",
    )
    assert await services.probe("db") == "SELECT 1 answered"


async def test_what_cannot_be_held_is_refused_by_name() -> None:
    services = AttachedServices({"db": UnheldServices({"db": "a database"}, {})})
    with pytest.raises(
        DoorError, match="db cannot be killed: it is a database; say in the environment which"
    ):
        await services.hold("me", "db", "killed")
    with pytest.raises(DoorError, match="no health question is known for 'db'"):
        await services.probe("db")
    await services.release("me", "db")
    assert not await services.is_held("me", "db")


async def test_an_unknown_service_is_answered_with_those_there_are() -> None:
    with pytest.raises(DoorError, match="'wbe' is no service of this environment; known: db, web"):
        await AttachedServices({"web": FakeServices(), "db": FakeServices()}).probe("wbe")


async def test_one_that_knows_several_is_closed_once() -> None:
    held = FakeServices()
    held.held["me"] = "web killed"
    await AttachedServices({"web": held, "worker": held}).close()
    assert held.held == {}
