"""How checks are carried out, and what is made of clocks and of Alertmanager's receivers."""

import asyncio
from typing import Any

import pytest

from simulator.attached.doctor.examine import Check, examine
from simulator.attached.doctor.finding import Finding, fail, not_run, ok, warn
from simulator.attached.doctor.monitoring import timed
from simulator.attached.doctor.pages import missed
from simulator.attached.doctor.patient import Patient
from simulator.attached.settings import AttachedSettings
from simulator.base.clock import RunClock
from simulator.base.errors import BadInput, DoorError
from simulator.preflight.receivers import Told, read_receivers
from tests.fakes.clock import FakeClock

SECRET = "hunter-number-2"


def patient(clock: FakeClock | None = None) -> Patient:
    settings = {
        "name": "shop",
        "stack": "attached",
        "identity": {"label": "env", "equals": "staging"},
        "auth": {"ops": {"bearer": "env:OPS"}},
        "prometheus": {"url": "http://127.0.0.1:9"},
        "alertmanagers": [{"url": "http://127.0.0.1:9"}],
        "pages": {"judge_at": "accepted"},
    }
    return Patient(AttachedSettings.model_validate(settings), RunClock(clock or FakeClock()))


async def said(*checks: Check) -> list[tuple[str, str, str]]:
    return [(what, found.state, found.text) async for what, found in examine(patient(), checks)]


def check(what: str, *found: Finding | Exception, needs: tuple[str, ...] = ()) -> Check:
    async def look(_patient: Patient) -> list[Finding]:
        for one in found:
            if isinstance(one, Exception):
                raise one
        return [one for one in found if isinstance(one, Finding)]

    return Check(what, look, needs)


async def test_what_cannot_be_looked_at_says_what_to_see_first() -> None:
    found = await said(
        check("a", warn("odd"), fail("wrong")),
        check("b", ok("well"), needs=("a",)),
        check("c", ok("well"), needs=("b",)),
        check("d", warn("odd")),
        check("e", ok("well"), needs=("d",)),
        check("f", not_run("there is none")),
        check("g", ok("well"), needs=("d", "f")),
    )
    assert [(what, state, text) for what, state, text in found if state == "--"] == [
        ("b", "--", "not run: see a"),
        ("c", "--", "not run: see b"),
        ("f", "--", "not run: there is none"),
        ("g", "--", "not run: see f"),
    ]
    assert ("e", "ok", "well") in found


async def test_an_error_is_a_failure_of_its_check_and_of_no_other() -> None:
    found = await said(
        check("a", DoorError("no answer")), check("b", BadInput("no file")), check("c", ok("well"))
    )
    assert found == [("a", "FAIL", "no answer"), ("b", "FAIL", "no file"), ("c", "ok", "well")]


async def test_checks_are_side_by_side_and_told_in_their_sequence() -> None:
    began = asyncio.Event()

    async def first(_patient: Patient) -> list[Finding]:
        await began.wait()
        return [ok("after the second began")]

    async def second(_patient: Patient) -> list[Finding]:
        began.set()
        return [ok("well")]

    found = await said(Check("first", first), Check("second", second))
    assert [what for what, _, _ in found] == ["first", "second"]


async def test_a_service_may_be_called_like_a_check() -> None:
    found = await said(
        check("a", ok("well")), check("b", ok("well"), needs=("a",)), check("a", fail("wrong"))
    )
    assert [(what, state) for what, state, _ in found] == [("a", "ok"), ("b", "ok"), ("a", "FAIL")]


async def test_a_secret_that_somebody_repeats_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS", SECRET)
    ((_, state, text),) = await said(check("a", DoorError(f"password {SECRET} is wrong")))
    assert (state, text) == ("FAIL", "password env:OPS is wrong")


@pytest.mark.parametrize(
    ("ahead", "took", "state"),
    [(0.03, 0.04, "ok"), (-0.4, 0.0, "ok"), (0.7, 0.1, "FAIL"), (-2.0, 0.5, "FAIL"), (0.7, 1.0, "ok")],
)
async def test_a_clock_may_be_off_by_no_more_than_can_be_corrected(
    ahead: float, took: float, state: str
) -> None:
    clock = FakeClock()
    ours = RunClock(clock)

    async def ask() -> float:
        await clock.sleep(took / 2)
        theirs = clock.now().timestamp() + ahead
        await clock.sleep(took / 2)
        return theirs

    found = await timed(ask, ours, "Prometheus")
    assert found.state == state
    assert f"clock {ahead:+.2f} ±{max(took / 2, 0.01):.2f} s" in found.text


OURS = {"url": "http://recv.shop:9099/api/v1/webhook/page"}
THEIRS = {"url": "http://chat.example.invalid/hook"}
HIDDEN = {"url": "<secret>"}


@pytest.mark.parametrize(
    ("receiver", "ours", "tells_us", "tells_others"),
    [
        ({}, False, False, ()),
        ({"webhook_configs": [OURS]}, True, True, ()),
        ({"webhook_configs": [OURS, THEIRS]}, True, True, ("webhook",)),
        ({"webhook_configs": [THEIRS]}, True, False, ("webhook",)),
        ({"webhook_configs": [HIDDEN]}, True, None, ()),
        ({"webhook_configs": [HIDDEN]}, False, None, ("webhook",)),
        ({"webhook_configs": [HIDDEN, HIDDEN]}, True, None, ("webhook",)),
        (
            {"webhook_configs": [OURS], "slack_configs": [{}], "pagerduty_configs": [{}]},
            True,
            True,
            ("pagerduty", "slack"),
        ),
        ({"email_configs": [{"to": "a"}], "slack_configs": []}, False, False, ("email",)),
    ],
    ids=range(9),
)
def test_whom_a_receiver_of_alertmanager_tells(
    receiver: dict[str, Any], ours: bool, tells_us: bool | None, tells_others: tuple[str, ...]
) -> None:
    configuration = f"receivers: [{ ({'name': 'on/call', **receiver}) }]"
    found = read_receivers(configuration, ["on/call"] if ours else [])
    assert found == {"on/call": Told("on/call", tells_us, tells_others)}


@pytest.mark.parametrize("text", ["receivers: 1", "- a", "receivers: [{a: b}]", "{"])
def test_what_is_no_configuration_is_an_error_of_the_door(text: str) -> None:
    with pytest.raises(DoorError, match="receivers cannot be read"):
        read_receivers(text, ())


def test_a_canary_that_did_not_arrive_is_a_failure_which_says_how_long_its_route_may_hold_it() -> None:
    assert missed("Alertmanager has it, the receiver does not", 300.0) == fail(
        "did not arrive within 40 s: Alertmanager has it, the receiver does not;"
        " its route may hold a group back for 300 s: look again after that"
    )
    assert missed("Alertmanager does not have it", 5.0) == fail(
        "did not arrive within 40 s: Alertmanager does not have it"
    )
